"""Fields that administrators made and that refer to a record: they follow it when it is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q

from crm.records import copying, registry
from crm.records.customfields.known import made_of
from crm.records.fields import Kind
from crm.records.models import Record

if TYPE_CHECKING:
    from crm.records.merging.moving import Merge


def move(merge: Merge) -> int:
    """Have custom fields of all types lead to the survivor; return how many values that were."""
    moved = 0
    target = type(merge.survivor)
    for record_type in registry.types():
        table: Any = record_type.model
        if not issubclass(table, Record):
            continue
        for one in made_of(table).values():
            if one.kind is Kind.REFERENCE and one.to is target:
                moved += _move_field(table, one.custom_key, merge)
    return moved


def _move_field(table: Any, key: str, merge: Merge) -> int:
    condition = Q(pk__in=[])
    for pk in merge.ids:
        condition |= Q(custom__contains={key: pk})
    rows = list(table.all_objects.filter(condition).select_for_update(of=("self",)).order_by("pk"))
    befores = [dict(row.custom) for row in rows]
    for row in rows:
        row.custom = {**row.custom, key: merge.survivor.pk}
    copying.update(table, rows, ["custom"])
    for row, before in zip(rows, befores, strict=True):
        merge.journal.noted(row, {"version": row.version, "custom": before})
    return len(rows)
