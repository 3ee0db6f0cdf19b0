"""How many unread notifications a person has, kept in the cache under a version.

An open page asks every few seconds whether its version is still the right one. The answer costs one
look into the cache, no database and no user: the session says who asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

from crm.identity.access import current_version
from crm.notifications.selectors import last_of, unread_count

if TYPE_CHECKING:
    from collections.abc import Iterable

KEEP_SECONDS = 24 * 3600


def key_of(user_id: int) -> str:
    return f"live:{user_id}"


def changed(user_ids: Iterable[int]) -> None:
    """Let the open pages of these people know, once the change is committed."""
    keys = [key_of(pk) for pk in user_ids]
    if keys:
        transaction.on_commit(lambda: cache.delete_many(keys))


class State(NamedTuple):
    """What an open page knows: a version, how many are unread, and the number of the last one."""

    version: str
    unread: int
    last: int
    rights: str


def state_of(user: Any) -> State:
    """Return the present state; counted only after a change of notifications or of rights."""
    known: State | None = cache.get(key_of(user.pk))
    rights = current_version()
    if known is not None and known.rights == rights:
        return known
    found = State(uuid4().hex[:12], unread_count(user), last_of(user), rights)
    cache.set(key_of(user.pk), found, KEEP_SECONDS)
    return found


def is_current(user_id: int, version: str) -> bool:
    """Tell whether nothing has changed since ``version``; one look into the cache."""
    known: State | None = cache.get(key_of(user_id))
    return known is not None and known.version == version and known.rights == current_version()
