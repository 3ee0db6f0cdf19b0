"""Reading the cells of one row as the mapping says: values by field, and what is wrong where.

Each column gets a reader once; a row then costs a few function calls. What a reader makes can
be kept as JSON in the staging table and is made whole again by `revive`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm.lib.tabular import DateOrder, NumberStyle, parse_date, parse_moment, parse_number
from crm.records.fields import Field, FieldError, Kind
from crm.records.importing.mapping import OUTSIDE_ID, ColumnRule, Constant, ImportPlan, MappingError

REFERENCES = frozenset({Kind.REFERENCE, Kind.USER})
NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY})
_HOLE = re.compile(r"\{([^{}]+)\}")
_EDGES = " \t-–—,;/|·:"

Reader = Callable[[str], Any]


@dataclass
class ReadRow:
    """One row as understood: values of the record, values for new ones only, errors by column."""

    values: dict[str, Any] = field(default_factory=dict)
    for_new: dict[str, Any] = field(default_factory=dict)
    outside_id: str = ""
    errors: dict[str, str] = field(default_factory=dict)  # column header or field label → reason

    def as_json(self) -> dict[str, Any]:
        """The row as staged."""
        return {"set": self.values, "new": self.for_new, "id": self.outside_id}


class RowReader:
    """Reads rows of one file under one plan."""

    def __init__(
        self, header: Sequence[str], plan: ImportPlan, fields: Mapping[str, Field], zone: tzinfo
    ) -> None:
        self.header = list(header)
        self.plan = plan
        self.fields = fields
        self.columns: list[tuple[int, str, str, dict[str, str], Reader]] = []
        for index, name in enumerate(self.header):
            rule = plan.columns.get(name)
            if rule is None or not rule.field:
                continue
            values = {old.lower(): new for old, new in rule.values.items()}
            self.columns.append((index, name, rule.field, values, self._reader(name, rule, zone)))
        self.constants = [
            (name, constant, column_reader(self._field(name), ColumnRule(), zone))
            for name, constant in plan.constants.items()
            if constant.text
        ]

    def read(self, number: int, cells: Sequence[str]) -> ReadRow:
        """Read one row; `number` counts rows from 1."""
        row = ReadRow()
        if len(cells) > len(self.header):
            text = _("The row has %(count)d cells, the header has %(width)d.")
            row.errors[""] = text % {"count": len(cells), "width": len(self.header)}
            return row
        texts: dict[str, str] = {}
        for index, name, target, values, reader in self.columns:
            text = cells[index]
            if values and text.lower() in values:
                text = values[text.lower()]
            texts[target] = text
            self._take(row, name, target, text, reader)
        for target, constant, reader in self.constants:
            if not row.values.get(target) and applies(constant, texts):
                self._fill(row, target, constant, reader, number, cells)
        return row

    def _take(self, row: ReadRow, name: str, target: str, text: str, reader: Reader) -> None:
        if target == OUTSIDE_ID:
            row.outside_id = text[:200]
            return
        if not text:
            if target not in row.values and target not in row.errors:
                row.values[target] = None
            return
        try:
            value = reader(text)
        except FieldError as refused:
            row.errors[name] = str(refused)
            return
        held = row.values.get(target)
        # Several columns may feed one text: they are put together, each on a line.
        row.values[target] = f"{held}\n{value}" if held and isinstance(held, str) else value

    def _fill(
        self,
        row: ReadRow,
        target: str,
        constant: Constant,
        reader: Reader,
        number: int,
        cells: Sequence[str],
    ) -> None:
        text = fill_pattern(constant.text, dict(zip(self.header, cells, strict=False)), number)
        if not text:
            return
        try:
            value = reader(text)
        except FieldError as refused:
            row.errors[str(self.fields[target].label)] = str(refused)
            return
        place = row.values if constant.always or "." in target else row.for_new
        place[target] = value

    def _reader(self, name: str, rule: ColumnRule, zone: tzinfo) -> Reader:
        if rule.field == OUTSIDE_ID:
            return str
        one = self._field(rule.field)
        read = column_reader(one, rule, zone)
        if one.kind is Kind.LONG_TEXT and _feeders(self.plan, rule.field) > 1:
            return lambda text: f"{name}: {read(text)}"
        return read

    def _field(self, name: str) -> Field:
        if name not in self.fields:
            text = _("There is no field “%(name)s”. Fields are: %(fields)s.")
            raise MappingError(text % {"name": name, "fields": ", ".join(self.fields)})
        return self.fields[name]


def _feeders(plan: ImportPlan, name: str) -> int:
    return sum(rule.field == name for rule in plan.columns.values())


def applies(constant: Constant, texts: Mapping[str, str]) -> bool:
    """Tell whether a constant is meant for a row with these texts by field."""
    return all(
        texts.get(name, "").lower() in {one.lower() for one in wanted}
        for name, wanted in constant.where.items()
    )


def fill_pattern(pattern: str, cells: Mapping[str, str], number: int) -> str:
    """Put cells into a pattern; separators left over beside an empty cell go."""
    if "{" not in pattern:
        return pattern

    def fill(hole: re.Match[str]) -> str:
        name = hole.group(1)
        if name == "row":
            return str(number)
        return cells.get(name, hole.group(0))

    return _HOLE.sub(fill, pattern).strip(_EDGES)


def column_reader(one: Field, rule: ColumnRule, zone: tzinfo) -> Reader:
    """Choose how the cells of one column become values of one field."""
    if one.kind in REFERENCES:
        return lambda text: " ".join(text.split())
    if one.kind is Kind.DATE:
        return _dates(DateOrder(rule.date or DateOrder.YMD))
    if one.kind is Kind.DATETIME:
        return _moments(DateOrder(rule.date or DateOrder.YMD), zone)
    if one.kind in NUMBERS:
        return _numbers(NumberStyle(rule.number or NumberStyle.POINT), whole=one.kind is Kind.INTEGER)
    return one.parse


def _dates(order: DateOrder) -> Reader:
    def read(text: str) -> date:
        found = parse_date(text, order)
        if found is None:
            raise FieldError(_no_date(text, order))
        return found

    return read


def _moments(order: DateOrder, zone: tzinfo) -> Reader:
    def read(text: str) -> datetime:
        found = parse_moment(text, order, zone)
        if found is None:
            raise FieldError(_no_date(text, order))
        return found

    return read


def _numbers(style: NumberStyle, *, whole: bool) -> Reader:
    def read(text: str) -> Decimal | int:
        found = parse_number(text, style)
        if found is None:
            raise FieldError(_("“%(text)s” is not a number.") % {"text": text[:40]})
        if not whole:
            return found
        if found != found.to_integral_value():
            raise FieldError(_("“%(text)s” is not a whole number.") % {"text": text[:40]})
        return int(found)

    return read


def order_label(order: str) -> str:
    """How a date order is called."""
    return {
        "ymd": _("year, month, day"),
        "dmy": _("day, month, year"),
        "mdy": _("month, day, year"),
        "serial": _("a spreadsheet's day number"),
    }.get(order, order)


def _no_date(text: str, order: DateOrder) -> str:
    return _("“%(text)s” is no date written as %(order)s.") % {
        "text": text[:40],
        "order": order_label(order),
    }


def revive(one: Field, raw: Any) -> Any:
    """Make a staged JSON value whole again."""
    if raw is None or not isinstance(raw, str):
        return raw
    if one.kind is Kind.DATE:
        return date.fromisoformat(raw)
    if one.kind is Kind.DATETIME:
        return datetime.fromisoformat(raw)
    if one.kind in NUMBERS:
        return Decimal(raw)
    return raw
