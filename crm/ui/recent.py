"""What a person opened lately: the first lines of the palette.

Kept in the cache, not in a table: losing it costs nothing, and no page pays for it with a write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.cache import cache

from crm.records import registry
from crm.records.models import Search
from crm.records.registry import Ref
from crm.records.search import Hit, is_limited, visible_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

KEPT = 12
KEEP_SECONDS = 30 * 24 * 3600


def remember(user: Any, ref: Ref) -> None:
    """Note that ``user`` has opened a record; not when an administrator looks with their eyes."""
    if getattr(user, "is_looked_at", False):
        return
    known = refs_of(user)
    if known[:1] != [ref]:
        cache.set(key_of(user), [ref, *(one for one in known if one != ref)][:KEPT], KEEP_SECONDS)


def refs_of(user: Any) -> list[Ref]:
    """Return what ``user`` opened lately, the latest first."""
    return [Ref(*one) for one in cache.get(key_of(user)) or ()]


def recent_hits(user: Any, limit: int) -> list[Hit]:
    """Return what ``user`` opened lately and may still see."""
    refs = refs_of(user)[:limit]
    rows = {Ref(row.type_id, row.record_id): row for row in search_rows(user, refs)}
    return [
        Hit(ref, registry.by_id(ref.type_id), rows[ref].title, subtitle_of(user, rows[ref]), 0.0)
        for ref in refs
        if ref in rows
    ]


def subtitle_of(user: Any, row: Search) -> str:
    """Return the second line of a hit, unless it may tell what ``user`` may not see."""
    return "" if is_limited(user, registry.by_id(row.type_id)) else row.subtitle


def search_rows(user: Any, refs: Iterable[Ref]) -> list[Search]:
    """Return the search rows of ``refs`` that ``user`` may see."""
    wanted = set(refs)
    if not wanted:
        return []
    types = [registry.by_id(type_id) for type_id in {ref.type_id for ref in wanted}]
    found = Search.objects.filter(visible_rows(user, types), record_id__in=[ref.id for ref in wanted])
    return [row for row in found if Ref(row.type_id, row.record_id) in wanted]


def key_of(user: Any) -> str:
    return f"recent:{user.pk}"
