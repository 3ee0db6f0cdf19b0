"""Days as people name them: working days, "tomorrow 15:00", "завтра в 15", "fri", "+3d".

Everything here is given the present moment and the zone: nothing asks the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

MONDAY_TO_FRIDAY = frozenset({1, 2, 3, 4, 5})
NOON = time(12)
#: Nobody plans beyond this.
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class When:
    """A day, and a time of it where one was named."""

    day: date
    clock: time | None = None

    def moment(self, zone: tzinfo) -> datetime:
        """Return the instant; a whole day is over only when it ends."""
        if self.clock is None:
            return end_of_day(self.day, zone)
        return datetime.combine(self.day, self.clock, zone)


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the first instant of ``day`` in ``zone``."""
    return datetime.combine(day, time.min, zone)


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return the last second of ``day`` in ``zone``: when what was due that day becomes late."""
    return datetime.combine(day, time(23, 59, 59), zone)


def is_working(day: date, working: Collection[int] = MONDAY_TO_FRIDAY) -> bool:
    """Tell whether ``day`` is worked on. ``working`` holds weekdays, Monday is 1."""
    return day.isoweekday() in working


def add_working_days(day: date, count: int, working: Collection[int] = MONDAY_TO_FRIDAY) -> date:
    """Return the ``count``-th working day after ``day``; 0 gives ``day``, or the next one worked on."""
    if not working:
        return day + timedelta(days=count)
    while count == 0 and not is_working(day, working):
        day += timedelta(days=1)
    while count > 0:
        day += timedelta(days=1)
        count -= is_working(day, working)
    return day


def next_week(day: date, working: Collection[int] = MONDAY_TO_FRIDAY) -> date:
    """Return the first working day of the week after ``day``'s."""
    return add_working_days(day + timedelta(days=7 - day.weekday()), 0, working)


def working_days_between(first: date, last: date, working: Collection[int] = MONDAY_TO_FRIDAY) -> int:
    """Count the working days after ``first`` up to and with ``last``."""
    days = (last - first).days
    return sum(is_working(first + timedelta(days=one), working) for one in range(1, days + 1))


WEEKDAYS = {
    1: "mon monday пн понедельник понедельника",
    2: "tue tues tuesday вт вторник вторника",
    3: "wed wednesday ср среда среду",
    4: "thu thur thurs thursday чт четверг четверга",
    5: "fri friday пт пятница пятницу",
    6: "sat saturday сб суббота субботу",
    7: "sun sunday вс воскресенье воскресенья",
}
WEEKDAY = {name: number for number, names in WEEKDAYS.items() for name in names.split()}
MONTHS = (
    "jan january янв января январь|feb february фев февр февраля февраль|mar march мар марта март"
    "|apr april апр апреля апрель|may мая май|jun june июн июня июнь|jul july июл июля июль"
    "|aug august авг августа август|sep sept september сен сент сентября сентябрь"
    "|oct october окт октября октябрь|nov november ноя нояб ноября ноябрь|dec december дек декабря декабрь"
)
MONTH = {name: n for n, names in enumerate(MONTHS.split("|"), 1) for name in names.split()}
NAMED_DAYS = {
    "today": 0, "сегодня": 0, "tomorrow": 1, "завтра": 1, "day after tomorrow": 2, "послезавтра": 2,
    "yesterday": -1, "вчера": -1, "позавчера": -2,
}  # fmt: skip
NEXT_WEEK = {"next week", "на следующей неделе", "следующая неделя", "на той неделе"}
UNITS = {
    "minutes": "m min mins minute minutes мин минуту минуты минут",
    "hours": "h hr hrs hour hours ч час часа часов",
    "days": "d day days д дн день дня дней",
    "weeks": "w week weeks н нед неделю недели недель",
    "months": "mo month months мес месяц месяца месяцев",
}
UNIT = {name: unit for unit, names in UNITS.items() for name in names.split()}
WORKING = r"(?:working|business|рабоч\w+)"

_CLOCK = re.compile(
    r"(?:^|\s)(?:(?:at|в|к)\s+)?(?:(?P<h>\d{1,2}):(?P<m>\d{2})\s*(?P<half>am|pm)?|(?P<h2>\d{1,2})\s*(?P<half2>am|pm))$"
    r"|(?:^|\s)(?:at|в|к)\s+(?P<h3>\d{1,2})(?:\s*(?:h|ч|час\w*))?$"
    r"|(?:^|\s)(?:(?:at|в)\s+)?(?P<noon>noon|полдень)$"
)
_AHEAD = re.compile(
    rf"^(?:\+|in\s+|через\s+)\s*(?P<n>\d{{1,4}}|an?)?\s*(?P<working>{WORKING}\s+|w)?(?P<unit>[^\W\d_]+)?$"
)
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?\.?$")
_DAY_MONTH = re.compile(r"^(\d{1,2})\.?\s*([^\W\d_]+)\.?(?:\s+(\d{4}))?$")
_MONTH_DAY = re.compile(r"^([^\W\d_]+)\.?\s+(\d{1,2})(?:,?\s+(\d{4}))?$")
_LEADING = re.compile(r"^(?:on|by|next|this|во?\s+следующ\w+|следующ\w+|во?|до|к)\s+")


