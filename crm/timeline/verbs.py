"""What the palette offers of activities: to note, call, plan and meet, begun from any page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.identity.access import access_for
from crm.timeline.models import Activity
from crm.ui import verbs
from crm.ui.verbs import Verb

NOT_ON = frozenset({Activity.record_type.key, "sales.product"})


def may(user: Any) -> bool:
    return access_for(user).can(Activity, "add")


def register() -> None:
    """Hand in the four tabs of the composer."""
    verbs.register(
        Verb(
            # Translators: beginnings of what somebody types, parted by bars.
            words=_("call|log call|log a call|log a call with|call with"),
            label=_("Log a call with %(name)s"),
            icon="phone",
            anchor="add-call",
            may=may,
            without=NOT_ON,
        ),
        Verb(
            # Translators: beginnings of what somebody types, parted by bars.
            words=_("note|note on|write a note|write a note on"),
            label=_("Write a note on %(name)s"),
            icon="note",
            anchor="add-note",
            may=may,
            without=NOT_ON,
        ),
        Verb(
            # Translators: beginnings of what somebody types, parted by bars.
            words=_("task|task for|add a task|add a task for"),
            label=_("Add a task for %(name)s"),
            icon="circle-check",
            anchor="add-task",
            may=may,
            without=NOT_ON,
        ),
        Verb(
            # Translators: beginnings of what somebody types, parted by bars.
            words=_("meet|meeting|meeting with|plan a meeting|plan a meeting with"),
            label=_("Plan a meeting with %(name)s"),
            icon="calendar-event",
            anchor="add-meeting",
            may=may,
            without=NOT_ON,
        ),
    )
