"""Time zones as people choose them: by their names, with the hour they are at now."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from django.utils.translation import get_language

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
    return [(name, f"{label} ({offset(name, at)})") for name, label in zone_labels(get_language() or "en")]


@cache
def zone_labels(language: str) -> tuple[tuple[str, str], ...]:
    """Return (name, label) of every zone in the order of the labels: its city in the reader's language."""
    locale = Locale.parse(language, sep="-")
    labels = ((name, zone_label(name, locale)) for name in zone_names())
    return tuple(sorted(labels, key=lambda pair: (pair[0] != "UTC", pair[1].replace("ё", "е"))))


def zone_label(name: str, locale: Locale) -> str:
    """Return what a zone is called: "Москва"; in English, and where no name is known, "Europe/Moscow"."""
    city = None if locale.language == "en" else locale.time_zones.get(name, {}).get("city")
    return city or name.replace("_", " ")


def offset(name: str, at: datetime) -> str:
    """Return how far a zone is from UTC, such as "+03:00"."""
    text = at.astimezone(ZoneInfo(name)).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
