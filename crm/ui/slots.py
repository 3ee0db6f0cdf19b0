"""Places in the frame and on pages that apps above fill: the bell, a button in the head of a record.

What must reach upward is registered from ``AppConfig.ready``, never imported.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from django.http import HttpRequest


class Filler(Protocol):
    """Draws one thing in a place for who asks."""

    def __call__(self, request: HttpRequest, **context: Any) -> str: ...


#: Where something can be put: in the top bar (drawn once per person: nothing that changes), as the
#: state of the page that its scripts read, in the head of a record's page, in the list of settings.
PLACES = frozenset({"topbar", "live", "record_head", "settings"})
_fillers: dict[str, dict[str, Filler]] = defaultdict(dict)


def fill(place: str, key: str, filler: Filler) -> None:
    """Put something into a place; the same key again replaces it."""
    assert place in PLACES
    _fillers[place][key] = filler


def drawn(place: str, request: HttpRequest, **context: Any) -> SafeString:
    """Return all that was put into a place."""
    return mark_safe("".join(filler(request, **context) for filler in _fillers[place].values()))
