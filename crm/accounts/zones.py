"""Time zones as people choose them: by their names, with the hour they are at now."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from datetime import datetime

#: Old names and technical ones stay valid but are not offered.
SKIP = ("Etc/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "SystemV/")


@cache
def zone_names() -> tuple[str, ...]:
    """Return the zones on offer: "Area/City" and UTC."""
    cities = sorted(name for name in available_timezones() if "/" in name and not name.startswith(SKIP))
    return ("UTC", *cities)


def zone_choices(at: datetime) -> list[tuple[str, str]]:
    """Return (name, label) of every zone; the label tells how far it is from UTC at ``at``."""
    return [(name, f"{name.replace('_', ' ')} ({offset(name, at)})") for name in zone_names()]


def offset(name: str, at: datetime) -> str:
    """Return how far a zone is from UTC, such as "+03:00"."""
    text = at.astimezone(ZoneInfo(name)).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
