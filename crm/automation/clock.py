"""When a schedule comes next: every hour, day, week or month, or by a cron line, in one zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

#: A cron line that never comes (30 February) is given up after so long.
AHEAD = timedelta(days=366 * 5)
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NAMES = {
    3: {name: number for number, name in enumerate(MONTHS, 1)},
    4: {name: number for number, name in enumerate(WEEK)},
}


def next_time(when: Mapping[str, Any], after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the next moment of a schedule after ``after``; None where it never comes.

    ``when``: {"every": "hour" | "day" | "week" | "month" | "cron", "at": "09:00", "weekdays": [1…7],
    "day": 1…31, "cron": "0 9 * * 1-5"}. A day that a month lacks is its last one. A time that
    the clock leaps over comes right after the leap; one that comes twice counts once.
    """
    if when["every"] == "cron":
        return next_cron(when["cron"], after, zone)
    if when["every"] == "hour":
        minute = clock(when).minute
        found = after.replace(minute=minute, second=0, microsecond=0)
        return found if found > after else found + timedelta(hours=1)
    day = after.astimezone(zone).date()
    for _turn in range(400):
        if is_day(when, day):
            moment = datetime.combine(day, clock(when), zone).astimezone(UTC)
            if moment > after:
                return moment
        day += timedelta(days=1)
    return None


def clock(when: Mapping[str, Any]) -> time:
    """Return the time of day of a schedule or a date rule."""
    return time.fromisoformat(str(when.get("at") or "09:00"))


def is_day(when: Mapping[str, Any], day: date) -> bool:
    if when["every"] == "week":
        return day.isoweekday() in [int(one) for one in when.get("weekdays") or [1]]
    if when["every"] == "month":
        wanted = int(when.get("day") or 1)
        is_last = (day + timedelta(days=1)).day == 1
        return day.day == wanted or (is_last and day.day < wanted)
    return True


def read_cron(line: str) -> tuple[frozenset[int], ...]:
    """Read "minute hour day month weekday" with lists, ranges and steps.

    Raises:
        ValueError: when it can't be read.
    """
    parts = line.split()
    if len(parts) != 5:
        raise ValueError(line)
    return tuple(_cron_part(part, place) for place, part in enumerate(parts))


def _cron_part(part: str, place: int) -> frozenset[int]:
    least, most = RANGES[place]
    found: set[int] = set()
    for piece in part.lower().split(","):
        span, _slash, step_text = piece.partition("/")
        step = int(step_text) if _slash else 1
        if span == "*":
            first, last = least, most
        else:
            start, dash, end = span.partition("-")
            first = _cron_value(start, place)
            last = _cron_value(end, place) if dash else (most if _slash else first)
        if not (least <= first <= last <= most) or not 1 <= step <= most + 1:
            raise ValueError(part)
        found.update(range(first, last + 1, step))
    if place == 4:
        found = {one % 7 for one in found}
    return frozenset(found)


def _cron_value(text: str, place: int) -> int:
    names = NAMES.get(place, {})
    return names[text] if text in names else int(text)


def next_cron(line: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the next moment of a cron line: day of month or of week, where both are named."""
    minutes, hours, days, months, weekdays = read_cron(line)
    either = "*" not in line.split()[2] and "*" not in line.split()[4]
    day = after.astimezone(zone).date()
    last = day + AHEAD
    while day <= last:
        by_month, by_week = day.day in days, day.isoweekday() % 7 in weekdays
        if day.month in months and (by_month or by_week if either else by_month and by_week):
            for hour in sorted(hours):
                for minute in sorted(minutes):
                    moment = datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
                    if moment > after:
                        return moment
        day += timedelta(days=1)
    return None
