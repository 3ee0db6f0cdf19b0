"""Conditions as a tree: filters joined by AND, OR and NOT, and through relations.

The vocabulary is what each type's filters offer, so whatever a list can be asked, a
condition can say; lists, automation, segments and reports read the same tree.
"""

from crm.ui.conditions.filter import Unclear, WhereFilter, compact
from crm.ui.conditions.parsing import ConditionError, parse, read
from crm.ui.conditions.relations import Relation, relations
from crm.ui.conditions.tree import Tree

__all__ = [
    "ConditionError",
    "Relation",
    "Tree",
    "Unclear",
    "WhereFilter",
    "compact",
    "parse",
    "read",
    "relations",
]
