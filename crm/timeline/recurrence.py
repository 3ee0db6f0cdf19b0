"""Meetings that come back: which moments a rule means, and what becomes of it when it is moved or cut.

A rule is an RRULE of RFC 5545. It is counted by the clock on the wall of the series' zone: ten
o'clock stays ten o'clock when the clocks change. Pure: given the rule and the zone, nothing else.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from dateutil.rrule import rrulestr

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

#: Times of a series are written down so far ahead, and at most so many at once.
AHEAD = timedelta(days=400)
MOST = 400
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def parts_of(rule: str) -> dict[str, str]:
    """Return the parts of a rule by name; ValueError when it is none that a meeting can have."""
    text = rule.strip().removeprefix("RRULE:").upper()
    parts = dict(one.split("=", 1) for one in text.split(";") if "=" in one)
    if parts.get("FREQ") not in FREQUENCIES:
        raise ValueError(rule)
    return parts


def text_of(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())


def checked(rule: str) -> str:
    """Return a rule as it is kept; ValueError when it can't be counted by."""
    parts = parts_of(rule)
    rrulestr(without_until(parts), dtstart=datetime(2026, 1, 5))
    until_of(parts, None)
    return text_of(parts)


def without_until(parts: dict[str, str]) -> str:
    return text_of({name: value for name, value in parts.items() if name != "UNTIL"})


def until_of(parts: dict[str, str], zone: ZoneInfo | None) -> datetime | None:
    """Return the last moment of a rule by the clock on the wall."""
    text = parts.get("UNTIL")
    if text is None:
        return None
    if len(text) == 8:
        day = datetime.strptime(text, "%Y%m%d")
        return day + timedelta(days=1) - timedelta(seconds=1)
    moment = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")
    if text.endswith("Z") and zone is not None:
        return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return moment


def moments(
    rule: str, start: datetime, zone: ZoneInfo, *, until: datetime, after: datetime | None = None
) -> list[datetime]:
    """Return when a series takes place, up to ``until``, later than ``after``; in UTC."""
    parts = parts_of(rule)
    wall = start.astimezone(zone).replace(tzinfo=None)
    last = until_of(parts, zone)
    limit = until.astimezone(zone).replace(tzinfo=None)
    limit = min(limit, last) if last is not None else limit
    found: list[datetime] = []
    for one in rrulestr(without_until(parts), dtstart=wall):
        if one > limit or len(found) >= MOST:
            break
        moment = one.replace(tzinfo=zone).astimezone(UTC)
        if after is None or moment > after:
            found.append(moment)
    return found


def ends(rule: str, start: datetime, zone: ZoneInfo, by: datetime) -> bool:
    """Tell whether a series is over by a moment."""
    parts = parts_of(rule)
    last = until_of(parts, zone)
    if last is not None and last.replace(tzinfo=zone) <= by:
        return True
    if "COUNT" not in parts:
        return False
    return len(moments(rule, start, zone, until=by)) >= int(parts["COUNT"])


def cut(rule: str, before: datetime) -> str:
    """Return a rule that ends just before a moment."""
    parts = parts_of(rule)
    parts.pop("COUNT", None)
    parts["UNTIL"] = (before - timedelta(seconds=1)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return text_of(parts)


def rest(rule: str, start: datetime, zone: ZoneInfo, first: datetime) -> str:
    """Return the rule of what remains of a series from its moment ``first`` on."""
    parts = parts_of(rule)
    if "COUNT" in parts:
        gone = sum(1 for one in moments(rule, start, zone, until=first) if one < first)
        parts["COUNT"] = str(max(int(parts["COUNT"]) - gone, 1))
    return text_of(parts)


def shifted(rule: str, days: int) -> str:
    """Return a rule whose days of the week are so many days later.

    Raises:
        ValueError: when it names days that don't simply move, such as "the second Monday".
    """
    parts = parts_of(rule)
    if days == 0:
        return text_of(parts)
    if {"BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"} & parts.keys():
        raise ValueError(rule)
    if named := parts.get("BYDAY"):
        names = named.split(",")
        if any(one not in DAYS for one in names):
            raise ValueError(rule)
        moved = sorted((DAYS.index(one) + days) % 7 for one in names)
        parts["BYDAY"] = ",".join(DAYS[one] for one in moved)
    return text_of(parts)


def rule_for(choice: str, day: date, *, until: date | None = None) -> str:
    """Return the rule of one of the choices on offer, such as weekly."""
    rules = {
        "daily": "FREQ=DAILY",
        "workdays": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "weekly": f"FREQ=WEEKLY;BYDAY={DAYS[day.weekday()]}",
        "fortnightly": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={DAYS[day.weekday()]}",
        "monthly": "FREQ=MONTHLY",
        "yearly": "FREQ=YEARLY",
    }
    return rules[choice] + (f";UNTIL={until:%Y%m%d}" if until else "")
