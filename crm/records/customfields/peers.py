"""Records that came out of one query, so that a reference of one is fetched for all of them.

A reference in ``record.custom`` is no column that Django could join. When a cell first asks
for one, the same field of every record of the page is answered by one query.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crm.records.customfields.field import Made

Peers = tuple["weakref.ReferenceType[Any]", ...]
PEERS, KNOWN = "_custom_peers", "_custom_related"


_referring: Callable[[type[Any]], Sequence[Made]] | None = None


def tell_referring(referring: Callable[[type[Any]], Sequence[Made]]) -> None:
    """Say which custom fields of a model refer to others; from ``AppConfig.ready``."""
    global _referring
    _referring = referring


def has_references(model: type[Any]) -> bool:
    return bool(_referring and _referring(model))


def introduce(records: Sequence[Any]) -> None:
    """Let records of one result know each other, without keeping each other alive."""
    if len(records) > 1:
        everybody: Peers = tuple(weakref.ref(record) for record in records)
        for record in records:
            record.__dict__[PEERS] = everybody


def related(record: Any, one: Made, pk: Any) -> Any:
    """Return the record that ``one`` of ``record`` refers to; None when it is gone."""
    if record is None:
        return None
    known = record.__dict__.setdefault(KNOWN, {})
    place = (one.custom_key, pk)
    if place not in known:
        fetch([record, *(found for peer in record.__dict__.get(PEERS, ()) if (found := peer()))], one)
    return known.get(place)


def fetch(records: Sequence[Any], one: Made) -> None:
    """Answer this field, and all others that refer to the same table, of all these records by one query."""
    assert one.to is not None
    alike = [other for other in (_referring(type(records[0])) if _referring else ()) if other.to is one.to]
    keys = {one.custom_key, *(other.custom_key for other in alike)}
    holders = [record for record in records if "custom" in record.__dict__]
    places = [(record, key, pk) for record in holders for key in keys if (pk := record.custom.get(key))]
    rows = one.to._base_manager.in_bulk({pk for _record, _key, pk in places if isinstance(pk, int)})
    for record, key, pk in places:
        record.__dict__.setdefault(KNOWN, {})[key, pk] = rows.get(pk)
