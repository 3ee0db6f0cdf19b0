"""One record's timeline as one person sees it: what is planned, and a page of what happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime

from crm.identity.access import access_for
from crm.timeline import selectors
from crm.timeline.entries import FILTERS, Day, EntryMaker, by_day
from crm.timeline.models import Activity
from crm.timeline.selectors import PAGE, Place

if TYPE_CHECKING:
    from datetime import datetime

    from crm.records.models import Search
    from crm.timeline.entries import Entry


@dataclass(slots=True)
class Feed:
    """A page of lines, and where the next, older one begins."""

    days: list[Day]
    older: str = ""
    is_empty: bool = True


@dataclass(slots=True)
class Planned:
    """One open activity in the plan of a record."""

    activity: Activity
    may_change: bool
    other: Search | None = None
    is_overdue: bool = False


@dataclass(slots=True)
class Timeline:
    """Everything that the middle of a record's page shows."""

    record: Any
    user: Any
    at: datetime
    kind: str = ""
    before: Place | None = None
    _plan: list[Planned] | None = field(default=None, repr=False)

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
        """What is to be done, the next first."""
        if self._plan is None:
            found = selectors.plan_of(self.record.ref, self.user)
            others = selectors.titles({ref for one in found if (ref := one.about) and ref != self.record.ref})
            access = access_for(self.user)
            self._plan = [
                Planned(
                    one,
                    access.can(Activity, "change", one),
                    others.get(one.about) if one.about else None,
                    one.is_overdue(self.at),
                )
                for one in found
            ]
        return self._plan

    @property
    def feed(self) -> Feed:
        """A page of what happened, newest first."""
        maker = EntryMaker(self.record.ref, self.user)
        found: list[Entry] = []
        place, stopped = self.before, False
        batches = selectors.events_of(
            self.record.ref, self.user, kind=self.kind, before=self.before, known={self.record.ref}
        )
        for events in batches:
            stop = maker.make(events, found, PAGE)
            for event in events:
                if event is stop:
                    stopped = True
                    break
                place = Place(event.at, event.pk)
            if stopped:
                break
        older = write_place(place) if stopped and place else ""
        return Feed(by_day(found, self.at), older, not found)


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
