"""Which column goes into which field, and how: the mapping of one import.

As JSON it can be written by hand for ``import_records --map``; the shortest form is
``{"column": "field", …}``. A column that is not named there is guessed; ``null`` leaves it out.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

OUTSIDE_ID = "id"  # the pseudo field of a column that holds another system's key
ROW_NUMBER = "row"  # the pseudo match key: the place in the file
WHOLE = "whole"  # the pseudo match key: all that tells one record from another, as its type knows
MODES = ("create", "update", "upsert")
UNKNOWN = ("create", "empty", "error")

_ORDER_LETTERS = {"y": "y", "m": "m", "d": "d", "b": "m", "г": "y", "м": "m", "д": "d"}


class MappingError(Exception):
    """The mapping can't be used; the message says which part of it."""


@dataclass
class ColumnRule:
    """Where the cells of one column go and how they are read."""

    field: str = ""
    date: str = ""  # ymd, dmy, mdy, serial
    number: str = ""  # point, comma
    values: dict[str, str] = dataclasses.field(default_factory=dict)
    unknown: str = ""  # for references: create, empty, error

    def as_json(self) -> dict[str, Any]:
        """The rule without what is left at its default."""
        whole: dict[str, Any] = {
            "field": self.field,
            "date": self.date,
            "number": self.number,
            "values": self.values,
            "unknown": self.unknown,
        }
        return {name: value for name, value in whole.items() if value or name == "field"}


@dataclass
class Constant:
    """A value for a field that no column gives; ``{column}`` and ``{row}`` are filled in.

    Unless ``always``, only new records get it: an update must not overwrite what people wrote.
    ``where`` limits it to rows whose fields hold one of the given texts.
    """

    text: str
    always: bool = False
    where: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The constant without what is left at its default."""
        found: dict[str, Any] = {"value": self.text}
        if self.always:
            found["always"] = True
        if self.where:
            found["where"] = self.where
        return found


@dataclass
class ImportPlan:
    """The whole mapping: columns, constants, match keys, mode, and whose ids the file holds."""

    columns: dict[str, ColumnRule] = dataclasses.field(default_factory=dict)
    constants: dict[str, Constant] = dataclasses.field(default_factory=dict)
    match: list[str] = dataclasses.field(default_factory=list)
    mode: str = "upsert"
    source: str = ""
    clear_empty: bool = False  # an empty cell empties the field of a found record

    def as_json(self) -> dict[str, Any]:
        """The plan as kept with the file, a saved mapping or a job."""
        return {
            "columns": {name: rule.as_json() for name, rule in self.columns.items()},
            "constants": {name: one.as_json() for name, one in self.constants.items()},
            "match": self.match,
            "mode": self.mode,
            "source": self.source,
            "clear_empty": self.clear_empty,
        }

    def column_of(self, name: str) -> str:
        """The header of the column that feeds a field; empty when none does."""
        return next((header for header, rule in self.columns.items() if rule.field == name), "")

    def fields(self) -> set[str]:
        """Every field that gets a value from a column or a constant."""
        used = {rule.field for rule in self.columns.values() if rule.field}
        return used | set(self.constants)


def fingerprint(header: Iterable[str]) -> str:
    """The same for files with the same columns in any order."""
    names = sorted({" ".join(name.casefold().split()) for name in header})
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def read_plan(raw: Any, base: ImportPlan | None = None) -> ImportPlan:
    """Read a mapping from JSON over a guessed one: what it names rules, the rest stays.

    Raises:
        MappingError: when its form is not understood.
    """
    if not isinstance(raw, Mapping):
        raise MappingError(_("A mapping is a JSON object."))
    plan = base or ImportPlan()
    known = {"columns", "fields", "constants", "defaults", "match", "mode", "source", "clear_empty", "values"}
    if not any(name in raw for name in known):
        raw = {"columns": raw}
    columns = raw.get("columns", raw.get("fields", {}))
    for header, rule in _object(columns, "columns").items():
        plan.columns[header] = _column_rule(header, rule, plan.columns.get(header))
    for name, value in _object(raw.get("constants", raw.get("defaults", {})), "constants").items():
        plan.constants[name] = _constant(name, value)
        for rule in plan.columns.values():
            # A column said to feed the field would fight with the constant.
            if rule.field == name and name not in {_field_of(one) for one in columns.values()}:
                rule.field = ""
    for header, values in _object(raw.get("values", {}), "values").items():
        plan.columns.setdefault(header, ColumnRule()).values.update(_texts(values, header))
    return _settings(plan, raw)


def _settings(plan: ImportPlan, raw: Mapping[str, Any]) -> ImportPlan:
    if "match" in raw:
        match = raw["match"] or []
        plan.match = match.split(",") if isinstance(match, str) else [str(one) for one in match]
        plan.match = [one.strip() for one in plan.match if one.strip()]
    plan.mode = str(raw.get("mode") or plan.mode)
    if plan.mode not in MODES:
        raise MappingError(_("The mode is one of: %(modes)s.") % {"modes": ", ".join(MODES)})
    plan.source = str(raw.get("source") or plan.source)[:80]
    plan.clear_empty = bool(raw.get("clear_empty", plan.clear_empty))
    return plan


def _object(raw: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise MappingError(_("“%(name)s” in the mapping must be an object.") % {"name": name})
    return raw


def _field_of(raw: Any) -> str:
    return str(raw.get("field", "")) if isinstance(raw, Mapping) else str(raw or "")


def _texts(raw: Any, header: str) -> dict[str, str]:
    return {str(old): "" if new is None else str(new) for old, new in _object(raw, header).items()}


def _column_rule(header: str, raw: Any, known: ColumnRule | None) -> ColumnRule:
    if raw is None or isinstance(raw, str):
        rule = ColumnRule(field=str(raw or ""))
    elif isinstance(raw, Mapping):
        rule = ColumnRule(
            field=str(raw.get("field", known.field if known else "") or ""),
            date=date_order(str(raw.get("date") or raw.get("format") or "")),
            number=str(raw.get("number") or ""),
            values=_texts(raw.get("values") or {}, header),
            unknown=str(raw.get("unknown") or ""),
        )
    else:
        raise MappingError(_("The column “%(name)s” has no readable rule.") % {"name": header})
    if rule.unknown and rule.unknown not in UNKNOWN:
        raise MappingError(
            _("Unknown values of “%(name)s” are one of: %(choices)s.")
            % {"name": header, "choices": ", ".join(UNKNOWN)}
        )
    if known:
        rule.date = rule.date or known.date
        rule.number = rule.number or known.number
    return rule


def _constant(name: str, raw: Any) -> Constant:
    if isinstance(raw, Mapping):
        text = raw.get("value", raw.get("pattern", ""))
        where = {
            key: [str(one) for one in (value if isinstance(value, list) else [value])]
            for key, value in _object(raw.get("where") or {}, name).items()
        }
        return Constant(_plain(text), bool(raw.get("always")), where)
    return Constant(_plain(raw))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def date_order(text: str) -> str:
    """Read "mdy", "%m/%d/%Y", "MM/DD/YYYY" or "m/d/Y" as the order of its parts.

    Raises:
        MappingError: when year, month and day are not all named once.
    """
    if not text or text == "serial":
        return text
    letters = [_ORDER_LETTERS[char] for char in text.lower() if char in _ORDER_LETTERS]
    order = "".join(dict.fromkeys(letters))
    if order[:3] not in ("ymd", "dmy", "mdy"):
        raise MappingError(_("“%(text)s” is no date format. Use ymd, dmy or mdy.") % {"text": text})
    return order[:3]
