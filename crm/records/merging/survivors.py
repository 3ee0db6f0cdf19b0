"""Where a merged record lives on: its address, its events, what refers to it by number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.records import registry
from crm.records.models import Event, Record
from crm.records.registry import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: A chain of merges is followed so far.
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a record: into which one it was merged, by whom and when."""

    gone: Any
    survivor_id: int
    at: datetime | None
    actor: Any


def survivors_of(refs: Iterable[Ref]) -> dict[Ref, Ref]:
    """Return {merged record: the one in which it lives on}; the others are left out."""
    found: dict[Ref, Ref] = {}
    by_type: dict[int, set[int]] = defaultdict(set)
    for ref in refs:
        by_type[ref.type_id].add(ref.id)
    for type_id, ids in by_type.items():
        model: Any = registry.by_id(type_id).model
        if issubclass(model, Record) and registry.service_for(model).mergeable:
            found |= {Ref(type_id, old): Ref(type_id, new) for old, new in _ends(model, ids).items()}
    return found


def _ends(model: Any, ids: Iterable[int]) -> dict[int, int]:
    """Follow each chain of merges to its end, a query per step for all of them."""
    ends: dict[int, int] = {}
    step = {pk: pk for pk in ids}
    for _turn in range(DEEPEST):
        rows = model.all_objects.filter(pk__in=set(step.values()), merged_into_id__isnull=False)
        into = dict(rows.values_list("pk", "merged_into_id"))
        step = {first: into[last] for first, last in step.items() if last in into}
        if not step:
            break
        ends |= step
    return ends


def fate_of(record_type: registry.RecordType, pk: int) -> Fate | None:
    """Return what became of a record that was merged; None when it was not."""
    model: Any = record_type.model
    if not issubclass(model, Record):
        return None
    gone = model.all_objects.filter(pk=pk, merged_into_id__isnull=False).first()
    if gone is None:
        return None
    end = _ends(model, [pk])[pk]
    events = Event.objects.filter(
        name=f"{model._meta.model_name}.merged",
        type_id=record_type.id,
        record_id=gone.merged_into_id,
        at=gone.deleted_at,
    )
    event = events.select_related("actor").first()
    return Fate(gone, end, gone.deleted_at, event.actor if event else None)
