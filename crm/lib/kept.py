"""What is read on every page and changes rarely is kept in each process: stages, outcomes, the company.

    outcomes = Kept("outcomes", lambda: list(CallOutcome.objects.order_by("position")))
    outcomes()   # read once, and again after anybody changed one of these tables

All processes agree by one stamp in the shared cache. Whoever writes such a table calls
``renew``; in the transaction that wrote, nothing is kept until it is over, so that what is
taken back is never remembered. What comes from here is shared: read it, never change it.
"""

from __future__ import annotations

from threading import local
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

STAMP_KEY = "kept:stamp"
#: One request looks the stamp up once (``look_again`` at its start), a long job every second.
FRESH_SECONDS = 1.0


class State(local):
    """What one thread knows."""

    stamp: str = ""
    checked_at: float = 0.0
    is_writing: bool = False


_state = State()


def renew() -> None:
    """Forget what was kept, here and in every other process; again when the transaction is over."""
    _set_stamp()
    if transaction.get_connection().in_atomic_block:
        _state.is_writing = True
        transaction.on_commit(_set_stamp)


def look_again() -> None:
    """Look the stamp up when it is asked for next: at the start of each request."""
    _state.checked_at = 0.0


def stamp() -> str:
    """Return what names the present state of all small tables; empty while this transaction changes them."""
    if _state.is_writing:
        if transaction.get_connection().in_atomic_block:
            return ""
        # Committed or taken back: either way what was read meanwhile is of no use.
        _state.is_writing = False
        _set_stamp()
    if _state.stamp and _state.checked_at and monotonic() - _state.checked_at < FRESH_SECONDS:
        return _state.stamp
    found = cache.get(STAMP_KEY)
    if found is None:
        cache.add(STAMP_KEY, uuid4().hex, None)
        found = cache.get(STAMP_KEY)
    _state.stamp, _state.checked_at = str(found), monotonic()
    return _state.stamp


def _set_stamp() -> None:
    _state.stamp, _state.checked_at = "", 0.0
    cache.set(STAMP_KEY, uuid4().hex, None)


class Kept(Generic[T]):
    """One thing that is kept: ``read`` reads it anew."""

    def __init__(self, name: str, read: Callable[[], T]) -> None:
        self.name = name
        self.read = read
        self._known: tuple[str, Any] = ("", None)

    def __repr__(self) -> str:
        return f"<Kept {self.name}>"

    def __call__(self) -> T:
        now = stamp()
        known_at, value = self._known
        if now and known_at == now:
            found: T = value
            return found
        found = self.read()
        if now:
            self._known = (now, found)
        return found
