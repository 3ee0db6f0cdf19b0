"""One record's timeline as one person sees it: what is planned, and a page of what happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime

from crm.identity.access import access_for
from crm.timeline import selectors
from crm.timeline.entries import FILTERS, Day, EntryMaker, by_day
from crm.timeline.models import Activity
from crm.timeline.selectors import FAR, FIRST_PAGE, PAGE, PLAN_MORE, PLAN_SHOWN, Place

if TYPE_CHECKING:
    from datetime import datetime

    from crm.records.models import Event
    from crm.timeline.entries import Entry
    from crm.timeline.selectors import Batch


@dataclass(slots=True)
class Feed:
    """A page of lines, and where the next, older one begins."""

    days: list[Day]
    older: str = ""
    is_empty: bool = True

    @property
    def last_day(self) -> str:
        """The day that is shown last."""
        return self.days[-1].label if self.days else ""


@dataclass(slots=True)
class Planned:
    """One open activity in the plan of a record."""

    activity: Activity
    may_change: bool
    #: The record it is about, when that is another one than the page's.
    other: str = ""
    is_overdue: bool = False


@dataclass(slots=True)
class Timeline:
    """Everything that the middle of a record's page shows."""

    record: Any
    user: Any
    at: datetime
    kind: str = ""
    before: Place | None = None
    #: How much of the plan is shown: from where, and how many.
    start: int = 0
    size: int = PLAN_SHOWN
    #: Whether it stands on the page of the record, where a little at once is enough.
    is_first: bool = False
    _plan: tuple[list[Planned], int] | None = field(default=None, repr=False)

    @property
    def slug(self) -> str:
        return str(self.record.record_type.slug)

    @property
    def filters(self) -> list[tuple[str, Any, bool]]:
        return [(name, label, name == self.kind) for name, label in FILTERS.items()]

    @property
    def may_add(self) -> bool:
        return access_for(self.user).can(Activity, "add")

    @property
    def plan(self) -> list[Planned]:
        """What is to be done, the next first: as much of it as is shown."""
        return self._planned[0]

    @property
    def plan_count(self) -> int:
        """How much is to be done in all."""
        return self._planned[1]

    @property
    def plan_rest(self) -> int:
        """How much of it comes after what is shown."""
        return max(self.plan_count - self.start - len(self.plan), 0)

    @property
    def plan_more(self) -> int:
        """How much more one click shows."""
        return min(self.plan_rest, PLAN_MORE)

    @property
    def plan_next(self) -> int:
        """Where that begins."""
        return self.start + len(self.plan)

    @property
    def _planned(self) -> tuple[list[Planned], int]:
        if self._plan is None:
            ref, access = self.record.ref, access_for(self.user)
            found, count = selectors.plan_of(ref, self.user, start=self.start, size=self.size)
            rows = [
                Planned(
                    one,
                    access.can(Activity, "change", one),
                    one.about_row.title if one.about_row and one.about != ref else "",
                    one.is_overdue(self.at),
                )
                for one in found
            ]
            self._plan = (rows, count)
        return self._plan

    @property
    def feed(self) -> Feed:
        """A page of what happened, newest first."""
        maker = EntryMaker(self.record.ref, self.user)
        found: list[Entry] = []
        limit, far = (FIRST_PAGE, 1) if self.is_first else (PAGE, FAR)
        place, has_older = self.before, False
        for batch in selectors.events_of(
            self.record.ref, self.user, kind=self.kind, before=self.before, far=far
        ):
            stop = maker.make(batch, found, limit)
            if stop is not None:
                place, has_older = place_before(stop, batch, place), True
                break
            place, has_older = batch.end, batch.has_older
        older = write_place(place) if has_older and place else ""
        return Feed(by_day(found, self.at), older, not found and not older)


def place_before(stop: Event, batch: Batch, start: Place | None) -> Place | None:
    """Return the place of the last event before ``stop``, from which it goes on."""
    place = start
    for event in batch.events:
        if event is stop:
            break
        place = Place(event.at, event.pk)
    return place


def write_place(place: Place) -> str:
    return f"{place.event_id}.{place.at.isoformat()}"


def read_place(text: str) -> Place | None:
    """Read a place from an address; None when it makes no sense."""
    number, _dot, moment = text.partition(".")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    if at is None or at.tzinfo is None or not number.isdecimal() or len(number) > 18:
        return None
    return Place(at, int(number))
