"""A condition as a person puts it together: rows, groups, and rows over related records.

The page draws the tree as rows; the element ``<condition-builder>`` reads them back as JSON and
asks here for each new row. Wherever a condition is wanted, the same fragments serve.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.identity.scopes import Scope
from crm.records.registry import type_of
from crm.ui.conditions.relations import Relation, relations
from crm.ui.conditions.tree import Asking, Group, Leaf, Node, Not, Related, Tree
from crm.ui.filterpanel import Control, control_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db import models

#: How the conditions of a group belong together.
MODES = ("all", "any", "none", "not_all")


@dataclass(slots=True)
class What:
    """One thing to choose in a row: a filter ("f.created") or a relation ("r.deals")."""

    value: str
    label: str


@dataclass(slots=True)
class Row:
    """One line of the builder, as its template draws it."""

    kind: str
    slug: str
    uid: str = ""
    #: Of a filter or a relation: what there is to choose, and what is chosen.
    filters: list[What] = field(default_factory=list)
    related: list[What] = field(default_factory=list)
    chosen: str = ""
    is_not: bool = False
    control: Control | None = None
    days: tuple[str, str] = ("", "")
    which: str = "some"
    count: int = 2
    words: Relation | None = None
    #: Of a group.
    mode: str = "all"
    rows: list[Row] = field(default_factory=list)
    records: str = ""

    @property
    def template(self) -> str:
        return f"ui/conditions/{self.kind}.html"


class Builder:
    """Draws conditions for one viewer and moment."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking

    def of(self, model: type[models.Model], tree: Tree | None) -> Row:
        """Return the outermost group of a condition, empty when there is none yet."""
        return self.group(model, tree.root if tree is not None else Group(()))

    def row(self, model: type[models.Model], node: Node, *, is_not: bool = False) -> Row:
        """Return a node as a row; a contrary becomes a part of the row where it can."""
        if isinstance(node, Not):
            return self.row(model, node.node, is_not=not is_not)
        if isinstance(node, Group):
            return self.group(model, node, is_not=is_not)
        if isinstance(node, Leaf):
            return self.leaf(model, node.name, node.value, is_not=is_not)
        assert isinstance(node, Related)
        if not is_not:
            return self.related(model, node.relation, node.which, node.where)
        if isinstance(node.which, str):
            contrary = "some" if node.which == "none" else "none"
            return self.related(model, node.relation, contrary, node.where)
        return self.group(model, Group((node,), is_any=True), is_not=True)

    def group(self, model: type[models.Model], node: Node, *, is_not: bool = False) -> Row:
        while isinstance(node, Not):
            node, is_not = node.node, not is_not
        group = node if isinstance(node, Group) else Group((node,))
        if isinstance(node, Leaf | Related) and is_not:
            group, is_not = Group((Not(node),)), False
        modes = ("none", "not_all") if is_not else ("any", "all")
        return Row(
            "group",
            type_of(model).slug,
            mode=modes[0] if group.is_any else modes[1],
            rows=[self.row(model, one) for one in group.nodes],
            records=type_of(model).label_plural,
        )

    def leaf(
        self, model: type[models.Model], name: str, raw: Iterable[str] = (), *, is_not: bool = False
    ) -> Row:
        one = self.asking.filters(model).filters[name]
        value = one.parse_or_none(list(raw)) if raw else None
        uid = secrets.token_hex(3)
        return Row(
            "leaf",
            type_of(model).slug,
            uid=uid,
            filters=self.filters(model),
            related=self.relations(model),
            chosen=f"f.{name}",
            is_not=is_not,
            control=control_of(f"~{uid}.{name}", one, value),
            days=days_of(list(raw)),
        )

    def related(
        self, model: type[models.Model], relation: Relation, which: str | int, where: Node | None = None
    ) -> Row:
        return Row(
            "related",
            type_of(model).slug,
            filters=self.filters(model),
            related=self.relations(model),
            chosen=f"r.{relation.key}",
            which="least" if isinstance(which, int) else which,
            count=which if isinstance(which, int) else 2,
            words=relation,
            rows=[self.group(relation.model, where or Group(()))],
        )

    def new(self, model: type[models.Model], what: str) -> Row | None:
        """Return an empty row for what was chosen; None when there is no such thing."""
        kind, _dot, name = what.partition(".")
        if kind == "g":
            return self.group(model, Group((), is_any=True))
        if kind == "r":
            relation = relations.of(model).get(name)
            return self.related(model, relation, "some") if relation else None
        offered = [one.value for one in self.filters(model)]
        if not name:
            return self.leaf(model, offered[0][2:])
        return self.leaf(model, name) if what in offered else None

    def filters(self, model: type[models.Model]) -> list[What]:
        """Return the filters that a condition over this type may use."""
        known = self.asking.filters(model)
        found = [
            What(f"f.{name}", one.caption)
            for name, one, _value in known.in_panel()
            if one.in_tree and self.is_worth_asking(name, one)
        ]
        return [*found, What("f.q", _("Text"))] if "q" in known.filters else found

    @staticmethod
    def is_worth_asking(name: str, one: Any) -> bool:
        return one.control != "options" or control_of(name, one, None).is_worth_showing

    def relations(self, model: type[models.Model]) -> list[What]:
        """Return the relations to types that the viewer may see."""
        access = access_for(self.asking.user)
        return [
            What(f"r.{key}", str(one.label)[:1].upper() + str(one.label)[1:])
            for key, one in relations.of(model).items()
            if access.scope(one.model) is not Scope.NONE
        ]


def days_of(raw: list[str]) -> tuple[str, str]:
    """Return a period counted in days: which way ("last", "next", "before"), and how many."""
    for way in ("before_last", "last", "next"):
        if raw and raw[0].startswith(f"{way}_") and raw[0].endswith("_days"):
            return way, raw[0].removeprefix(f"{way}_").removesuffix("_days")
    return "", ""
