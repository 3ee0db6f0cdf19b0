"""What the dates of a column mean: 3/4/2017 is March or April, and one column has one answer.

Every cell leaves the orders it can be read in; the order that reads the most cells is the
column's. Where two orders read all of them alike, a person is asked (`DateStyle.ambiguous`).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache


class DateOrder(StrEnum):
    """In which order a column writes its dates."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"
    SERIAL = "serial"  # days since 1899-12-30, as spreadsheets count


@dataclass(frozen=True)
class DateStyle:
    """The order found for a column, whether another fits as well, and whether times are written."""

    order: DateOrder
    ambiguous: bool = False
    with_time: bool = False
    share: float = 1.0


_MONTHS = {
    1: "jan january янв января январь",
    2: "feb february фев февр февраля февраль",
    3: "mar march мар марта март",
    4: "apr april апр апреля апрель",
    5: "may мая май",
    6: "jun june июн июня июнь",
    7: "jul july июл июля июль",
    8: "aug august авг августа август",
    9: "sep sept september сен сент сентября сентябрь",
    10: "oct october окт октября октябрь",
    11: "nov november ноя нояб ноября ноябрь",
    12: "dec december дек декабря декабрь",
}
MONTH_NAMES = {name: number for number, names in _MONTHS.items() for name in names.split()}

_DATE = re.compile(
    r"^(?P<a>\d{1,4})(?P<sep>[-./ ])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,4})\.?"
    r"(?:\s*г\.?)?(?:[T ,]+(?P<rest>.+))?$"
)
_COMPACT = re.compile(r"^(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)$")
_NAMED = re.compile(
    r"^(?:\w{2,12},\s*)?(?:(?P<d1>\d{1,2})(?:st|nd|rd|th)?[-. ]+(?P<m1>[^\W\d]{3,9})\.?"
    r"|(?P<m2>[^\W\d]{3,9})\.?[ -]+(?P<d2>\d{1,2})(?:st|nd|rd|th)?)[-,. ]+(?P<y>\d{4}|\d{2})"
    r"(?:\s*г\.?)?(?:[T ,]+(?P<rest>.+))?$"
)
_TIME = re.compile(
    r"^(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?$"
)
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")
_SERIAL_RANGE = (14_611, 73_050)  # 1940 to 2099
_EPOCH = date(1899, 12, 30)


def parse_month(text: str) -> int | None:
    """Read a month written as a number or a name, English or Russian."""
    word = text.strip().rstrip(".").lower()
    if word.isdigit():
        return int(word) if 1 <= int(word) <= 12 else None
    return MONTH_NAMES.get(word)


def parse_date(text: str, order: DateOrder) -> date | None:
    """Read one date in the column's order; None when it can't be read."""
    found = _split(text.strip(), order)
    return found[0] if found else None


def parse_moment(text: str, order: DateOrder, zone: tzinfo = UTC) -> datetime | None:
    """Read one date with an optional time; a time without a zone is in `zone`."""
    found = _split(text.strip(), order)
    if not found:
        return None
    day, rest = found
    clock = _clock(rest, zone) if rest else time(0, 0, tzinfo=zone)
    return datetime.combine(day, clock) if clock else None


@lru_cache(maxsize=20_000)
def _split(text: str, order: DateOrder) -> tuple[date, str] | None:
    if order == DateOrder.SERIAL:
        return _from_serial(text)
    plain = _DATE.match(text)
    if plain:
        parts = (plain["a"], plain["b"], plain["c"])
        day = _day(parts, order if len(plain["a"]) < 3 else DateOrder.YMD)
        return _with_rest(day, plain["rest"])
    compact = _COMPACT.match(text)
    if compact:
        return _with_rest(_safe(int(compact["y"]), int(compact["m"]), int(compact["d"])), None)
    named = _NAMED.match(text)
    if not named:
        return None
    month = MONTH_NAMES.get((named["m1"] or named["m2"]).lower())
    number = int(named["d1"] or named["d2"])
    return _with_rest(_safe(_year(named["y"]), month, number) if month else None, named["rest"])


def _with_rest(day: date | None, rest: str | None) -> tuple[date, str] | None:
    if day is None or (rest and not _TIME.match(rest.strip())):
        return None
    return day, (rest or "").strip()


