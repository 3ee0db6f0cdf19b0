"""The first answer to a lead: until when it is due in working time, and when it was given.

A lead counts as answered by the first call that reached somebody, letter that we sent or meeting that
was held after it came in, and by its conversion. What an import brings waits for nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from crm.lib.hours import NoHoursError, TooFarError
from crm.lib.kept import Kept
from crm.mail.models import MessageKind
from crm.records import copying
from crm.timeline import worktime
from crm.timeline.services.worktime import HOURS_CHANGED
from sales.models import Lead, ResponseClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.records.drafts import Draft, WriteContext
    from crm.records.models import Event

#: What answers a lead, whoever does it.
TOUCHES = ("call.logged", "mail.sent", "meeting.held")
#: Robots' letters are no answer.
PERSONAL = frozenset({MessageKind.ORDINARY})
TABLES = ("responseclock", "workcalendar")
#: What changes until when an answer is due.
MOVED_BY = (
    HOURS_CHANGED,
    "organisation.updated",
    *(f"{name}.{verb}" for name in TABLES for verb in ("created", "updated", "deleted")),
)
#: Doors by which come leads that nobody waits with.
SILENT = frozenset({"import", "demo"})
CHUNK = 1000
WAITING = Q(is_live=True, responded_at=None, response_due_at__isnull=False)

_clocks = Kept("sales.response_clocks", lambda: {one.team_id: one for one in ResponseClock.objects.all()})


def is_late(lead: Lead, at: datetime) -> bool:
    """Tell whether a lead should have been answered by now."""
    due = lead.response_due_at
    return lead.is_live and lead.responded_at is None and due is not None and due < at


def due_of(lead: Lead) -> datetime | None:
    """Return until when a lead is to be answered; None where no clock runs."""
    clocks = _clocks()
    clock = clocks.get(lead.team_id) or clocks.get(None)
    if clock is None or not clock.is_active:
        return None
    try:
        return worktime.hours_of(clock.calendar_id).add(lead.created_at, clock.minutes * 60)
    except (NoHoursError, TooFarError):
        return None


def settle(drafts: Sequence[Draft[Lead]], ctx: WriteContext) -> None:
    """Start the clock of new leads, and let it follow a lead that goes to another team unanswered."""
    for draft in drafts:
        lead = draft.record
        if draft.is_new:
            if lead.is_live and ctx.via not in SILENT:
                lead.response_due_at = due_of(lead)
        elif lead.is_converted:
            if lead.responded_at is None and ctx.actor is not None and draft.has_changed("status"):
                lead.responded_at = ctx.at
        elif draft.has_changed("team") and lead.responded_at is None and lead.response_due_at is not None:
            lead.response_due_at = due_of(lead)


def follow_clocks() -> int:
    """Move what is due of open leads after a calendar or a clock changed; return how many moved."""
    moved = []
    for lead in Lead.objects.filter(WAITING).only("team_id", "created_at", "response_due_at").iterator():
        due = due_of(lead)
        if due != lead.response_due_at:
            lead.response_due_at = due
            moved.append(lead)
    for start in range(0, len(moved), CHUNK):
        copying.update(Lead, moved[start : start + CHUNK], ["response_due_at"])
    return len(moved)


def note_touch(event: Event) -> int:
    """Note that leads were answered, if what happened is the first answer to them; return how many.

    However often and in whichever order events arrive, the earliest counts.
    """
    if event.name not in TOUCHES or (event.name == "mail.sent" and event.data.get("kind") not in PERSONAL):
        return 0
    links = event.links.filter(event_created_at=event.created_at, type_id=Lead.record_type.id)
    ids = {*links.values_list("record_id", flat=True)}
    if event.type_id == Lead.record_type.id:
        ids.add(event.record_id)
    if not ids:
        return 0
    later = Q(responded_at=None) | Q(responded_at__gt=event.at)
    return Lead.all_objects.filter(later, pk__in=ids, created_at__lte=event.at).update(responded_at=event.at)
