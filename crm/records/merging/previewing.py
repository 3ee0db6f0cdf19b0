"""What would move in a merge, counted; of records only those that the viewer sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from crm.identity.access import access_for
from crm.records.merging.held import held_of
from crm.records.registry import type_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Moving:
    """How many rows of one kind belong to each record."""

    label: str
    #: One number per record, in their order.
    counts: list[int]
    #: Whether there are further ones that the viewer does not see.
    has_hidden: bool = False


def preview(records: Sequence[Any], user: Any) -> list[Moving]:
    """Return what belongs to each record, by kind; kinds of which none has any are left out."""
    model = type(records[0])
    ids = [record.pk for record in records]
    found: dict[str, Moving] = {}
    for held in held_of(model):
        if not held.is_shown:
            continue
        rows = held.rows(type_of(model).id, ids).order_by()
        seen = Q(deleted_at=None) if held.is_record else Q()
        if held.is_record:
            seen &= access_for(user).filter(held.table, "view")
        counted = rows.values_list(held.column).annotate(
            all=Count("pk"), seen=Count("pk", filter=seen or None)
        )
        by_id = {pk: (total, visible) for pk, total, visible in counted}
        if not by_id:
            continue
        counts = [by_id.get(pk, (0, 0))[1] for pk in ids]
        hidden = any(total > visible for total, visible in by_id.values()) if held.is_record else False
        known = found.get(held.title)
        if known is not None:
            counts = [one + other for one, other in zip(known.counts, counts, strict=True)]
            hidden = hidden or known.has_hidden
        found[held.title] = Moving(held.title, counts, hidden)
    return [one for one in found.values() if any(one.counts) or one.has_hidden]
