"""Which hours count: of a calendar, of the company, of a calendar as it was in an earlier version.

worktime.default_hours().add(received_at, 4 * 3600)   # due after four working hours
worktime.hours_of(ticket.calendar_id, version=3)      # by the hours of that time
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.identity.models import Organisation, default_working_days
from crm.lib.hours import DAY_MINUTES, Hours, Spans
from crm.lib.kept import Kept
from crm.timeline.models import CalendarException, CalendarInterval, CalendarVersion, WorkCalendar

if TYPE_CHECKING:
    from collections.abc import Iterable


def default_hours() -> Hours:
    """Return the hours of the usual calendar; where there is none, those of the company profile."""
    known, usual = _calendars()
    return known[usual] if usual in known else company_hours()


def hours_of(calendar: WorkCalendar | int | None, *, version: int | None = None) -> Hours:
    """Return the hours of a calendar, now or as of a version; of none, the usual ones.

    Raises:
        NoHoursError: when nobody ever works by it.
    """
    pk = calendar.pk if isinstance(calendar, WorkCalendar) else calendar
    if pk is None:
        return default_hours()
    known, _usual = _calendars()
    present = known.get(pk)
    if version is None or (present is not None and present.version == version):
        return present if present is not None else read_hours(WorkCalendar.objects.get(pk=pk))
    kept = CalendarVersion.objects.select_related("calendar").get(calendar=pk, version=version)
    return from_json(kept.definition, name=kept.calendar.name, version=version)


def company_hours() -> Hours:
    """Return the hours of the company profile, without any holidays."""
    company = Organisation.load()
    spans = company_span(company)
    days = company.working_days or default_working_days()
    week = tuple(spans if number in days else () for number in range(1, 8))
    return Hours(ZoneInfo(company.time_zone), week, name=company.called)


def company_span(company: Organisation) -> Spans:
    """Return from when to when the company works; who works into the night works until midnight."""
    opens, closes = minute_of(company.work_starts), minute_of(company.work_ends)
    return ((opens, closes if closes > opens else DAY_MINUTES),)


def minute_of(value: Any) -> int:
    # A profile that was just made holds its default as text.
    clock = time.fromisoformat(value) if isinstance(value, str) else value
    return int(clock.hour) * 60 + int(clock.minute)


def read_hours(calendar: WorkCalendar) -> Hours:
    """Read the hours of one calendar from the database."""
    return hours_from(calendar, calendar.intervals.all(), calendar.exceptions.all())


def hours_from(
    calendar: WorkCalendar, intervals: Iterable[CalendarInterval], exceptions: Iterable[CalendarException]
) -> Hours:
    week: list[list[tuple[int, int]]] = [[] for _day in range(7)]
    for one in intervals:
        week[one.weekday - 1].append((one.opens, one.closes))
    return Hours(
        ZoneInfo(calendar.time_zone),
        tuple(tuple(sorted(spans)) for spans in week),
        {one.day: one.spans for one in exceptions},
        name=calendar.name,
        version=calendar.version,
    )


def read_all() -> tuple[dict[int, Hours], int | None]:
    """Read every calendar that has hours, and which one is the usual."""
    intervals: dict[int, list[CalendarInterval]] = defaultdict(list)
    for interval in CalendarInterval.objects.all():
        intervals[interval.calendar_id].append(interval)
    exceptions: dict[int, list[CalendarException]] = defaultdict(list)
    for exception in CalendarException.objects.all():
        exceptions[exception.calendar_id].append(exception)
    rows = list(WorkCalendar.objects.all())
    known = {
        row.pk: hours_from(row, intervals[row.pk], exceptions[row.pk]) for row in rows if intervals[row.pk]
    }
    return known, next((row.pk for row in rows if row.is_default), None)


_calendars = Kept("timeline.calendars", read_all)


# As a version keeps them.


def to_json(hours: Hours) -> dict[str, Any]:
    return {
        "zone": hours.zone.key,
        "week": [[list(span) for span in spans] for spans in hours.week],
        "special": {
            day.isoformat(): [list(span) for span in spans] for day, spans in sorted(hours.special.items())
        },
    }


def from_json(definition: dict[str, Any], *, name: str = "", version: int = 0) -> Hours:
    return Hours(
        ZoneInfo(definition["zone"]),
        tuple(spans_from(spans) for spans in definition["week"]),
        {date.fromisoformat(day): spans_from(spans) for day, spans in definition["special"].items()},
        name=name,
        version=version,
    )


def spans_from(pairs: list[list[int]]) -> Spans:
    return tuple((opens, closes) for opens, closes in pairs)
