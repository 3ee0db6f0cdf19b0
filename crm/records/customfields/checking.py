"""What a definition may say. Everything is judged here, so that pages only show what was wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from crm.lib.money import CURRENCIES
from crm.lib.names import to_latin
from crm.records import registry
from crm.records.customfields import conditions, known
from crm.records.customfields.kinds import kinds
from crm.records.fields import FieldError
from crm.records.models import CustomField, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm.records.customfields.plain import CustomKind

MOST_FIELDS = 100
MOST_CHOICES = 200
MOST_RULES = 10
CHOICE_KEY = re.compile(r"[a-z0-9_]{1,40}")
FLAGS = {"is_sortable": "sort", "is_searchable": "search", "is_unique": "unique", "on_card": "card"}
#: First values that are worked out when a record is made.
WORKED_OUT = {"date": "today", "user": "me"}


def tidy(row: CustomField, before: CustomField | None = None) -> None:
    """Bring a definition into form: what its kind does not know is left out."""
    of = kinds().get(row.kind)
    if of is None:
        return
    for name, right in FLAGS.items():
        if right not in of.may:
            setattr(row, name, False)
    row.choices = _choices(row.choices, before.choices if before else []) if "choices" in of.may else []
    row.options = {
        name: value for name, value in row.options.items() if name in of.may and value not in ("", None)
    }
    if "default" not in of.may or row.default in ("", []):
        row.default = None
    for name in ("shown_when", "required_when"):
        condition = getattr(row, name) or {}
        setattr(row, name, {"match": condition.get("match", "all"), "rules": condition.get("rules", [])})


def _choices(wanted: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the keys of choices for ever: one that is left out is retired, for records may hold it."""
    found = [dict(one) for one in wanted]
    for one in found:
        if not one.get("key"):
            one["key"] = free_key(one["label"], {str(other.get("key") or "") for other in (*found, *before)})
    kept = {one["key"] for one in found}
    return [*found, *({**one, "retired": True} for one in before if one["key"] not in kept)]


def free_key(label: str, taken: set[str]) -> str:
    """Make a key of a label: small Latin letters, digits and underscores, not taken yet."""
    plain = key_of(label) or "choice"
    found, number = plain, 2
    while found in taken:
        found, number = f"{plain}_{number}", number + 1
    return found


def key_of(label: str) -> str:
    """Write a label as a key."""
    return re.sub(r"[^a-z0-9]+", "_", to_latin(label.lower())).strip("_")[:36].strip("_")


def check(row: CustomField, before: CustomField | None = None) -> None:
    """Refuse what can't be.

    Raises:
        ValidationError: with all that is wrong, by name.
    """
    errors: dict[str, str] = {}
    of = kinds().get(row.kind)
    if of is None or not is_open_to(row.type_id):
        raise ValidationError({"kind": _("There is no such kind of field.")})
    try:
        row.full_clean(exclude=["created_by", "choices", "options", "default"])
    except ValidationError as refused:
        errors |= {name: " ".join(said) for name, said in refused.message_dict.items()}
    if before is None and known.definitions(row.type_id).count() >= MOST_FIELDS:
        errors["__all__"] = _("A record type takes %(count)d fields at most.") % {"count": MOST_FIELDS}
    if before is not None and before.kind != row.kind and row.kind not in kinds()[before.kind].becomes:
        errors["kind"] = _("Values would be lost: a field of this kind can't become one of that.")
    if row.label and not errors.get("label") and _is_taken(row):
        errors["label"] = _("Another field of these records has this label.")
    errors |= _check_choices(row, of)
    errors |= _check_options(row, of)
    if not errors:
        errors |= _check_default(row)
        errors |= _check_conditions(row)
        errors |= _check_twins(row, before)
    if errors:
        raise ValidationError(dict(errors))


def is_open_to(type_id: int) -> bool:
    """Tell whether records of a type can have custom fields."""
    try:
        return issubclass(registry.by_id(type_id).model, Record)
    except KeyError:
        return False


def _is_taken(row: CustomField) -> bool:
    labels = {text.casefold() for text in (row.label, row.label_ru) if text}
    others = known.definitions(row.type_id).exclude(pk=row.pk).values_list("label", "label_ru")
    return any(text.casefold() in labels for pair in others for text in pair if text)


