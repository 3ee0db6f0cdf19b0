"""Holidays as others publish them: the whole days of an iCalendar file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterator

#: No holiday is longer; what claims to be is a mistake of the file.
LONGEST = 60
MOST_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class Holiday:
    """One free day."""

    day: date
    name: str
    uid: str


@dataclass(slots=True)
class Found:
    """The days of a file, and what could not be read."""

    days: list[Holiday] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def read_holidays(text: bytes | str, *, first: date, last: date) -> Found:
    """Read the whole days of a file between two days; those that come back each year come each year.

    Raises:
        ValueError: when it is no iCalendar file.
    """
    found = Found()
    # Only those who bring a calendar wait for what reads it.
    calendars = import_module("icalendar").Calendar.from_ical(text, multiple=True)
    if not calendars or all(one.name != "VCALENDAR" for one in calendars):
        raise ValueError("no calendar")
    components = [event for one in calendars for event in one.walk("VEVENT")][:MOST_EVENTS]
    for event in components:
        name = str(event.get("SUMMARY", "")).strip()
        try:
            found.days += days_of(event, name, first, last)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as wrong:
            found.skipped.append(f"{name or event.get('UID', '?')}: {wrong}")
    found.days.sort(key=lambda one: one.day)
    return found


def days_of(event: Any, name: str, first: date, last: date) -> list[Holiday]:
    """Return the days that one event takes up."""
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return []
    start = event.decoded("DTSTART")
    if isinstance(start, datetime):
        raise ValueError(_("it is at a time of the day, not a whole day"))
    end = event.decoded("DTEND", None) or start + (event.decoded("DURATION", None) or timedelta(days=1))
    length = max(1, (end - start).days)
    if length > LONGEST:
        raise ValueError(_("it is longer than two months"))
    uid = str(event.get("UID", ""))[:255]
    return [
        Holiday(day, name[:200], uid)
        for begun in starts_of(event, start, first - timedelta(days=length), last)
        for day in (begun + timedelta(days=one) for one in range(length))
        if first <= day <= last
    ]


def starts_of(event: Any, start: date, first: date, last: date) -> Iterator[date]:
    """Give the days on which an event begins, those that come back included."""
    rule = event.get("RRULE")
    if rule is None:
        yield start
        return
    midnight = datetime(start.year, start.month, start.day)
    without = {one.dt for line in listed(event.get("EXDATE")) for one in line.dts}
    found = rrulestr(rule.to_ical().decode(), dtstart=midnight, ignoretz=True)
    for moment in found.between(
        datetime(first.year, first.month, first.day), datetime(last.year, last.month, last.day), inc=True
    ):
        if moment.date() not in without:
            yield moment.date()


def listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
