"""Records that go for good: what other apps hang on them is asked first, and told after.

Activities, files and mail point at records of any type by number, which no foreign key
protects. Who keeps such rows registers here: ``holder`` answers which records must stay
because somebody works on them, ``farewell`` clears up when one is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.records.models import Record

#: From a type and ids to the reason why some of them stay.
Holder = Callable[[type["Record"], Sequence[int]], dict[int, str]]
Farewell = Callable[[type["Record"], Sequence[int]], None]

_holders: list[Holder] = []
_farewells: list[Farewell] = []


def register(*, holder: Holder, farewell: Farewell) -> None:
    """Have an app asked and told; from ``AppConfig.ready``."""
    if holder not in _holders:
        _holders.append(holder)
        _farewells.append(farewell)


def held(model: type[Record], ids: Sequence[int]) -> dict[int, str]:
    """Return why some of ``ids`` must stay."""
    found: dict[int, str] = {}
    for holder in _holders:
        found |= holder(model, ids)
    return found


def say_goodbye(model: type[Record], ids: Sequence[int]) -> None:
    """Tell everybody that these records are gone for good."""
    if ids:
        for farewell in _farewells:
            farewell(model, ids)
