"""How often a stranger may do something on a public page, counted by their address."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.core.cache import cache

if TYPE_CHECKING:
    from django.http import HttpRequest


def allow(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count one try of ``who``; tell whether it is within the limit."""
    name = hashlib.sha256(who.encode()).hexdigest()[:32]
    key = f"limit:{what}:{name}"
    cache.add(key, 0, seconds)
    try:
        return int(cache.incr(key)) <= most
    except ValueError:
        # It ran out in between.
        cache.set(key, 1, seconds)
        return True


def address_of(request: HttpRequest) -> str:
    """Return the address of the browser, as the sign-in page knows it too."""
    return str(get_adapter().get_client_ip(request))
