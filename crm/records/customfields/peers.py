"""Records that came out of one query, so that a reference of one is fetched for all of them.

A reference in ``record.custom`` is no column that Django could join. When a cell first asks
for one, the same field of every record of the page is answered by one query.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.customfields.field import Made

Peers = tuple["weakref.ReferenceType[Any]", ...]
PEERS, KNOWN = "_custom_peers", "_custom_related"


_holders: Callable[[type[Any]], bool] = lambda _model: False  # noqa: E731


def tell_holders(holders: Callable[[type[Any]], bool]) -> None:
    """Say which models have custom fields that refer; from ``AppConfig.ready``."""
    global _holders
    _holders = holders


def has_references(model: type[Any]) -> bool:
    return _holders(model)


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
    """Answer one field of all these records by one query."""
    assert one.to is not None
    holders = [record for record in records if "custom" in record.__dict__]
    ids = {pk for record in holders if isinstance(pk := record.custom.get(one.custom_key), int)}
    rows = one.to._base_manager.in_bulk(ids)
    for record in holders:
        pk = record.custom.get(one.custom_key)
        record.__dict__.setdefault(KNOWN, {})[one.custom_key, pk] = rows.get(pk)
