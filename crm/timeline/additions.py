"""What apps above add to timelines: a tab of the composer, lines of their own, a strip on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import Promise

    from crm.records.models import Event
    from crm.records.registry import Ref


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the composer, filled from ``url`` when it is first opened; "deals:12" comes in at its end."""

    key: str
    label: str | Promise
    icon: str
    shortcut: str
    url: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Card:
    """How an app tells an event of its own: who, in words, and what stands below."""

    icon: str
    tone: str
    who: str
    words: str
    html: SafeString | str = ""
    is_quiet: bool = False


#: Tells the events of one kind on the timeline of a record; those that are left out don't show.
Teller = Callable[[Sequence["Event"], "Ref", Any], dict[int, Card]]
#: Draws something between the composer and the lines.
Strip = Callable[[Any, "HttpRequest"], str]

_tabs: dict[str, Tab] = {}
_tellers: dict[str, Teller] = {}
_strips: dict[str, Strip] = {}


def add_tab(tab: Tab) -> None:
    """Add a tab to the composer; from ``AppConfig.ready``."""
    _tabs[tab.key] = tab


def tabs() -> list[Tab]:
    return list(_tabs.values())


def tell_by(key: str, teller: Teller) -> None:
    """Have ``teller`` tell the events whose data has ``key``; from ``AppConfig.ready``."""
    _tellers[key] = teller


def add_strip(key: str, strip: Strip) -> None:
    """Add a strip on top of the lines; from ``AppConfig.ready``."""
    _strips[key] = strip


def is_told(event: Event) -> bool:
    """Tell whether an app above tells this event."""
    return any(key in event.data for key in _tellers)


def cards_of(events: Sequence[Event], ref: Ref, user: Any) -> dict[int, Card]:
    """Return the events that apps above tell, by number."""
    found: dict[int, Card] = {}
    for key, teller in _tellers.items():
        theirs = [event for event in events if key in event.data]
        if theirs:
            found |= teller(theirs, ref, user)
    return found


def strips(record: Any, request: HttpRequest) -> SafeString:
    return mark_safe("".join(strip(record, request) for strip in _strips.values()))
