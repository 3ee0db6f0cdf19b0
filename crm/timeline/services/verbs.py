"""What people do with activities, by name: log a call, write a note, plan, complete, move, cancel.

The first group is done to records of any type, the second to activities. All take sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.lib.dates import When
from crm.records.registry import service_for
from crm.timeline.linking import field_for
from crm.timeline.models import Activity
from crm.timeline.services.activities import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.drafts import Draft
    from crm.records.models import Job, Record
    from crm.timeline.models import CallOutcome

    Drafts = list[Draft[Activity]]


def log_call(
    *,
    records: Sequence[Record],
    actor: User | None,
    at: datetime,
    direction: str = "out",
    outcome: CallOutcome | None = None,
    minutes: float | None = None,
    subject: str = "",
    note: str = "",
    done_at: datetime | None = None,
    via: str = "page",
    job: Job | None = None,
) -> Drafts:
    """Record that somebody was called, or called us; now, or at ``done_at``."""
    values = {
        "kind": Activity.Kind.CALL,
        "direction": direction,
        "outcome": outcome,
        "minutes": minutes,
        "subject": subject,
        "body": note,
        "done_at": done_at or at,
    }
    return _make(records, values, actor=actor, at=at, via=via, job=job)


def add_note(
    *,
    records: Sequence[Record],
    actor: User | None,
    at: datetime,
    body: str,
    subject: str = "",
    via: str = "page",
    job: Job | None = None,
) -> Drafts:
    """Write a note down."""
    values = {"kind": Activity.Kind.NOTE, "subject": subject, "body": body, "done_at": at}
    return _make(records, values, actor=actor, at=at, via=via, job=job)


def log_meeting(
    *,
    records: Sequence[Record],
    actor: User | None,
    at: datetime,
    minutes: float | None = None,
    subject: str = "",
    note: str = "",
    done_at: datetime | None = None,
    via: str = "page",
    job: Job | None = None,
) -> Drafts:
    """Record that a meeting was held; now, or at ``done_at``."""
    values = {
        "kind": Activity.Kind.MEETING,
        "minutes": minutes,
        "subject": subject,
        "body": note,
        "done_at": done_at or at,
    }
    return _make(records, values, actor=actor, at=at, via=via, job=job)


def plan_activity(
    *,
    records: Sequence[Record],
    actor: User | None,
    at: datetime,
    kind: str = "task",
    when: When | None = None,
    due_at: datetime | None = None,
    all_day: bool = False,
    owner: User | None = None,
    subject: str = "",
    body: str = "",
    minutes: float | None = None,
    priority: int = 2,
    via: str = "page",
    job: Job | None = None,
) -> Drafts:
    """Plan something with records: on a day as its owner counts days (``when``), or at an instant."""
    values: dict[str, Any] = {
        "kind": kind,
        "subject": subject,
        "body": body,
        "minutes": minutes,
        "priority": priority,
        "due_at": due_at,
        "all_day": all_day,
    }
    assignee = owner or actor
    if when is not None:
        zone = zone_of(assignee)
        values |= {"due_at": when.moment(zone), "all_day": when.clock is None}
    if assignee is not None:
        values["owner"] = assignee
    return _make(records, values, actor=actor, at=at, via=via, job=job)


def complete_activities(
    *,
    records: Sequence[Activity],
    actor: User | None,
    at: datetime,
    outcome: CallOutcome | None = None,
    note: str = "",
    minutes: float | None = None,
    done_at: datetime | None = None,
    via: str = "page",
    job: Job | None = None,
) -> Drafts:
    """Mark activities as done. What is done already stays as it is."""
    changes = []
    for one in records:
        change: dict[str, Any] = {} if one.is_done else {"done_at": done_at or at, "cancelled_at": None}
        if outcome is not None and one.kind == Activity.Kind.CALL:
            change["outcome"] = outcome
        if minutes is not None:
            change["minutes"] = minutes
        if note.strip():
            change["body"] = f"{one.body}\n\n{note.strip()}".strip()
        changes.append(change)
    return _change(records, changes, actor=actor, at=at, via=via, job=job)


def reopen_activities(
    *,
    records: Sequence[Activity],
    actor: User | None,
    at: datetime,
    via: str = "page",
    job: Job | None = None,
) -> Drafts:
    """Make done or cancelled activities open again."""
    changes = [{"done_at": None, "cancelled_at": None}] * len(records)
    return _change(records, changes, actor=actor, at=at, via=via, job=job)


def reschedule_activities(
    *,
    records: Sequence[Activity],
    actor: User | None,
    at: datetime,
    when: When,
    via: str = "page",
    job: Job | None = None,
) -> Drafts:
    """Move activities to a day; without a time of day each keeps its own."""
    changes = []
    for one in records:
        zone = zone_of(one.owner or actor)
        clock = when.clock
        if clock is None and one.due_at is not None and not one.all_day:
            clock = one.due_at.astimezone(zone).time()
        changes.append({"due_at": When(when.day, clock).moment(zone), "all_day": clock is None})
    return _change(records, changes, actor=actor, at=at, via=via, job=job)


def cancel_activities(
    *,
    records: Sequence[Activity],
    actor: User | None,
    at: datetime,
    via: str = "page",
    job: Job | None = None,
) -> Drafts:
    """Call planned activities off. They stay in the history."""
    changes = [{"cancelled_at": at}] * len(records)
    return _change(records, changes, actor=actor, at=at, via=via, job=job)


def _make(records: Sequence[Record], values: dict[str, Any], **door: Any) -> Drafts:
    given = {name: value for name, value in values.items() if value not in (None, "")}
    rows = [{**given, field_for(record): record} for record in records]
    drafts: Drafts = service_for(Activity).create(rows, **door)
    return drafts


def _change(records: Sequence[Activity], changes: Sequence[dict[str, Any]], **door: Any) -> Drafts:
    drafts: Drafts = service_for(Activity).update(records, changes, **door)
    return drafts
