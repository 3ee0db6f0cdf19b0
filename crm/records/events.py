"""Telling what happened, in the same transaction as the change itself.

``emit`` writes the audit line, puts it into the timelines of the record and of those it
belongs to, moves their "last touch", and leaves a dispatch row where somebody subscribed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.utils import timezone

from crm.lib import queue
from crm.records import copying, registry
from crm.records.models import Dispatch, Event, EventLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.models import Job, Record
    from crm.records.registry import Ref

#: Events that count as a touch of the record and of those whose timeline shows them:
#: what people do with a customer, not what they do with the data.
TOUCHES = frozenset(
    {
        "call.logged",
        "note.added",
        "meeting.held",
        "task.done",
        "call.done",
        "meeting.done",
        "mail.sent",
        "mail.received",
        "deal.stage_changed",
        "deal.won",
        "deal.lost",
        "deal.reopened",
        "quote.sent",
        "quote.mailed",
        "quote.asked",
        "quote.answered",
        "quote.accepted",
        "quote.declined",
    }
)
TOUCH = (
    "UPDATE {table} t SET last_touch_at = v.at FROM unnest(%s::bigint[], %s::timestamptz[]) v (id, at)"
    " WHERE t.id = v.id AND t.last_touch_at < v.at"
)
#: Longer chains of "this caused that" are cut.
MAX_DEPTH = 8

#: Tells whether a listener wants to hear of an event, and of the job that it belongs to.
Wants = Callable[[Event, "Job | None"], bool]


class Cause(NamedTuple):
    """What the events of this moment follow from, and what each of them notes of it."""

    event_id: int | None
    depth: int
    note: Mapping[str, Any]


_cause: ContextVar[Cause | None] = ContextVar("cause", default=None)
_subscribers: dict[str, list[str]] = defaultdict(list)
_listeners: dict[str, Wants] = {}
_rules: list[Callable[[int], bool]] = []


@dataclass(slots=True)
class Happening:
    """One event to be written."""

    name: str
    ref: Ref
    title: str = ""
    at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)
    links: Sequence[Ref] = ()


def subscribe(name: str, task: str) -> None:
    """Have ``task`` called with ``event_id`` for each event ``name``; from ``AppConfig.ready``."""
    if task not in _subscribers[name]:
        _subscribers[name].append(task)


def listen(task: str, wants: Wants) -> None:
    """Have ``task`` called with ``event_id`` for each event it ``wants``; from ``AppConfig.ready``.

    ``wants`` is asked within every write, so it must cost no query while nothing is set up.
    """
    _listeners[task] = wants


def ask_about_rules(check: Callable[[int], bool]) -> None:
    """Have ``check`` tell whether rules wait for events of a type; doors for many then ask "run rules?"."""
    _rules.append(check)


def has_rules(type_id: int) -> bool:
    """Tell whether a change of many records of this type could start rules."""
    return any(check(type_id) for check in _rules)


def subscribers(name: str) -> list[str]:
    return [*_subscribers.get(name, ()), *_subscribers.get("*", ())]


def subscribers_of(event: Event, job: Job | None) -> list[str]:
    """Return the tasks that are to hear of this very event."""
    return [*subscribers(event.name), *(task for task, wants in _listeners.items() if wants(event, job))]


@contextmanager
def caused_by(
    event: Event | None, *, depth: int | None = None, note: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Mark all that is emitted inside as following from ``event``; each keeps ``note`` in its data."""
    if depth is None:
        depth = event.depth + 1 if event else 1
    token = _cause.set(Cause(event.pk if event else None, depth, note or {}))
    try:
        yield
    finally:
        _cause.reset(token)


def emit(
    name: str,
    *,
    record: Record | None = None,
    ref: Ref | None = None,
    actor: User | None,
    at: datetime | None = None,
    title: str = "",
    data: dict[str, Any] | None = None,
    changes: dict[str, Any] | None = None,
    links: Iterable[Ref] = (),
    via: str = "page",
    job: Job | None = None,
) -> Event:
    """Write one event about ``record`` (or ``ref``) and return it."""
    if record is not None:
        ref, title = record.ref, title or str(record)
    assert ref is not None
    details = dict(data or {})
    if changes:
        details["changes"] = changes
    happening = Happening(name, ref, title, at, details, tuple(links))
    return emit_many([happening], actor=actor, via=via, job=job)[0]


def emit_many(
    happenings: Sequence[Happening],
    *,
    actor: User | None,
    via: str = "page",
    job: Job | None = None,
    run_rules: bool = True,
    touches: bool = True,
) -> list[Event]:
    """Write many events with a constant number of statements; without ``touches`` no last touch moves."""
    if not happenings:
        return []
    now = timezone.now()
    cause_id, depth, note = _cause.get() or Cause(None, 0, {})
    events = [
        copying.quick(
            Event,
            created_at=now,
            at=one.at or now,
            name=one.name,
            type_id=one.ref.type_id,
            record_id=one.ref.id,
            title=one.title[:300],
            **({"actor": actor} if actor else {}),
            via=via,
            job_id=job.pk if job else None,
            caused_by_id=cause_id,
            depth=depth,
            data={**one.data, **note},
        )
        for one in happenings
    ]
    copying.insert(Event, events)
    _link(events, happenings)
    if touches:
        real = (one for one in happenings if one.name in TOUCHES)
        touch((one.at or now, ref) for one in real for ref in (one.ref, *one.links))
    if run_rules and depth < MAX_DEPTH:
        _dispatch(events, job)
    return events


def _link(events: Sequence[Event], happenings: Sequence[Happening]) -> None:
    copying.insert(
        EventLink,
        [
            copying.quick(
                EventLink,
                type_id=ref.type_id,
                record_id=ref.id,
                at=event.at,
                event_id=event.pk,
                event_created_at=event.created_at,
            )
            for event, one in zip(events, happenings, strict=True)
            for ref in dict.fromkeys((one.ref, *one.links))
        ],
    )


def touch(moments: Iterable[tuple[datetime, Ref]]) -> None:
    """Move ``last_touch_at`` forward, never back, with one statement per type."""
    latest: dict[int, dict[int, datetime]] = defaultdict(dict)
    for at, ref in moments:
        known = latest[ref.type_id]
        known[ref.id] = max(at, known.get(ref.id, at))
    for type_id, by_id in latest.items():
        model = registry.by_id(type_id).model
        if not hasattr(model, "last_touch_at"):
            continue
        # Ordered by id, so that two that touch the same records never wait for each other in a circle.
        ids = sorted(by_id)
        statement = TOUCH.format(table=connection.ops.quote_name(model._meta.db_table))
        with connection.cursor() as cursor:
            cursor.execute(statement, [ids, [by_id[pk] for pk in ids]])


def _dispatch(events: Sequence[Event], job: Job | None) -> None:
    waiting = [
        Dispatch(event_id=event.pk, event_created_at=event.created_at)
        for event in events
        if subscribers_of(event, job)
    ]
    if waiting:
        Dispatch.objects.bulk_create(waiting, batch_size=2000)
        queue.enqueue("crm.records.tasks.drain_dispatch")
