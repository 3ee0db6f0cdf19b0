"""Working hours: how much working time lies between two instants, and when some of it is over.

Hours are told by the clock on the wall: "Monday 09:00 to 18:00 in Moscow". The office is open
whenever that clock shows a time within them, so an hour that the clock shows twice in autumn
counts twice, and one that it leaps over in spring counts not at all; a round-the-clock day has
23, 24 or 25 hours. Spans are closed-open: at 18:00 sharp it is shut.

Nothing here asks the clock or the database; both are given.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
#: Nobody asks for anything farther away: here every search ends.
FARTHEST_DAYS = 366 * 60
ZERO = timedelta(0)
ONE_DAY = timedelta(days=1)

Spans = tuple[tuple[int, int], ...]

_SPAN = re.compile(r"^(\d{1,2})[:.](\d{2})\s*[-–—]\s*(\d{1,2})[:.](\d{2})$")


class NoHoursError(ValueError):
    """A calendar in which nobody ever works: nothing could ever be due."""


class TooFarError(ValueError):
    """What was asked for lies beyond any plan."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of working time without a break, in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Hours:
    """A week of spans in minutes of the day, Monday first, and the days that differ from it."""

    zone: ZoneInfo
    week: tuple[Spans, ...]
    special: Mapping[date, Spans] = field(default_factory=dict)
    name: str = ""
    version: int = 0
    _days: dict[date, tuple[Segment, ...]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("A week has seven days.")
        for spans in (*self.week, *self.special.values()):
            check_spans(spans)
        if not any(self.week):
            raise NoHoursError(self.name)

    # Days.

    def spans_on(self, day: date) -> Spans:
        """Return the spans of a date by the clock on the wall."""
        return self.special.get(day, self.week[day.weekday()])

    def is_working_day(self, day: date) -> bool:
        return bool(self.spans_on(day))

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def add_days(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day``; 0 gives ``day``, or the next one worked on."""
        last = day + timedelta(days=FARTHEST_DAYS)
        while count == 0 and not self.is_working_day(day):
            day = later(day, last)
        while count > 0:
            day = later(day, last)
            count -= self.is_working_day(day)
        return day

    def days_between(self, first: date, last: date) -> int:
        """Count the working days after ``first`` up to and with ``last``."""
        days = range(1, (last - first).days + 1)
        return sum(self.is_working_day(first + timedelta(days=one)) for one in days)

    def segments_on(self, day: date) -> tuple[Segment, ...]:
        """Return the working time of a date as instants."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = segments_of(day, self.spans_on(day), self.zone)
        return found

    # Instants.

    def segments(self, start: datetime, end: datetime) -> Iterator[Segment]:
        """Give the working time between two instants; their lengths add up to ``elapsed``."""
        if end <= start:
            return
        day, last = self.local_day(start), self.local_day(end)
        while day <= last:
            for one in self.segments_on(day):
                first, until = max(one.start, start), min(one.end, end)
                if first < until:
                    yield Segment(first.astimezone(UTC), until.astimezone(UTC))
            day += ONE_DAY

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time between two instants; nothing where ``end`` comes first."""
        return sum((one.length for one in self.segments(start, end)), ZERO)

    def seconds(self, start: datetime, end: datetime) -> int:
        """Return the working time between two instants in whole seconds."""
        return self.elapsed(start, end) // timedelta(seconds=1)

    def add(self, start: datetime, length: timedelta | int) -> datetime:
        """Return the first instant by which ``length`` (or seconds) has been worked since ``start``.

        What ends just at closing is due at closing, not at the next opening.
        """
        left = length if isinstance(length, timedelta) else timedelta(seconds=length)
        if left < ZERO:
            return self.take_off(start, -left)
        if left == ZERO:
            return start.astimezone(UTC)
        for one in self._from(start):
            if left <= one.length:
                return one.start + left
            left -= one.length
        raise TooFarError(f"{length} after {start}")

    def take_off(self, end: datetime, length: timedelta | int) -> datetime:
        """Return the last instant since which ``length`` (or seconds) has been worked until ``end``."""
        left = length if isinstance(length, timedelta) else timedelta(seconds=length)
        if left <= ZERO:
            return end.astimezone(UTC)
        day = self.local_day(end)
        for _turn in range(FARTHEST_DAYS):
            for one in reversed(self.segments_on(day)):
                until = min(one.end, end.astimezone(UTC))
                worked = until - one.start
                if worked <= ZERO:
                    continue
                if left <= worked:
                    return until - left
                left -= worked
            day -= ONE_DAY
        raise TooFarError(f"{length} before {end}")

    def is_open(self, at: datetime) -> bool:
        return any(one.start <= at < one.end for one in self.segments_on(self.local_day(at)))

    def next_opening(self, at: datetime) -> datetime:
        """Return ``at`` itself during working hours, else when they begin next."""
        return next(iter(self._from(at))).start

    def next_closing(self, at: datetime) -> datetime:
        """Return when the working time that runs at ``at``, or begins next, is over."""
        ahead = iter(self._from(at))
        end = next(ahead).end
        for one in ahead:
            if one.start != end:
                break
            end = one.end
        return end

    def _from(self, start: datetime) -> Iterator[Segment]:
        """Give the working time from ``start`` on."""
        day, start = self.local_day(start), start.astimezone(UTC)
        for _turn in range(FARTHEST_DAYS):
            for one in self.segments_on(day):
                if one.end > start:
                    yield Segment(max(one.start, start), one.end)
            day += ONE_DAY
        raise TooFarError(f"Nobody works within {FARTHEST_DAYS} days after {start}.")


def round_the_clock(zone: ZoneInfo) -> Hours:
    """Return hours that never close."""
    return Hours(zone, (((0, DAY_MINUTES),),) * 7)


def later(day: date, last: date) -> date:
    if day >= last:
        raise TooFarError(f"Nobody works until {last}.")
    return day + ONE_DAY


# One day of one zone.


def segments_of(day: date, spans: Spans, zone: ZoneInfo) -> tuple[Segment, ...]:
    """Return when the clock on the wall shows a time within ``spans`` on ``day``."""
    found: list[Segment] = []
    for start, end, offset in pieces_of(day, zone):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
        for opens, closes in spans:
            first = max(midnight + timedelta(minutes=opens), start)
            until = min(midnight + timedelta(minutes=closes), end)
            if first < until:
                found.append(Segment(first, until))
    return tuple(found)


def pieces_of(day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Give the parts of a day between which the clock is changed: one, or two."""
    start, end = midnight_of(day, zone), midnight_of(day + ONE_DAY, zone)
    while start < end:
        offset = offset_at(start, zone)
        change = first_change(start, end, zone)
        yield start, change, offset
        start = change


def midnight_of(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins. A midnight that is leapt over is the leap, of two it is the first."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def offset_at(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or ZERO


def first_change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clock is changed between two instants, to the second; ``end`` if it isn't."""
    offset = offset_at(start, zone)
    if offset_at(end - timedelta(seconds=1), zone) == offset:
        return end
    low, high = 0, int((end - start).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(start + timedelta(seconds=middle), zone) == offset:
            low = middle
        else:
            high = middle
    return start + timedelta(seconds=high)


# Spans as people write them.


def check_spans(spans: Sequence[tuple[int, int]]) -> None:
    """Refuse spans that are empty, leave the day, overlap or are out of order."""
    before = 0
    for opens, closes in spans:
        if not before <= opens < closes <= DAY_MINUTES:
            raise ValueError(f"{opens}-{closes}")
        before = closes


def read_spans(text: str) -> Spans:
    """Read "09:00-13:00, 14:00-18:00"; ValueError for anything else. 24:00 is the end of the day."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        match = _SPAN.match(part)
        if match is None:
            raise ValueError(part)
        opens, minute, closes, last = (int(one) for one in match.groups())
        if minute > 59 or last > 59:
            raise ValueError(part)
        found.append((opens * 60 + minute, closes * 60 + last))
    found.sort()
    check_spans(found)
    return tuple(found)


def text_of_spans(spans: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{text_of_minute(opens)}-{text_of_minute(closes)}" for opens, closes in spans)


def text_of_minute(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_minute(text: str) -> int:
    """Read "09:00" or "24:00" as minutes of the day."""
    match = re.match(r"^(\d{1,2})[:.](\d{2})$", text.strip())
    if match is None or int(match[2]) > 59 or not 0 <= int(match[1]) * 60 + int(match[2]) <= DAY_MINUTES:
        raise ValueError(text)
    return int(match[1]) * 60 + int(match[2])
