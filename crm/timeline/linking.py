"""Which records an activity belongs to: the one it is about, and those whose page shows that one.

``about`` can be any type of record that people deal with; each gives the activity a field of
its own ("deal", "person", "company"), so that forms, files and REST may name it.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any

from crm.records import registry
from crm.records.fields import Field, Kind
from crm.records.registry import RecordType, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm.timeline.models import Activity

#: Trades whose records nobody calls or meets.
LIFELESS = frozenset({"work", "catalogue"})


@cache
def about_types() -> dict[str, RecordType]:
    """Return the types that an activity can be about, by field name; the most special first."""
    found = [one for one in registry.types() if one.trade not in LIFELESS]
    found.sort(key=lambda one: (one.trade == "ground", one.id))
    return {str(one.model._meta.model_name): one for one in found}


def field_for(record: Any) -> str:
    """Return the name of the field by which an activity is about ``record``."""
    return str(record._meta.model_name)


def about_fields() -> list[Field]:
    """Return one reference field per type; each reads the id when the activity is about that type."""
    return [
        Field(
            name=name,
            label=one.model._meta.verbose_name or name,
            kind=Kind.REFERENCE,
            to=one.model,
            virtual=True,
            read=reader(one.id),
        )
        for name, one in about_types().items()
    ]


def reader(type_id: int) -> Any:
    def read(activity: Activity) -> int | None:
        return activity.about_id if activity.about_type_id == type_id else None

    return read


def asked_refs(changes: Mapping[str, Any]) -> list[Ref]:
    """Return the records named in a draft's changes, what it is about first."""
    found = []
    for name, one in about_types().items():
        value = changes.get(name)
        pk = getattr(value, "pk", value)
        if pk is not None and pk != "":
            found.append(one.ref(int(pk)))
    return found


def names_about(changes: Iterable[str]) -> bool:
    """Tell whether a draft says what the activity is about."""
    return not about_types().keys().isdisjoint(changes)


def neighbours(refs: Iterable[Ref]) -> dict[Ref, tuple[Ref, ...]]:
    """Return for each record itself and those whose pages show it, with one query per type.

    What lies in the bin has no neighbours, and is not there itself.
    """
    by_type: dict[int, set[int]] = defaultdict(set)
    for ref in refs:
        by_type[ref.type_id].add(ref.id)
    found: dict[Ref, tuple[Ref, ...]] = {}
    for type_id, ids in by_type.items():
        model: Any = registry.by_id(type_id).model
        service = registry.service_for(model)
        for record in service.for_search(model.objects.filter(pk__in=ids)):
            found[record.ref] = tuple(dict.fromkeys((record.ref, *service.links(record))))
    return found


def records_of(refs: Iterable[Ref]) -> dict[Ref, Any]:
    """Load records of any types, the bin included."""
    by_type: dict[int, set[int]] = defaultdict(set)
    for ref in refs:
        by_type[ref.type_id].add(ref.id)
    found: dict[Ref, Any] = {}
    for type_id, ids in by_type.items():
        model: Any = registry.by_id(type_id).model
        found |= {Ref(type_id, pk): one for pk, one in model.all_objects.in_bulk(ids).items()}
    return found


def grouped(refs: Iterable[Ref]) -> dict[int, list[int]]:
    """Return ids by type."""
    found: dict[int, list[int]] = defaultdict(list)
    for ref in dict.fromkeys(refs):
        found[ref.type_id].append(ref.id)
    return found


def visible_refs(refs: Iterable[Ref], user: Any) -> set[Ref]:
    """Leave the records that ``user`` sees, with one query per type."""
    found: set[Ref] = set()
    for type_id, ids in grouped(refs).items():
        model: Any = registry.by_id(type_id).model
        rows = model.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
        found.update(Ref(type_id, pk) for pk in rows)
    return found


def abouts(activities: Sequence[Activity]) -> list[Ref]:
    return [ref for one in activities if (ref := one.about) is not None]
