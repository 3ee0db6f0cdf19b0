"""What every trade has in common: steps of the house, events of activities, open tasks."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.automation.catalogue import Happening, register_happenings, register_load, register_steps
from crm.automation.steps.records import ChangeFields, ChangeTags, CreateRecord
from crm.automation.steps.telling import CallHook, Notify, SendMail
from crm.automation.steps.work import Assign, PlanActivity, WriteNote
from crm.timeline.linking import about_types

ACTIVITY = (
    Happening("call.logged", _("a call is logged")),
    Happening("call.tried", _("a call reaches nobody")),
    Happening("call.done", _("a planned call is done")),
    Happening("meeting.held", _("a meeting is held")),
    Happening("meeting.done", _("a planned meeting is done")),
    Happening("task.done", _("a task is done")),
    Happening("note.added", _("a note is written")),
)


def register() -> None:
    """Hand in what the house itself brings."""
    register_steps(
        PlanActivity(),
        ChangeFields(),
        Assign(),
        CreateRecord(),
        ChangeTags(),
        WriteNote(),
        Notify(),
        SendMail(),
        CallHook(),
    )
    for record_type in about_types().values():
        register_happenings(record_type.key, *ACTIVITY)
    register_load("timeline.activity", Q(done_at=None, cancelled_at=None))