def parse_when(
    text: str, *, now: datetime, zone: tzinfo, working: Collection[int] = MONDAY_TO_FRIDAY
) -> When:
    """Read a day, a time, or both, in English or Russian.

    A time alone is the next such time; a day without a year is the coming one.

    Raises:
        ValueError: when it can't be read.
    """
    plain = " ".join(text.casefold().replace("ё", "е").replace(",", " ").split())
    local = now.astimezone(zone)
    if moment := _moment_ahead(plain, local):
        return moment
    rest, clock = _take_clock(plain)
    if not rest and clock is not None:
        day = local.date() if clock > local.time() else local.date() + timedelta(days=1)
        return When(day, clock)
    return When(_day(rest, local.date(), working), clock)


_AGO = re.compile(r"^(?P<n>\d{1,4}|an?)?\s*(?P<unit>[^\W\d_]+)\s+(?:ago|назад)$")


def parse_past(text: str, *, now: datetime, zone: tzinfo) -> datetime:
    """Read when something was done: "14:30", "yesterday 15:00", "в пятницу", "2 hours ago", "5 минут назад".

    A day without a time stands for its noon; today without a time for now.

    Raises:
        ValueError: when it can't be read, or lies in the future.
    """
    plain = " ".join(text.casefold().replace("ё", "е").replace(",", " ").split())
    local = now.astimezone(zone)
    if found := _AGO.match(plain):
        unit = UNIT.get(found["unit"])
        if unit in ("minutes", "hours", "days", "weeks"):
            return local - timedelta(**{unit: _number(found["n"])})
        raise ValueError(text)
    rest, clock = _take_clock(plain)
    name = _LEADING.sub("", rest)
    if name in WEEKDAY:
        day = local.date() - timedelta(days=(local.isoweekday() - WEEKDAY[name] - 1) % 7 + 1)
    else:
        day = _day(rest, local.date(), MONDAY_TO_FRIDAY) if rest else local.date()
    if clock is None:
        moment = local if day == local.date() else datetime.combine(day, NOON, zone)
    else:
        moment = datetime.combine(day, clock, zone)
    if moment > local:
        raise ValueError(text)
    return moment


def _moment_ahead(text: str, local: datetime) -> When | None:
    """Read "in 2 hours", "через 30 минут"."""
    found = _AHEAD.match(text)
    unit = UNIT.get(found["unit"] or "d") if found else None
    if found is None or unit not in ("minutes", "hours") or found["working"]:
        return None
    then = local + timedelta(**{unit: _number(found["n"])})
    return When(then.date(), then.time().replace(second=0, microsecond=0))


def _number(text: str | None) -> int:
    number = int(text) if text and text.isdecimal() else 1
    if number > MOST_DAYS:
        raise ValueError(text)
    return number


def _take_clock(text: str) -> tuple[str, time | None]:
    """Cut the time off the end."""
    found = _CLOCK.search(text)
    if found is None:
        return text, None
    rest = text[: found.start()].strip()
    if found["noon"]:
        return rest, NOON
    hour = int(found["h"] or found["h2"] or found["h3"])
    half = found["half"] or found["half2"]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "pm" else 0)
    return rest, time(hour, int(found["m"] or 0))


def _day(text: str, today: date, working: Collection[int]) -> date:
    if text in NAMED_DAYS:
        return today + timedelta(days=NAMED_DAYS[text])
    if text in NEXT_WEEK:
        return next_week(today, working)
    if (ahead := _days_ahead(text, today, working)) is not None:
        return ahead
    name = _LEADING.sub("", text)
    if name in WEEKDAY:
        return today + timedelta(days=(WEEKDAY[name] - today.isoweekday() - 1) % 7 + 1)
    return _date(name, today)


def _days_ahead(text: str, today: date, working: Collection[int]) -> date | None:
    """Read "+3d", "in 2 weeks", "через месяц", "+2wd"."""
    found = _AHEAD.match(text)
    if found is None or not (found["n"] or found["unit"]):
        return None
    number = _number(found["n"])
    word, at_work = found["unit"] or "", found["working"] or ""
    if at_work == "w" and UNIT.get(word) != "days":
        # The letter belongs to the word: "+2w", "in 2 weeks".
        word, at_work = at_work + word, ""
    unit = UNIT.get(word or "d")
    if unit == "days":
        return add_working_days(today, number, working) if at_work else today + timedelta(days=number)
    if unit == "weeks":
        return today + timedelta(weeks=number)
    return add_months(today, number) if unit == "months" else None


def add_months(day: date, count: int) -> date:
    """Return the same day ``count`` months later, or the last one of a shorter month."""
    index = day.year * 12 + day.month - 1 + count
    year, month = index // 12, index % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(last, day.day))
        except ValueError:
            continue
    raise ValueError(day)


def _date(text: str, today: date) -> date:
    """Read a date: "2026-03-05", "5.3.", "5 марта", "mar 5 2027"."""
    if found := _ISO.match(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTTED.match(text):
        return _coming(int(found[1]), int(found[2]), found[3], today)
    for pattern, day, month in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        found = pattern.match(text)
        if found and found[month] in MONTH:
            return _coming(int(found[day]), MONTH[found[month]], found[3], today)
    raise ValueError(text)


def _coming(day: int, month: int, year: str | None, today: date) -> date:
    """Return the named day; without a year the coming one, though not one just gone by."""
    if year:
        return date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    for candidate in (today.year, today.year + 1, *range(today.year + 2, today.year + 9)):
        try:
            found = date(candidate, month, day)
        except ValueError:
            if (day, month) != (29, 2):
                raise
            continue
        if found >= today:
            return found
    raise ValueError(day)
