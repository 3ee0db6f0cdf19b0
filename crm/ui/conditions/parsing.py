"""Reading a condition from JSON, strictly: what is unclear is refused with the place and the reason.

::

    node = {"all": [node…]} | {"any": [node…]} | {"not": node}
         | {"filter": "<name>", "value": ["as in the address"…]}
         | {"related": "<relation>", "which": "some" | "none" | {"at_least": n}, "where": node}
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.ui.conditions.relations import relations
from crm.ui.conditions.tree import Asking, Group, Leaf, Node, Not, Related, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db import models

DEEPEST = 8
MOST_NODES = 60
MOST_VALUES = 200
LONGEST_VALUE = 200
#: An address has to hold it.
LONGEST_TEXT = 6000
MOST_RELATED = 1000


class ConditionError(ValueError):
    """A condition that can't be understood: ``path`` says where ("all.0.where"), ``message`` why."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


def read(model: type[models.Model], text: str, *, user: Any) -> Tree:
    """Read a condition from the text of an address or a form."""
    if len(text) > LONGEST_TEXT:
        raise ConditionError("", _("The condition is too long."))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ConditionError("", _("This is no condition.")) from None
    return parse(model, data, user=user)


def parse(model: type[models.Model], data: Any, *, user: Any) -> Tree:
    """Understand a condition over records of ``model``, in the words that ``user`` may use.

    Raises:
        ConditionError: with path and reason.
    """
    return Tree(model, _Reader(user).node(model, data, (), 1), user)


class _Reader:
    """Goes down a condition and counts what it meets."""

    def __init__(self, user: Any) -> None:
        self.asking = Asking(user, timezone.now())
        self.count = 0

    def node(self, model: type[models.Model], data: Any, path: tuple[str, ...], depth: int) -> Node:
        self.count += 1
        if depth > DEEPEST:
            raise _error(path, _("Conditions are nested too deeply."))
        if self.count > MOST_NODES:
            raise _error(path, _("There are too many conditions."))
        if not isinstance(data, dict):
            raise _error(path, _("A condition is expected."))
        for word, (reader, allowed) in self.readers.items():
            if word in data:
                if extra := data.keys() - allowed:
                    raise _error((*path, str(min(extra))), _("This is not part of a condition."))
                return reader(model, data, path, depth)
        raise _error(path, _("A condition is expected."))

    @property
    def readers(self) -> dict[str, tuple[Callable[..., Node], set[str]]]:
        return {
            "all": (self.group, {"all"}),
            "any": (self.group, {"any"}),
            "not": (self.contrary, {"not"}),
            "filter": (self.leaf, {"filter", "value"}),
            "related": (self.related, {"related", "which", "where"}),
        }

    def group(self, model: type[models.Model], data: Any, path: tuple[str, ...], depth: int) -> Node:
        word = "any" if "any" in data else "all"
        if not isinstance(data[word], list):
            raise _error((*path, word), _("A list of conditions is expected."))
        if word == "any" and not data[word]:
            raise _error((*path, word), _("At least one condition is needed here."))
        nodes = [
            self.node(model, one, (*path, word, str(number)), depth + 1)
            for number, one in enumerate(data[word])
        ]
        return Group(tuple(nodes), is_any=word == "any")

    def contrary(self, model: type[models.Model], data: Any, path: tuple[str, ...], depth: int) -> Node:
        return Not(self.node(model, data["not"], (*path, "not"), depth + 1))

    def leaf(self, model: type[models.Model], data: Any, path: tuple[str, ...], depth: int) -> Node:
        name, raw = data["filter"], data.get("value")
        known = self.asking.filters(model).filters
        one = known.get(name) if isinstance(name, str) else None
        if one is None or not one.in_tree:
            raise _error((*path, "filter"), _("There is no such filter."))
        values = _texts(raw)
        if values is None:
            raise _error((*path, "value"), _("A list of values is expected."))
        read = one.read({name: values}, name) if values else []
        value = one.parse_or_none(read) if read else None
        if value in (None, "", [], ()):
            raise _error((*path, "value"), _("This value can't be understood."))
        return Leaf(model, name, tuple(read))

    def related(self, model: type[models.Model], data: Any, path: tuple[str, ...], depth: int) -> Node:
        relation = relations.of(model).get(data["related"]) if isinstance(data["related"], str) else None
        if relation is None:
            raise _error((*path, "related"), _("There is no such relation."))
        which = _which(data.get("which", "some"), path)
        where = None
        if data.get("where") is not None:
            where = self.node(relation.model, data["where"], (*path, "where"), depth + 1)
        return Related(relation, which, where)


def _which(data: Any, path: tuple[str, ...]) -> str | int:
    if data in ("some", "none"):
        return str(data)
    least = data.get("at_least") if isinstance(data, dict) and len(data) == 1 else None
    if isinstance(least, int) and not isinstance(least, bool) and 1 <= least <= MOST_RELATED:
        return least
    raise _error((*path, "which"), _("Say how many: some, none, or at least a number."))


def _texts(raw: Any) -> list[str] | None:
    """Return values as an address holds them; one alone may stand without a list."""
    values = raw if isinstance(raw, list) else [raw]
    if len(values) > MOST_VALUES:
        return None
    if not all(isinstance(one, str | int) and not isinstance(one, bool) for one in values):
        return None
    texts = [str(one) for one in values]
    return None if any(len(text) > LONGEST_VALUE for text in texts) else texts


def _error(path: tuple[str, ...], message: str) -> ConditionError:
    return ConditionError(".".join(path), message)
