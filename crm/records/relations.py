"""Typed relations between any two records: made, named from both ends, taken back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.records import events, registry
from crm.records.drafts import Draft, RecordErrors
from crm.records.models import Record, RecordRelation, RelationKind
from crm.records.registry import Ref, service_for, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.models import Event

RELATED, UNRELATED = "related", "unrelated"
MOST = 100


@dataclass(frozen=True, slots=True)
class Related:
    """One relation, seen from one of its ends."""

    relation: RecordRelation
    #: What this end calls it: "supplier of".
    name: str
    other: Any

    @property
    def pk(self) -> int:
        return self.relation.pk


@dataclass(frozen=True, slots=True)
class Offer:
    """One way in which a record can be related: a kind, read from one end."""

    kind: RelationKind
    forward: bool

    @property
    def key(self) -> str:
        return f"{self.kind.pk}{'' if self.forward else '-'}"

    @property
    def name(self) -> str:
        return self.kind.named(forward=self.forward)

    @property
    def types(self) -> list[int]:
        """The types of records to which it leads; none means all."""
        return self.kind.right_types if self.forward else self.kind.left_types


def offers(model: Any) -> list[Offer]:
    """Return how records of ``model`` can be related, in order."""
    type_id = type_of(model).id
    found = []
    for kind in RelationKind.objects.filter(is_active=True).order_by("position", "pk"):
        if not kind.left_types or type_id in kind.left_types:
            found.append(Offer(kind, forward=True))
        if not kind.is_mutual and (not kind.right_types or type_id in kind.right_types):
            found.append(Offer(kind, forward=False))
    return found


def related_to(record: Any, user: Any) -> list[Related]:
    """Return the relations of a record whose other end ``user`` sees, by kind."""
    ref = record.ref
    rows = RecordRelation.objects.filter(
        Q(left_type_id=ref.type_id, left_id=ref.id) | Q(right_type_id=ref.type_id, right_id=ref.id)
    ).select_related("kind")
    known = list(rows.order_by("kind__position", "kind_id", "pk")[:MOST])
    others = _seen({row.right if row.left == ref else row.left for row in known}, user)
    found = []
    for row in known:
        forward = row.left == ref
        other = others.get(row.right if forward else row.left)
        if other is not None:
            found.append(Related(row, row.kind.named(forward=forward), other))
    return found


def _seen(refs: Iterable[Ref], user: Any) -> dict[Ref, Any]:
    """Load the records behind references that ``user`` sees, one query per type."""
    by_type: dict[int, set[int]] = defaultdict(set)
    for ref in refs:
        by_type[ref.type_id].add(ref.id)
    found: dict[Ref, Any] = {}
    for type_id, ids in by_type.items():
        model: Any = registry.by_id(type_id).model
        if issubclass(model, Record):
            found |= {record.ref: record for record in model.objects.visible_to(user).filter(pk__in=ids)}
    return found


@transaction.atomic
def relate(
    *,
    record: Any,
    other: Any,
    kind: RelationKind,
    actor: User | None,
    at: datetime,
    forward: bool = True,
    note: str = "",
    via: str = "page",
) -> RecordRelation:
    """Relate ``record`` to ``other``; with ``forward`` off, the kind is read from the other end.

    Raises:
        RecordErrors: when it is not the actor's to change, or makes no sense.
    """
    draft: Draft[Any] = Draft(record=record)
    _judge(draft, other, kind, actor, forward=forward)
    left, right = (record, other) if forward else (other, record)
    if kind.is_mutual and right.ref < left.ref:
        left, right = right, left
    relation = RecordRelation(
        kind=kind,
        left_type_id=left.ref.type_id,
        left_id=left.pk,
        right_type_id=right.ref.type_id,
        right_id=right.pk,
        note=note.strip()[:200],
        created_at=at,
        created_by=actor,
    )
    try:
        with transaction.atomic():
            relation.save(force_insert=True)
    except IntegrityError:
        draft.error("other", _("These two are related in this way already."), code="unique")
        raise RecordErrors([draft]) from None
    _tell(relation, RELATED, record, other, actor, at, via, forward=forward)
    return relation


@transaction.atomic
def unrelate(
    *, relation: RecordRelation, record: Any, actor: User | None, at: datetime, via: str = "page"
) -> None:
    """Take a relation away, seen from ``record``.

    Raises:
        RecordErrors: when the record is not the actor's to change.
    """
    draft: Draft[Any] = Draft(record=record)
    _check_change(draft, actor)
    if draft.errors:
        raise RecordErrors([draft])
    forward = relation.left == record.ref
    ref = relation.right if forward else relation.left
    other = registry.by_id(ref.type_id).model._base_manager.filter(pk=ref[1]).first()
    RecordRelation.objects.filter(pk=relation.pk).delete()
    _tell(relation, UNRELATED, record, other, actor, at, via, forward=forward)


def take_back(event: Event, *, record: Any, actor: User | None, at: datetime) -> None:
    """Undo what an event of relating or unrelating tells of.

    Raises:
        RecordErrors: when it can't be done any more.
    """
    facts: dict[str, Any] = event.data
    kind = RelationKind.objects.filter(pk=int(facts.get("kind_id") or 0)).first()
    ref = Ref(*facts["other"])
    forward = bool(facts.get("forward", True))
    left, right = (record.ref, ref) if forward else (ref, record.ref)
    if event.name.endswith(f".{RELATED}"):
        rows = RecordRelation.objects.filter(kind_id=facts.get("kind_id"))
        one = rows.filter(left_type_id=left[0], left_id=left[1], right_type_id=right[0], right_id=right[1])
        back = rows.filter(left_type_id=right[0], left_id=right[1], right_type_id=left[0], right_id=left[1])
        if relation := one.first() or (back.first() if kind is not None and kind.is_mutual else None):
            unrelate(relation=relation, record=record, actor=actor, at=at)
        return
    model: Any = registry.by_id(ref.type_id).model
    other = model.objects.filter(pk=ref.id).first()
    if kind is None or other is None:
        draft: Draft[Any] = Draft(record=record)
        draft.error("__all__", _("There is no such record, or you may not see it."), code="not_found")
        raise RecordErrors([draft])
    note = str(facts.get("note", ""))
    relate(record=record, other=other, kind=kind, actor=actor, at=at, forward=forward, note=note)


def _judge(draft: Draft[Any], other: Any, kind: RelationKind, actor: User | None, *, forward: bool) -> None:
    _check_change(draft, actor)
    record = draft.record
    if actor is not None and not access_for(actor).can(type(other), "view", other):
        draft.error("other", _("There is no such record, or you may not see it."), code="not_found")
    elif other.ref == record.ref:
        draft.error("other", _("A record can't be related to itself."), code="same")
    left, right = (record, other) if forward else (other, record)
    for end, types in ((left, kind.left_types), (right, kind.right_types)):
        if types and end.ref.type_id not in types:
            draft.error("kind", _("Records of this kind are not related in this way."), code="type")
    if draft.errors:
        raise RecordErrors([draft])


def _check_change(draft: Draft[Any], actor: User | None) -> None:
    record = draft.record
    if actor is not None and not access_for(actor).can(type(record), "change", record):
        draft.error("__all__", _("You may not change this record."), code="forbidden")


def _tell(
    relation: RecordRelation,
    what: str,
    record: Any,
    other: Any,
    actor: User | None,
    at: datetime,
    via: str,
    *,
    forward: bool,
) -> None:
    """Tell it on both timelines in one event; nobody reads the title of a record they don't see."""
    kind = relation.kind
    ref = relation.right if forward else relation.left
    service = service_for(type(record))
    events.emit(
        f"{record._meta.model_name}.{what}",
        record=record,
        actor=actor,
        at=at,
        title=service.title(record),
        data={
            "kind_id": kind.pk,
            "kind": kind.named(forward=forward),
            "inverse": kind.named(forward=not forward),
            "forward": forward,
            "other": list(ref),
            "note": relation.note,
        },
        links=[ref] if other is not None else [],
        via=via,
    )
