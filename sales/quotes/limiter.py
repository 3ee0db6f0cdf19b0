"""How often one address may knock at customers' pages, so that nobody tries links or floods a room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.cache import cache

from crm.accounts.sessions import address_of

if TYPE_CHECKING:
    from django.http import HttpRequest

#: Requests per address and minute: looking, and writing.
LOOKS, WRITES, SECONDS = 120, 40, 60


def too_often(request: HttpRequest) -> bool:
    """Count a request; tell whether the address has asked too often within the last minute."""
    kind, most = ("look", LOOKS) if request.method in ("GET", "HEAD") else ("write", WRITES)
    key = f"room:{kind}:{address_of(request)}"
    if cache.add(key, 1, SECONDS):
        return False
    try:
        return cache.incr(key) > most
    except ValueError:
        # It ran out between the two.
        return False
