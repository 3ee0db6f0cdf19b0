"""When a custom field is shown, and when it has to be filled in.

A condition is {"match": "all" | "any", "rules": [{"field", "op", "value"}]} over other fields
of the same record. It is judged here on what is about to be written; the browser judges the
same form on what is typed (static/js/elements/when-field.js).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.records.customfields.field import Made
from crm.records.fields import Field, Kind, fields_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

OPERATORS = {
    "is": _("is"),
    "is_not": _("is not"),
    "any_of": _("is one of"),
    "filled": _("is filled"),
    "empty": _("is empty"),
    "more": _("is more than"),
    "less": _("is less than"),
}
#: Operators that compare with nothing.
ALONE = frozenset({"filled", "empty"})
ORDERED = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.TIME})
#: Kinds that can be asked for emptiness only.
WORDY = frozenset({Kind.LONG_TEXT, Kind.FILE, Kind.TAGS})
#: Fields of the house that no condition should hang on.
LEFT_OUT = frozenset({"created_at", "updated_at", "created_by", "last_touch_at", "next_due_at", "sort_name"})


def is_always(condition: Mapping[str, Any]) -> bool:
    """Tell whether a condition asks nothing."""
    return not condition.get("rules")


def holds(condition: Mapping[str, Any], read: Callable[[str], list[str]]) -> bool:
    """Judge a condition; ``read`` gives a field's values as plain text, none for nothing."""
    rules = condition.get("rules") or []
    if not rules:
        return True
    judge = any if condition.get("match") == "any" else all
    return judge(_passes(rule, read(rule["field"])) for rule in rules)


def _passes(rule: Mapping[str, Any], values: list[str]) -> bool:
    op, wanted = rule["op"], rule.get("value", "")
    if op in ALONE:
        return bool(values) is (op == "filled")
    many = [str(one) for one in wanted] if isinstance(wanted, list) else [str(wanted)]
    if op in ("is", "any_of"):
        return any(_same(value, one) for value in values for one in many)
    if op == "is_not":
        return not any(_same(value, one) for value in values for one in many)
    sign = 1 if op == "more" else -1
    return any(_order(value, many[0]) == sign for value in values)


def _same(left: str, right: str) -> bool:
    return left.casefold() == right.casefold() or _order(left, right) == 0


def _order(left: str, right: str) -> int:
    """Compare numbers as numbers, and the rest as text: ISO days and hours are in order then."""
    try:
        one, other = Decimal(left), Decimal(right)
    except InvalidOperation:
        return (left > right) - (left < right)
    return (one > other) - (one < other)


def plain(one: Field, value: Any) -> list[str]:
    """Return a value as the texts that conditions compare: references by number, yes and no in words."""
    if value is None or value == "" or value == []:
        return []
    if isinstance(value, (list, tuple)):
        return [str(part) for part in value]
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, models.Model):
        return [str(value.pk)]
    return [str(one.json(value))]


def of_record(record: Any) -> Callable[[str], list[str]]:
    """Return how the fields of a record are read."""
    known = fields_of(type(record))

    def read(name: str) -> list[str]:
        one = known.get(name)
        if one is None:
            return []
        if isinstance(one, Made):
            return plain(one, one.stored(record))
        return plain(one, getattr(record, f"{name}_id") if one.to is not None else one.value(record))

    return read


def is_shown(one: Made, read: Callable[[str], list[str]]) -> bool:
    return holds(one.definition.shown_when, read)


def is_required(one: Made, read: Callable[[str], list[str]]) -> bool:
    """Tell whether a field has to be filled in, given the rest: what is not shown never is."""
    row = one.definition
    if not row.is_required and is_always(row.required_when):
        return False
    return is_shown(one, read) and (row.is_required or holds(row.required_when, read))


def asked_of(one: Made) -> set[str]:
    """Return the fields that a custom field's conditions look at."""
    row = one.definition
    return {rule["field"] for part in (row.shown_when, row.required_when) for rule in part.get("rules", ())}


def usable(model: type[models.Model], *, but: str = "") -> list[Field]:
    """Return the fields that conditions may look at."""
    return [
        one
        for name, one in fields_of(model).items()
        if name != but and name not in LEFT_OUT and (isinstance(one, Made) or not one.virtual)
    ]


def operators(one: Field) -> Iterable[str]:
    """Return what may be asked of a field."""
    if one.kind in WORDY:
        return ("filled", "empty")
    if one.kind in ORDERED:
        return ("is", "is_not", "more", "less", "filled", "empty")
    if one.kind is Kind.YES_NO:
        return ("is", "filled", "empty")
    return ("is", "is_not", "any_of", "filled", "empty")