def _check_choices(row: CustomField, of: CustomKind) -> dict[str, str]:
    if "choices" not in of.may:
        return {}
    said = ""
    offered = [one for one in row.choices if not one.get("retired")]
    labels = [str(one.get("label") or "").strip() for one in row.choices]
    if not offered:
        said = _("Name at least one choice.")
    elif len(row.choices) > MOST_CHOICES:
        said = _("At most %(count)d choices.") % {"count": MOST_CHOICES}
    elif not all(labels) or any(len(label) > 80 for label in labels):
        said = _("Each choice needs a label of at most 80 characters.")
    elif len({label.casefold() for label in labels}) < len(labels):
        said = _("Two choices have the same label.")
    elif any(sign in f"{one['label']}{one.get('label_ru', '')}" for one in row.choices for sign in ";\n"):
        said = _("A label can't hold a semicolon: it stands between choices in files.")
    elif not all(CHOICE_KEY.fullmatch(str(one["key"])) for one in row.choices):
        said = _("Keys of choices are small Latin letters, digits and underscores.")
    elif any(one.get("color") and one["color"] not in known.COLORS for one in row.choices):
        said = _("There is no such colour.")
    return {"choices": said} if said else {}


def _check_options(row: CustomField, of: CustomKind) -> dict[str, str]:
    currency, most = row.options.get("currency"), row.options.get("max_length")
    if "currency" in of.may and (not currency or currency not in CURRENCIES):
        return {"currency": _("Choose the currency of the amounts.")}
    if most is not None and not (isinstance(most, int) and 1 <= most <= (of.max_length or most)):
        return {"max_length": _("From 1 to %(most)d characters.") % {"most": of.max_length or 1}}
    return {}


def _check_default(row: CustomField) -> dict[str, str]:
    if row.default is None or row.default == WORKED_OUT.get(row.kind):
        return {}
    one = known.made_from(row)
    try:
        row.default = one.keep(row.default)
    except FieldError as refused:
        return {"default": str(refused)}
    if one.retired & set(row.default if isinstance(row.default, list) else [row.default]):
        return {"default": _("This choice is not offered any more.")}
    return {}


def _check_conditions(row: CustomField) -> dict[str, str]:
    model = registry.by_id(row.type_id).model
    usable = {one.name: one for one in conditions.usable(model, but=row.name)}
    for name in ("shown_when", "required_when"):
        condition = getattr(row, name)
        rules = condition["rules"]
        if condition["match"] not in ("all", "any") or len(rules) > MOST_RULES:
            return {name: _("This is no condition.")}
        for rule in rules:
            one = usable.get(rule.get("field", ""))
            if one is None:
                return {name: _("A condition looks at a field that is not there.")}
            if rule.get("op") not in conditions.operators(one):
                return {name: _("This can't be asked of “%(field)s”.") % {"field": one.label}}
            if rule["op"] not in conditions.ALONE and rule.get("value") in (None, "", []):
                return {name: _("Say what “%(field)s” is compared with.") % {"field": one.label}}
    if _leads_to_itself(row):
        return {"shown_when": _("These conditions lead in a circle.")}
    return {}


def _leads_to_itself(row: CustomField) -> bool:
    """Tell whether a field is shown, by way of others, only when it is filled in itself."""
    asks = {other.name: _looks_at(other) for other in known.definitions(row.type_id) if other.pk != row.pk}
    waiting, seen = list(_looks_at(row)), set()
    while waiting:
        name = waiting.pop()
        if name == row.name:
            return True
        if name not in seen:
            seen.add(name)
            waiting += asks.get(name, ())
    return False


def _looks_at(row: CustomField) -> set[str]:
    condition: Mapping[str, Any] = row.shown_when
    return {str(rule["field"]) for rule in condition.get("rules", ())}


def _check_twins(row: CustomField, before: CustomField | None) -> dict[str, str]:
    """Refuse to call values unique that come twice."""
    if not row.is_unique or before is None or before.is_unique:
        return {}
    table = connection.ops.quote_name(registry.by_id(row.type_id).model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(custom ->> '{row.key}') FROM {table} WHERE deleted_at IS NULL"
            f" AND custom ->> '{row.key}' IS NOT NULL GROUP BY lower(custom ->> '{row.key}')"
            " HAVING count(*) > 1 LIMIT 4"
        )
        twins = [value for (value,) in cursor.fetchall()]
    if not twins:
        return {}
    text = _("Some values come twice already: %(values)s.")
    return {"is_unique": text % {"values": ", ".join(value[:40] for value in twins)}}
