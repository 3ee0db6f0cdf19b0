"""A condition that was understood: as a query, as a sentence, as JSON, and asked of one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from django.db.models import BooleanField, Exists, ExpressionWrapper, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.records.registry import type_of
from crm.ui.declaration import views_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db import models

    from crm.ui.conditions.relations import Relation
    from crm.ui.filters import RecordFilters

Json = dict[str, Any]


@dataclass
class Asking:
    """Who asks and when; None for whom means the system, which sees everything."""

    user: Any
    at: datetime
    #: Whether what is asked now will be turned into its contrary.
    is_negated: bool = False
    _sets: dict[type[models.Model], RecordFilters] = field(default_factory=dict)

    def filters(self, model: type[models.Model]) -> RecordFilters:
        """Return the filters of a type, bound to this user and moment."""
        if model not in self._sets:
            self._sets[model] = views_of(model).filters({}, user=self.user, at=self.at)
        return self._sets[model]

    def rows(self, model: Any) -> models.QuerySet[Any]:
        """Return the records of a type that this user sees."""
        found: models.QuerySet[Any] = (
            model.objects.all() if self.user is None else model.objects.visible_to(self.user)
        )
        return found


class Node(Protocol):
    """One part of a condition."""

    def q(self, asking: Asking) -> Q: ...
    def is_slow(self, asking: Asking) -> bool: ...
    def sentence(self, asking: Asking, *, inside: bool = False) -> str: ...
    def to_json(self) -> Json: ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """One filter of the type with its values, written as addresses write them."""

    model: type[models.Model]
    name: str
    value: tuple[str, ...]

    def q(self, asking: Asking) -> Q:
        one = asking.filters(self.model).filters.get(self.name)
        value = one.parse_or_none(list(self.value)) if one is not None else None
        # What this person may not ask, or what makes no sense any more, fits nothing.
        if one is None or value in (None, "", [], ()):
            return Q(pk__in=[])
        found: Q = one.q(value)
        # A key that a JSON value lacks is "unknown" to the database, and so would its contrary be.
        is_unsure = asking.is_negated and str(one.field_name).startswith("custom__")
        return surely(found) if is_unsure else found

    def is_slow(self, asking: Asking) -> bool:
        one = asking.filters(self.model).filters.get(self.name)
        return bool(one is not None and one.slow)

    def sentence(self, asking: Asking, *, inside: bool = False) -> str:
        one = asking.filters(self.model).filters.get(self.name)
        value = one.parse_or_none(list(self.value)) if one is not None else None
        return str(one.phrase(value)) if one is not None and value is not None else _("something unknown")

    def to_json(self) -> Json:
        return {"filter": self.name, "value": list(self.value)}


@dataclass(frozen=True, slots=True)
class Group:
    """All, or any, of some conditions. Nothing at all asks for nothing."""

    nodes: tuple[Node, ...]
    is_any: bool = False

    def q(self, asking: Asking) -> Q:
        found = Q()
        for node in self.nodes:
            found = found | node.q(asking) if self.is_any else found & node.q(asking)
        return found

    def is_slow(self, asking: Asking) -> bool:
        return any(node.is_slow(asking) for node in self.nodes)

    def sentence(self, asking: Asking, *, inside: bool = False) -> str:
        text = (_(" or ") if self.is_any else _(" and ")).join(
            node.sentence(asking, inside=len(self.nodes) > 1) for node in self.nodes
        )
        return f"({text})" if inside and len(self.nodes) > 1 else text

    def to_json(self) -> Json:
        return {"any" if self.is_any else "all": [node.to_json() for node in self.nodes]}


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a condition: together both make all."""

    node: Node

    def q(self, asking: Asking) -> Q:
        asking.is_negated = not asking.is_negated
        found = self.node.q(asking)
        asking.is_negated = not asking.is_negated
        # The contrary of "nothing asked" is that nothing fits.
        return ~found if found else Q(pk__in=[])

    def is_slow(self, asking: Asking) -> bool:
        return self.node.is_slow(asking)

    def sentence(self, asking: Asking, *, inside: bool = False) -> str:
        text = self.node.sentence(asking, inside=True)
        if isinstance(self.node, Group) and len(self.node.nodes) > 1:
            return _("not %(condition)s") % {"condition": text}
        return _("not (%(condition)s)") % {"condition": text}

    def to_json(self) -> Json:
        return {"not": self.node.to_json()}


