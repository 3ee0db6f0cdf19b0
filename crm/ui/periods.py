"""Periods that people name: this month, last quarter, the last 30 days; and free ones, from .. to.

Quarters and years follow the company's fiscal year; without one they are calendar ones.
A period has a first and a last day, both inside; an open end is None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.ui.formats import text_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both inside."""

    first: date | None
    last: date | None
    label: str | Promise = ""
    #: What addresses call it, if it has a name.
    name: str = ""

    def moments(self) -> tuple[datetime | None, datetime | None]:
        """Return the first instant and the instant after the last, in the active zone."""
        first = day_start(self.first) if self.first else None
        end = day_start(self.last + timedelta(days=1)) if self.last else None
        return first, end

    def __str__(self) -> str:
        if self.label:
            return str(self.label)
        if self.first and self.last:
            return _("%(first)s to %(last)s") % {"first": text_day(self.first), "last": text_day(self.last)}
        if self.first:
            return _("from %(day)s") % {"day": text_day(self.first)}
        return _("until %(day)s") % {"day": text_day(self.last)}


def day_start(day: date) -> datetime:
    """Return midnight of ``day`` in the active zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def month_start(day: date, plus: int = 0) -> date:
    """Return the first of the month of ``day``, ``plus`` months later."""
    index = day.year * 12 + day.month - 1 + plus
    return date(index // 12, index % 12 + 1, 1)


def quarter_start(day: date, fiscal: int, plus: int = 0) -> date:
    """Return the first day of the fiscal quarter of ``day``, ``plus`` quarters later."""
    return month_start(day, -((day.month - fiscal) % 3) + 3 * plus)


def year_start(day: date, fiscal: int, plus: int = 0) -> date:
    """Return the first day of the fiscal year of ``day``, ``plus`` years later."""
    return month_start(day, -((day.month - fiscal) % 12) + 12 * plus)


def _days(first: int, last: int) -> Callable[[date, int], tuple[date, date]]:
    return lambda today, _fiscal: (today + timedelta(days=first), today + timedelta(days=last))


def _weeks(plus: int) -> Callable[[date, int], tuple[date, date]]:
    def week(today: date, _fiscal: int) -> tuple[date, date]:
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=plus)
        return monday, monday + timedelta(days=6)

    return week


def _months(plus: int) -> Callable[[date, int], tuple[date, date]]:
    return lambda today, _fiscal: (month_start(today, plus), month_start(today, plus + 1) - timedelta(days=1))


def _quarters(plus: int) -> Callable[[date, int], tuple[date, date]]:
    return lambda today, fiscal: (
        quarter_start(today, fiscal, plus),
        quarter_start(today, fiscal, plus + 1) - timedelta(days=1),
    )


def _years(plus: int) -> Callable[[date, int], tuple[date, date]]:
    return lambda today, fiscal: (
        year_start(today, fiscal, plus),
        year_start(today, fiscal, plus + 1) - timedelta(days=1),
    )


#: By the name that addresses use: label and how to find the days.
NAMED: dict[str, tuple[str | Promise, Callable[[date, int], tuple[date, date]]]] = {
    "today": (gettext_lazy("today"), _days(0, 0)),
    "yesterday": (gettext_lazy("yesterday"), _days(-1, -1)),
    "tomorrow": (gettext_lazy("tomorrow"), _days(1, 1)),
    "this_week": (gettext_lazy("this week"), _weeks(0)),
    "last_week": (gettext_lazy("last week"), _weeks(-1)),
    "next_week": (gettext_lazy("next week"), _weeks(1)),
    "this_month": (gettext_lazy("this month"), _months(0)),
    "last_month": (gettext_lazy("last month"), _months(-1)),
    "next_month": (gettext_lazy("next month"), _months(1)),
    "this_quarter": (gettext_lazy("this quarter"), _quarters(0)),
    "last_quarter": (gettext_lazy("last quarter"), _quarters(-1)),
    "next_quarter": (gettext_lazy("next quarter"), _quarters(1)),
    "this_year": (gettext_lazy("this year"), _years(0)),
    "last_year": (gettext_lazy("last year"), _years(-1)),
    "next_year": (gettext_lazy("next year"), _years(1)),
    "last_7_days": (gettext_lazy("in the last 7 days"), _days(-6, 0)),
    "last_30_days": (gettext_lazy("in the last 30 days"), _days(-29, 0)),
    "last_90_days": (gettext_lazy("in the last 90 days"), _days(-89, 0)),
    "next_7_days": (gettext_lazy("in the next 7 days"), _days(0, 6)),
    "next_30_days": (gettext_lazy("in the next 30 days"), _days(0, 29)),
}
PAST = tuple(name for name in NAMED if "next" not in name and name != "tomorrow")
#: Any number of days: last_45_days, next_10_days, before_last_90_days.
COUNTED = re.compile(r"(?P<way>last|next|before_last)_(?P<days>[1-9]\d{0,3})_days", re.ASCII)
#: What reaches into the fiscal year.
FISCAL = frozenset(name for name in NAMED if name.endswith(("quarter", "year")))


def period_of(text: str, *, today: date, fiscal: Callable[[], int] = lambda: 1) -> Period:
    """Read a period from an address: a name, "2017-01-01..2017-03-31", either end open, or one day.

    Raises:
        ValueError: when it is none of these.
    """
    if text in NAMED:
        label, days = NAMED[text]
        return Period(*days(today, fiscal() if text in FISCAL else 1), label, text)
    if text == "past":
        return Period(None, today - timedelta(days=1), gettext_lazy("before today"), text)
    if text == "future":
        return Period(today, None, gettext_lazy("from today"), text)
    if counted := COUNTED.fullmatch(text):
        return counted_days(text, counted["way"], int(counted["days"]), today)
    first, dots, last = text.partition("..")
    ends = (_day(first), _day(last) if dots else _day(first))
    if ends == (None, None):
        raise ValueError(text)
    return Period(*ends)


def counted_days(text: str, way: str, days: int, today: date) -> Period:
    """Return a period of so many days up to today, from today on, or all that lies before them."""
    count = {"count": days}
    if way == "last":
        label = ngettext("in the last %(count)d day", "in the last %(count)d days", days) % count
        return Period(today - timedelta(days=days - 1), today, label, text)
    if way == "next":
        label = ngettext("in the next %(count)d day", "in the next %(count)d days", days) % count
        return Period(today, today + timedelta(days=days), label, text)
    label = ngettext("more than %(count)d day ago", "more than %(count)d days ago", days) % count
    return Period(None, today - timedelta(days=days + 1), label, text)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    found = parse_date(text.strip()[:10])
    if found is None or not 1000 <= found.year <= 9000:
        raise ValueError(text)
    return found


def planned_states(at: datetime) -> dict[str, Q]:
    """Return the condition of each state of the next activity."""
    start = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=1)
    return {
        "overdue": Q(next_due_at__lt=at),
        "today": Q(next_due_at__gte=at, next_due_at__lt=end),
        "later": Q(next_due_at__gte=end),
        "none": Q(next_due_at__isnull=True),
    }
