"""The list of duplicates: pairs that one viewer sees, put together to clusters, the surest first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import F, Q
from django.utils.translation import gettext as _

from contacts.models import DuplicatePair
from contacts.sameness.pairing import bits
from contacts.sameness.signs import Sign
from crm.identity.access import access_for
from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from crm.identity.models import User

PER_PAGE = 25
#: A person who sees few records is answered from all pairs among them; more are walked in order.
FEW = 2000
LARGEST = 10
EVERY_SIGN = sum(sign.bit for sign in Sign)


class Place(NamedTuple):
    """Where a page ends: the next one begins with what weighs less."""

    score: int
    id: int


@dataclass(slots=True)
class Cluster:
    """Records that may all be the same, with what they share."""

    records: list[Any]
    score: int
    reasons: list[str]
    pairs: list[int] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        return [record.pk for record in self.records]

    @property
    def tone(self) -> str:
        """How sure it is, as a colour."""
        return "danger" if self.score >= 90 else "warning" if self.score >= 60 else "neutral"


@dataclass(slots=True)
class Finding:
    """A page of clusters, and where the next one begins."""

    clusters: list[Cluster]
    following: Place | None = None


def reasons_of(signs: int) -> list[str]:
    """Say what two records have in common."""
    words = {
        Sign.EMAIL: _("same e-mail"),
        Sign.PHONE: _("same phone"),
        Sign.NUMBER: _("same tax number"),
        Sign.DOMAIN: _("same domain"),
        Sign.NAME: _("same name"),
    }
    found = [words[sign] for sign in bits(signs) if sign in words]
    if not signs & Sign.NAME.bit and signs & (Sign.BONES.bit | Sign.BEGIN.bit):
        found.append(_("similar name"))
    return found


#: Which fields tell a sign: whoever may not see one of them does not learn that two records share it.
TOLD_BY = {
    Sign.EMAIL: frozenset({"email", "emails"}),
    Sign.PHONE: frozenset({"phone", "phones"}),
    Sign.NUMBER: frozenset({"inn", "ogrn", "vat"}),
    Sign.DOMAIN: frozenset({"domains", "website", "email", "emails"}),
}


def told_signs(model: Any, user: Any) -> int:
    """Return the signs that ``user`` may learn of, as bits."""
    hidden = access_for(user).hidden(model)
    return sum(sign.bit for sign in Sign if not hidden & TOLD_BY.get(sign, frozenset()))


def seen_pairs(model: Any, user: Any) -> Any:
    """Return the open pairs both records of which ``user`` sees, by signs that they may learn of."""
    type_id = registry.type_of(model).id
    visible = model.objects.visible_to(user).values("pk")
    rows = DuplicatePair.objects.filter(type_id=type_id, state=DuplicatePair.State.OPEN)
    told = told_signs(model, user)
    if told != EVERY_SIGN:
        rows = rows.annotate(told=F("signs").bitand(told)).filter(told__gt=0)
    if access_for(user).filter(model, "view") == Q():
        # Who sees everything is not asked record by record.
        return rows
    return rows.filter(left_id__in=visible, right_id__in=visible)


def find(model: Any, user: Any, *, after: Place | None = None, per_page: int = PER_PAGE) -> Finding:
    """Return clusters of what ``user`` sees, the surest first, beginning after a place."""
    pairs = _page(seen_pairs(model, user), after, per_page + 1)
    page, following = pairs[:per_page], None
    if len(pairs) > per_page:
        following = Place(page[-1].score, page[-1].pk)
    around = _around(model, user, page)
    records = _records(model, {pk for pair in around for pk in (pair.left_id, pair.right_id)}, user)
    clusters, told = [], told_signs(model, user)
    for members, own in _joined(pair for pair in around if {pair.left_id, pair.right_id} <= records.keys()):
        best = max(own, key=lambda pair: (pair.score, pair.pk))
        if after is not None and (best.score, best.pk) >= after:
            # Shown on an earlier page, with its surest pair.
            continue
        if not any(pair.pk == best.pk for pair in page):
            continue
        reasons = [
            reason
            for pair in sorted(own, key=lambda one: -one.score)
            for reason in reasons_of(pair.signs & told)
        ]
        shown = [records[pk] for pk in sorted(members)[:LARGEST]]
        # How sure it is follows from all signs, the hidden ones too.
        score = best.score if told == EVERY_SIGN else 0
        clusters.append(Cluster(shown, score, list(dict.fromkeys(reasons)), [pair.pk for pair in own]))
    clusters.sort(key=lambda one: (-one.score, -max(one.pairs)))
    return Finding(clusters, following)


def _page(rows: Any, after: Place | None, size: int) -> list[DuplicatePair]:
    if after is not None:
        rows = rows.filter(Q(score__lt=after.score) | Q(score=after.score, pk__lt=after.id))
    first = list(rows.values_list("score", "pk")[: FEW + 1])
    if len(first) > FEW:
        return list(rows.order_by("-score", "-pk")[:size])
    best = [pk for _score, pk in sorted(first, reverse=True)[:size]]
    by_id = DuplicatePair.objects.in_bulk(best)
    return [by_id[pk] for pk in best if pk in by_id]


def _around(model: Any, user: Any, page: Sequence[DuplicatePair]) -> list[DuplicatePair]:
    """Return these pairs and those that share a record with them."""
    ids = {pk for pair in page for pk in (pair.left_id, pair.right_id)}
    if not ids:
        return []
    rows = seen_pairs(model, user)
    near = rows.filter(left_id__in=ids).union(rows.filter(right_id__in=ids))
    return list(near[:FEW])


def _records(model: Any, ids: Collection[int], user: Any) -> dict[int, Any]:
    """Load the records of a page that are there and that ``user`` sees."""
    rows = model.objects.visible_to(user).filter(pk__in=ids).select_related("owner")
    if any(one.name == "company" for one in model._meta.fields):
        rows = rows.select_related("owner", "company")
    found: dict[int, Any] = rows.in_bulk()
    return found


def _joined(pairs: Iterable[DuplicatePair]) -> list[tuple[set[int], list[DuplicatePair]]]:
    """Put pairs that share records together."""
    head: dict[int, int] = {}

    def top(pk: int) -> int:
        while head.setdefault(pk, pk) != pk:
            pk = head[pk]
        return pk

    known = list(pairs)
    for pair in known:
        head[top(pair.right_id)] = top(pair.left_id)
    members: dict[int, set[int]] = defaultdict(set)
    own: dict[int, list[DuplicatePair]] = defaultdict(list)
    for pair in known:
        members[top(pair.left_id)] |= {pair.left_id, pair.right_id}
        own[top(pair.left_id)].append(pair)
    return [(members[one], own[one]) for one in members]


@dataclass(frozen=True, slots=True)
class Alike:
    """A record that may be the same as another one."""

    record: Any
    reasons: list[str]


def alike(record: Any, user: Any) -> list[Alike]:
    """Return the records that may be the same as ``record``, the surest first."""
    model = type(record)
    pairs = seen_pairs(model, user).filter(Q(left_id=record.pk) | Q(right_id=record.pk))
    best = list(pairs.order_by("-score", "-pk")[:LARGEST])
    others = {pair.pk: pair.right_id if pair.left_id == record.pk else pair.left_id for pair in best}
    found, told = _records(model, set(others.values()), user), told_signs(model, user)
    return [
        Alike(found[others[pair.pk]], reasons_of(pair.signs & told))
        for pair in best
        if others[pair.pk] in found
    ]


def among(model: Any, user: Any, ids: Collection[int], state: str) -> Any:
    """Return the pairs among some records that ``user`` sees."""
    visible = set(model.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    type_id = registry.type_of(model).id
    return DuplicatePair.objects.filter(
        type_id=type_id, left_id__in=visible, right_id__in=visible, state=state
    )


def dismiss(*, model: Any, ids: Collection[int], actor: User, at: datetime) -> int:
    """Remember that these records are not the same; return how many pairs that were."""
    rows = among(model, actor, ids, DuplicatePair.State.OPEN)
    return int(rows.update(state=DuplicatePair.State.DISMISSED, judged_by=actor, judged_at=at))


def reconsider(*, model: Any, ids: Collection[int], actor: User) -> int:
    """Take back that these records are not the same."""
    rows = among(model, actor, ids, DuplicatePair.State.DISMISSED)
    return int(rows.update(state=DuplicatePair.State.OPEN, judged_by=None, judged_at=None))
