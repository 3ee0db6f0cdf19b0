"""Who else has a record open for editing, so that two people see each other in time.

Kept in the cache for a minute; an open form renews it.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Any

from django.core.cache import cache

if TYPE_CHECKING:
    from crm.records.registry import Ref

FRESH_SECONDS = 45


def present(ref: Ref, user: Any) -> list[str]:
    """Note that ``user`` edits the record; return the names of the others who do."""
    key = f"editing:{ref.type_id}:{ref.id}"
    now = time()
    known: dict[int, tuple[str, float]] = cache.get(key) or {}
    known = {pk: (name, seen) for pk, (name, seen) in known.items() if now - seen < FRESH_SECONDS}
    others = [name for pk, (name, _seen) in known.items() if pk != user.pk]
    if not getattr(user, "is_looked_at", False):
        cache.set(key, {**known, user.pk: (str(user), now)}, 2 * FRESH_SECONDS)
    return sorted(others)