@dataclass(frozen=True, slots=True)
class Related:
    """Whether there are related records, of a kind, or so many of them; ``which`` as in JSON."""

    relation: Relation
    which: str | int
    where: Node | None = None

    def q(self, asking: Asking) -> Q:
        rows = asking.rows(self.relation.model)
        if self.where is not None:
            # A row is there or it is not: inside nothing is turned into its contrary.
            outer, asking.is_negated = asking.is_negated, False
            rows = rows.filter(self.where.q(asking))
            asking.is_negated = outer
        linked = self.relation.link(rows).order_by()
        if self.which == "none":
            return ~Q(Exists(linked))
        if self.which == "some" or self.which == 1:
            return Q(Exists(linked))
        # The last of so many is there: each record is asked by index and no further than that.
        return Q(Exists(linked.values("pk")[int(self.which) - 1 : int(self.which)]))

    def is_slow(self, asking: Asking) -> bool:
        return self.relation.slow

    def sentence(self, asking: Asking, *, inside: bool = False) -> str:
        words = self.relation.words(self.which)
        where = self.where.sentence(asking) if self.where is not None else ""
        return f"{words} ({where})" if where else words

    def to_json(self) -> Json:
        which = {"at_least": self.which} if isinstance(self.which, int) else self.which
        found: Json = {"related": self.relation.key, "which": which}
        return {**found, "where": self.where.to_json()} if self.where is not None else found


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole condition over records of one type."""

    model: type[models.Model]
    root: Node
    user: Any

    def q(self, user: Any, at: datetime) -> Q:
        """Return the condition; of related rows only those count that ``user`` sees (None: all)."""
        return self.root.q(Asking(user, at))

    def parts(self, user: Any, at: datetime) -> tuple[Q, Q]:
        """Return what an index answers, and what may only narrow a short list."""
        asking = Asking(user, at)
        fast, slow = Q(), Q()
        for node in self.steps:
            if node.is_slow(asking):
                slow &= node.q(asking)
            else:
                fast &= node.q(asking)
        return fast, slow

    @property
    def steps(self) -> Sequence[Node]:
        """The conditions that must all hold, one by one."""
        if isinstance(self.root, Group) and (not self.root.is_any or len(self.root.nodes) == 1):
            return self.root.nodes
        return (self.root,)

    def without(self, number: int) -> Tree | None:
        """Return the tree without one of its steps; None when nothing is left."""
        left = tuple(node for place, node in enumerate(self.steps) if place != number)
        return Tree(self.model, Group(left), self.user) if left else None

    def phrases(self, at: datetime | None = None) -> list[str]:
        """Return each step in words."""
        asking = Asking(self.user, at or timezone.now())
        several = len(self.steps) > 1
        return [node.sentence(asking, inside=several) for node in self.steps]

    def sentence(self, at: datetime | None = None) -> str:
        """Say it all: "companies with no deal (won) and with no activity (done in the last 30 days)"."""
        name = type_of(self.model).label_plural
        if not self.steps:
            return _("all %(records)s") % {"records": name}
        asking = Asking(self.user, at or timezone.now())
        text = self.root.sentence(asking)
        if all(isinstance(node, Related) for node in self.steps):
            return f"{name} {text}"
        return _("%(records)s: %(condition)s") % {"records": name, "condition": text}

    def matches(self, record: models.Model, user: Any, at: datetime) -> bool:
        """Tell whether one record fits now."""
        rows = self.model._default_manager.filter(pk=record.pk)
        return rows.filter(self.q(user, at)).exists()

    def to_json(self) -> Json:
        return self.root.to_json()


def surely(condition: Q) -> Q:
    """Return a condition that is false where the database would answer "unknown"."""
    wrapped = ExpressionWrapper(condition, output_field=BooleanField())
    return Q(Coalesce(wrapped, Value(False), output_field=BooleanField()))
