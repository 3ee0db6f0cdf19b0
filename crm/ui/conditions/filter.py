"""``?where=``: a whole condition as one filter of a list, kept in the address as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.ui.asking import RecordFilter
from crm.ui.conditions.parsing import ConditionError, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.ui.conditions.tree import Tree


@dataclass(frozen=True, slots=True)
class Unclear:
    """A condition that could not be understood: nothing fits it, so nobody acts on too much."""

    message: str


class WhereFilter(RecordFilter):
    """The condition of a list. Its fast and slow parts are asked apart."""

    in_panel = False
    in_tree = False

    def parse(self, raw: Sequence[str]) -> Any:
        try:
            tree = read(self.model, raw[0], user=self.user)
        except ConditionError as refused:
            return Unclear(refused.message)
        return tree if tree.steps else None

    def part(self, value: Any, *, slow: bool) -> Q:
        if isinstance(value, Unclear):
            return Q() if slow else Q(pk__in=[])
        tree: Tree = value
        return tree.parts(self.user, self.at)[1 if slow else 0]

    def q(self, value: Any) -> Q:
        return self.part(value, slow=False) & self.part(value, slow=True)

    def sentence(self, value: Any) -> str:
        if isinstance(value, Unclear):
            return _("a condition that can't be read: %(reason)s") % {"reason": value.message}
        return str(value.sentence(self.at))

    def steps(self, value: Any) -> list[tuple[str, str | None]]:
        """Return each step in words, and what the address says without it."""
        if isinstance(value, Unclear):
            return [(self.sentence(value), None)]
        found: list[tuple[str, str | None]] = []
        for number, phrase in enumerate(value.phrases(self.at)):
            left = value.without(number)
            found.append((phrase, compact(left) if left else None))
        return found


def compact(tree: Tree) -> str:
    """Write a condition as short as an address wants it."""
    return json.dumps(tree.to_json(), ensure_ascii=False, separators=(",", ":"))
