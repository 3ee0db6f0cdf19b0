"""The "if" of a rule: whether a record fits, and in words why it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.records.fields import fields_of
from crm.ui.conditions import ConditionError, Tree, parse
from crm.ui.conditions.tree import Asking, Leaf

if TYPE_CHECKING:
    from datetime import datetime

    from crm.automation.models import Rule
    from crm.identity.models import User

#: A condition that asks for nothing.
NOTHING: dict[str, Any] = {}


def tree_of(rule: Rule, user: User | None = None) -> Tree | None:
    """Return a rule's condition in the words of its author; None where it has none.

    Raises:
        ConditionError: when it can't be understood any more.
    """
    if not rule.condition:
        return None
    return parse(rule.model, rule.condition, user=user or rule.author)


def condition_of(rule: Rule, at: datetime) -> Q:
    """Return the condition as a query; nothing fits one that can't be understood."""
    try:
        tree = tree_of(rule)
    except ConditionError:
        return Q(pk__in=[])
    return tree.q(rule.author, at) if tree else Q()


def sentence_of(rule: Rule, user: User | None = None, at: datetime | None = None) -> str:
    """Say the condition: "amount over 10,000 and stage is Won"."""
    try:
        tree = tree_of(rule, user)
    except ConditionError as wrong:
        return _("a condition that can't be understood any more: %(reason)s") % {"reason": wrong.message}
    return _(" and ").join(tree.phrases(at)) if tree else ""


def why_not(rule: Rule, record: Any, at: datetime) -> str:
    """Return why a record does not fit; empty when it does."""
    try:
        tree = tree_of(rule)
    except ConditionError as wrong:
        return _("The condition can't be understood any more: %(reason)s") % {"reason": wrong.message}
    if tree is None or tree.matches(record, rule.author, at):
        return ""
    asking = Asking(rule.author, at)
    for node in tree.steps:
        if Tree(tree.model, node, rule.author).matches(record, rule.author, at):
            continue
        wanted = node.sentence(asking)
        is_now = value_now(node, record, asking)
        if is_now:
            return _("Condition not met: %(condition)s (%(field)s)") % {"condition": wanted, "field": is_now}
        return _("Condition not met: %(condition)s") % {"condition": wanted}
    return _("Condition not met.")


def value_now(node: Any, record: Any, asking: Asking) -> str:
    """Say what the record has where one filter asked for something else: "amount is 500"."""
    if not isinstance(node, Leaf):
        return ""
    found = asking.filters(node.model).filters.get(node.name)
    known = fields_of(node.model)
    # The filter "amount" asks the amount in the base currency; people know the field.
    one = known.get(node.name) or known.get(str(getattr(found, "field_name", "")))
    if one is None:
        return ""
    text = one.text(one.value(record)) or _("empty")
    return _("%(field)s is %(value)s") % {"field": one.label, "value": text}
