"""The demo company: each app brings its part, this module gives them common ground.

A part is registered from ``AppConfig.ready`` and makes its rows from one seeded source of
chance, so that the same seed makes the same company. Rows go in by COPY; what they look
like is compared with those of the services by a contract test.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from crm.records import crowds, housekeeping, registry, search
from crm.records.copying import copy_in, copy_values, give_ids, quick
from crm.records.models import Event, EventLink, Job, JournalEntry, Record, Search

if TYPE_CHECKING:
    from crm.records.registry import Ref

#: Rows are made and written in batches, so that memory stays the same at any size.
BATCH = 5_000
#: Up to so many people the giants are kept small, or a short list would show nothing else.
SMALL = 10_000
#: From so many people on a company is made by several processes, without indexes meanwhile.
LARGE = 50_000
#: Parts of this order and later come when a large company has its indexes again.
AFTER = 50
#: So far back the company's history reaches.
PAST_MONTHS = 24


class Subject(NamedTuple):
    """A record that people call and meet about: what activities need to know of it."""

    ref: Ref
    links: tuple[Ref, ...]
    owner_id: int | None
    team_id: int | None
    since: datetime
    until: datetime | None


@dataclass(slots=True)
class Demo:
    """One company in the making."""

    people: int
    at: datetime
    chance: random.Random
    password: str = ""
    #: Under which a small company is made, so that it can be taken away again.
    job: Job | None = None
    #: What parts leave for those after them: ids of users, companies, deals.
    made: dict[str, Any] = field(default_factory=dict)
    say: Callable[[str], None] = print

    #: How many processes make the rows of a large company.
    processes: int = 2

    def batches(self, make: Callable[[Demo, Sequence[Any]], list[Any]], items: Sequence[Any]) -> list[Any]:
        """Have ``make`` make rows of each batch of ``items``; return together what it kept.

        In a large company the batches are made by several processes, each batch from a chance of its
        own, so that the company is the same whatever the number of processes. Then ``make`` must not
        ask the database, and must write by this object only.
        """
        if self.people < LARGE:
            parts = [make(self, items[n : n + BATCH]) for n in range(0, len(items), BATCH)]
            return [one for part in parts for one in part]
        seed = self.chance.getrandbits(64)

        def one_batch(number: int) -> list[Any]:
            self.chance = random.Random(seed + number)
            return make(self, items[number * BATCH : (number + 1) * BATCH])

        return crowds.make(one_batch, -(-len(items) // BATCH), size=BATCH, processes=self.processes)

    def moment(self, most_days: int, *, least_days: int = 0) -> datetime:
        """Return a moment in the past, the recent past more often than the distant."""
        days = least_days + (most_days - least_days) * self.chance.random() ** 2
        return self.at - timedelta(days=days, minutes=self.chance.randrange(600))

    def skewed(self, items: Sequence[Any]) -> Any:
        """Pick one, the first ones far more often: a few giants, a long tail."""
        power = 3 if self.people > SMALL else 1.5
        return items[min(int(len(items) * self.chance.random() ** power), len(items) - 1)]

    def copy(self, rows: Sequence[Any]) -> None:
        """Write instances of one model, and the journal of a company that can be taken away."""
        if not rows:
            return
        model = type(rows[0])
        if rows[0].pk is None:
            give_ids(rows)
        copy_in(model, rows)
        if self.job is not None and model not in (Event, EventLink, Search, JournalEntry):
            self._journal(rows)

    def records(self, rows: Sequence[Any]) -> None:
        """Write records together with their search rows and their "created" events."""
        self.copy(rows)
        service = registry.service_for(type(rows[0]))
        copy_in(Search, self._with_ids([search.row_of(service, record) for record in rows]))
        self.events([(created_event(record, service), service.links(record)) for record in rows])

    def events(self, pairs: Sequence[tuple[Event, Any]]) -> None:
        """Write events, and put each into the timelines of its record and of ``links``."""
        events = self._with_ids([event for event, _links in pairs])
        copy_in(Event, events)
        copy_values(
            EventLink,
            ("type_id", "record_id", "at", "event_id", "event_created_at"),
            (
                (*ref, event.at, event.pk, event.created_at)
                for event, links in pairs
                for ref in dict.fromkeys((event.ref, *links))
            ),
        )

    def _with_ids(self, rows: list[Any]) -> list[Any]:
        give_ids(rows)
        return rows

    def _journal(self, rows: Sequence[Any]) -> None:
        names = ["version"] if isinstance(rows[0], Record) else []
        entries = [
            JournalEntry(
                job=self.job,
                model=row._meta.label_lower,
                object_id=row.pk,
                before=None,
                after={name: getattr(row, name) for name in names},
            )
            for row in rows
        ]
        JournalEntry.objects.bulk_create(entries, batch_size=2000)


Part = Callable[[Demo], None]
_parts: list[tuple[int, str, Part]] = []


def register(part: Part, *, order: int, title: str) -> None:
    """Have ``part`` make its rows; parts with a lower order come first."""
    _parts.append((order, title, part))


def make(demo: Demo) -> None:
    """Make the whole company, and tell the planner what became of the tables."""
    housekeeping.keep_past_partitions(demo.at.date(), PAST_MONTHS)
    parts = sorted(_parts, key=lambda one: one[0])
    if demo.people < LARGE:
        _make_parts(demo, parts)
    else:
        with crowds.bare_tables(demo.say):
            _make_parts(demo, [one for one in parts if one[0] < AFTER])
        _make_parts(demo, [one for one in parts if one[0] >= AFTER])
    # Typing errors are forgiven from the first search on, not from the first night.
    search.refresh_words()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _make_parts(demo: Demo, parts: Sequence[tuple[int, str, Part]]) -> None:
    for _order, title, part in parts:
        started = datetime.now()
        part(demo)
        demo.say(f"{title}: {(datetime.now() - started).total_seconds():.1f} s")


def created_event(record: Any, service: Any) -> Event:
    """Return the event that the service would have told."""
    return quick(
        Event,
        created_at=record.created_at,
        at=record.created_at,
        name=f"{record._meta.model_name}.created",
        type_id=record.record_type.id,
        record_id=record.pk,
        title=service.title(record)[:300],
        actor_id=record.created_by_id,
        via="demo",
        data={},
    )