def _day(parts: tuple[str, str, str], order: DateOrder) -> date | None:
    first, second, third = parts
    if order == DateOrder.YMD:
        return _safe(_year(first), int(second), int(third)) if len(third) < 3 else None
    if len(third) not in (2, 4):
        return None
    if order == DateOrder.DMY:
        return _safe(_year(third), int(second), int(first))
    return _safe(_year(third), int(first), int(second))


def _year(text: str) -> int:
    if len(text) > 2:
        return int(text)
    return int(text) + (2000 if int(text) < 70 else 1900)


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _from_serial(text: str) -> tuple[date, str] | None:
    if not _SERIAL.match(text):
        return None
    days, _dot, part = text.partition(".")
    if not _SERIAL_RANGE[0] <= int(days) <= _SERIAL_RANGE[1]:
        return None
    seconds = round(float(f"0.{part or 0}") * 86_400)
    clock = (datetime(2000, 1, 1) + timedelta(seconds=seconds)).time()
    return _EPOCH + timedelta(days=int(days)), clock.isoformat() if seconds else ""


def _clock(text: str, zone: tzinfo) -> time | None:
    found = _TIME.match(text)
    if not found:
        return None
    hour = int(found["h"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    micro = int((found["f"] or "0").ljust(6, "0")[:6])
    try:
        return time(hour, int(found["m"]), int(found["s"] or 0), micro, tzinfo=_zone(found["zone"], zone))
    except ValueError:
        return None


def _zone(text: str | None, default: tzinfo) -> tzinfo:
    if not text:
        return default
    if text in ("Z", "UTC"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


_ORDERS = (DateOrder.YMD, DateOrder.DMY, DateOrder.MDY)


@lru_cache(maxsize=20_000)
def orders_of(text: str) -> tuple[frozenset[DateOrder], bool]:
    """The orders in which one cell is a date, and whether it has a time."""
    text = text.strip()
    if not text or not any(char.isdigit() for char in text):
        return frozenset(), False
    fits: set[DateOrder] = set()
    timed = False
    for order in _ORDERS:
        found = _split(text, order)
        if found:
            fits.add(order)
            timed = timed or bool(found[1])
    if not fits and _from_serial(text):
        fits.add(DateOrder.SERIAL)
    # With dots the world writes day first.
    if DateOrder.DMY in fits and DateOrder.MDY in fits and re.match(r"^\d{1,2}\.", text):
        fits.discard(DateOrder.MDY)
    if len(fits) > 1 and DateOrder.YMD in fits and not re.match(r"^\d{4}", text):
        fits.discard(DateOrder.YMD)
    return frozenset(fits), timed


class DateTally:
    """Counts, cell by cell, which orders a column's dates allow."""

    def __init__(self) -> None:
        self.cells = 0
        self.timed = 0
        self.counts: Counter[DateOrder] = Counter()

    def add(self, text: str) -> None:
        """Count one non-empty cell."""
        self.cells += 1
        fits, timed = orders_of(text)
        self.counts.update(fits)
        self.timed += timed

    def style(self, *, month_first: bool = False) -> DateStyle | None:
        """The order that reads the most cells, or None when the column holds no dates."""
        if not self.counts:
            return None
        preference = [DateOrder.YMD, DateOrder.MDY, DateOrder.DMY] if month_first else list(_ORDERS)
        preference.append(DateOrder.SERIAL)
        best = max(preference, key=lambda order: (self.counts[order], -preference.index(order)))
        rivals = [order for order in _ORDERS if order != best and self.counts[order] == self.counts[best]]
        # A date that reads alike everywhere (named month, four-digit year first) has no rival.
        ambiguous = bool(rivals) and {best, *rivals} == {DateOrder.DMY, DateOrder.MDY}
        return DateStyle(best, ambiguous, self.timed > 0, self.counts[best] / self.cells)


def style_of(cells: Iterable[str], *, month_first: bool = False) -> DateStyle | None:
    """Recognise the date style of a whole column at once; empty cells are skipped."""
    tally = DateTally()
    for cell in cells:
        if cell.strip():
            tally.add(cell)
    return tally.style(month_first=month_first)
