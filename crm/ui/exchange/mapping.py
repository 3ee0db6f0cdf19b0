"""The mapping as a form: each column with its samples, where it goes and how it is read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.utils import formats
from django.utils.translation import gettext as _

from crm.lib.tabular import DateOrder, NumberStyle, parse_date, parse_number
from crm.records.fields import FieldError, Kind
from crm.records.importing.cells import NUMBERS, REFERENCES, column_reader, order_label
from crm.records.importing.guessing import ColumnFacts, facts_of, rule_for
from crm.records.importing.mapping import OUTSIDE_ID, ROW_NUMBER, WHOLE, ColumnRule, Constant, ImportPlan
from crm.records.importing.targets import Target, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import QueryDict

    from crm.identity.access import Access
    from crm.records.fields import Field
    from crm.records.importing.references import References
    from crm.records.models import ImportFile

DATES = (Kind.DATE, Kind.DATETIME)
VALUES_SHOWN = 30
NAMES_COMPARED = 500


@dataclass
class ValueRow:
    """One text of a column and what it stands for."""

    text: str
    count: int
    to: str = ""  # what the mapping says
    found: str = ""  # what it is read as without being told
    state: str = "new"  # same, like, new, told
    hint: str = ""  # a known name that differs by a slip


@dataclass
class ColumnRow:
    """One column of the mapping page."""

    index: int
    facts: ColumnFacts
    rule: ColumnRule
    field: Field | None = None
    dates: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    numbers: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    asks_date: bool = False
    values: list[ValueRow] = dataclasses.field(default_factory=list)
    values_hidden: int = 0
    makes: bool = False
    unknown: str = ""
    bad: int = 0
    bad_text: str = ""

    @property
    def prefix(self) -> str:
        """How the form names this column's controls."""
        return f"col-{self.index}"

    @property
    def is_used(self) -> bool:
        """Whether the column goes anywhere."""
        return bool(self.rule.field)

    @property
    def is_reference(self) -> bool:
        """Whether its cells name other records."""
        return self.field is not None and self.field.kind in REFERENCES

    @property
    def counted(self) -> dict[str, int]:
        """How many texts are found, alike, new."""
        counts: dict[str, int] = {}
        for one in self.values:
            counts[one.state] = counts.get(one.state, 0) + 1
        return counts


class MappingForm:
    """One file and one plan, ready to be shown or read from a form."""

    def __init__(
        self, kept: ImportFile, target: Target, plan: ImportPlan, references: References, access: Access
    ) -> None:
        self.kept = kept
        self.target = target
        self.plan = plan
        self.references = references
        self.fields = target.fields(access)
        for rule in plan.columns.values():
            # What a person may not write is not offered, guessed or not.
            rule.field = rule.field if rule.field in {OUTSIDE_ID, *self.fields} else ""
        self.facts = facts_of(kept.survey)
        self.rows = [self._row(index, facts) for index, facts in enumerate(self.facts)]

    # What the page shows.

    def groups(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The fields on offer, those of the type first, those of parts in groups of their own."""
        own = [(name, capital(one)) for name, one in self.fields.items() if "." not in name]
        found = [(self.target.label_plural.capitalize(), own)]
        for part in self.target.parts:
            found.append((str(part.label), [(name, capital(one)) for name, one in part.names().items()]))
        return found

    def keys(self) -> list[dict[str, Any]]:
        """What can identify a record: the outside id and every mapped field, and the row's number."""
        found = []
        if column := self.plan.column_of(OUTSIDE_ID):
            text = _("Outside id in “%(column)s”") % {"column": column}
            found.append({"name": OUTSIDE_ID, "label": text})
        for row in self.rows:
            if row.field is not None and self._may_be_key(row.rule.field, row.field):
                found.append({"name": row.rule.field, "label": capital(row.field)})
        whole = self.target.profile.whole
        if whole is not None:
            found.append({"name": WHOLE, "label": str(whole.label)})
        if ROW_NUMBER in self.plan.match or not found:
            found.append({"name": ROW_NUMBER, "label": _("The row's number in the file")})
        return [one | {"is_chosen": one["name"] in self.plan.match} for one in found]

    def _may_be_key(self, name: str, one: Field) -> bool:
        if "." in name or name in self.plan.match:
            return "." not in name
        return one.kind in _KEYS or any(name in key for key in self.target.profile.keys)

    def constants(self) -> Iterator[dict[str, Any]]:
        """Values for every row, with two empty lines for more."""
        index = 0
        for name, constant in self.plan.constants.items():
            where = [
                (str(self.fields[key].label), texts)
                for key, texts in constant.where.items()
                if key in self.fields
            ]
            yield {"index": index, "field": name, "constant": constant, "where": where}
            index += 1
        for extra in range(2):
            yield {"index": index + extra, "field": "", "constant": Constant(""), "where": []}

    @property
    def example(self) -> str:
        """A column of this very file as a value may name it."""
        return f"{{{self.facts[0].name}}}" if self.facts else "{row}"

    def missing(self) -> list[str]:
        """Required fields that nothing fills."""
        used = self.plan.fields()
        return [
            capital(one)
            for name, one in self.fields.items()
            # What names other records is chosen by the service when nobody says it.
            if one.required and name not in used and "." not in name and one.kind not in _DEFAULTED
        ]

    def left_out(self) -> list[str]:
        """Columns that go nowhere, where a text field could take them."""
        if not {"description", "body"} & set(self.fields):
            return []
        return [row.facts.name for row in self.rows if not row.is_used and row.facts.filled]

    def undecided(self) -> list[str]:
        """Columns whose dates can be read in two ways and that nobody has decided yet."""
        return [row.facts.name for row in self.rows if row.asks_date and not row.rule.date]

    # One column.

    def _row(self, index: int, facts: ColumnFacts) -> ColumnRow:
        rule = self.plan.columns.setdefault(facts.name, ColumnRule())
        row = ColumnRow(index, facts, rule, self.fields.get(rule.field))
        one = row.field
        if one is None:
            return row
        if one.kind in DATES:
            row.dates = self._date_options(facts)
            row.asks_date = facts.date_ambiguous
        elif one.kind in NUMBERS:
            row.numbers = self._number_options(facts)
        elif one.kind in REFERENCES:
            self._fill_references(row, one)
        elif one.kind is Kind.CHOICE:
            self._fill_choices(row, one)
        self._count_bad(row, one)
        return row

    def _date_options(self, facts: ColumnFacts) -> list[tuple[str, str]]:
        found = []
        sample = telling_date(facts)
        for order in DateOrder:
            day = parse_date(sample, order) if sample else None
            if day is not None:
                shown = formats.date_format(day, "j E Y")
                found.append((order.value, f"{order_label(order)}: {sample} → {shown}"))
            elif order != DateOrder.SERIAL:
                found.append((order.value, order_label(order)))
        return found

    def _number_options(self, facts: ColumnFacts) -> list[tuple[str, str]]:
        sample = next((text for text in facts.values if "," in text or "." in text), "")
        readings = {style: parse_number(sample, style) for style in NumberStyle} if sample else {}
        if len({value for value in readings.values() if value is not None}) < 2:
            return []
        return [
            (style.value, f"{sample} → {value:f}") for style, value in readings.items() if value is not None
        ]

    def _fill_references(self, row: ColumnRow, one: Field) -> None:
        finder = self.references.finder(row.rule.field, one)
        row.makes = finder.make is not None
        row.unknown = row.rule.unknown or finder.unknown
        texts = {text: row.rule.values.get(text, text) for text in row.facts.values}
        ids = finder.find([text for text in texts.values() if text])
        names = self._names(one, set(ids.values()))
        for text, read in texts.items():
            pk = ids.get(fold(read))
            self._add_value(row, text, read, names.get(pk, "") if pk else "")
        self._order(row)
        self._hint(row, self._known_names(one))

    def _fill_choices(self, row: ColumnRow, one: Field) -> None:
        for text in row.facts.values:
            read = row.rule.values.get(text, text)
            try:
                found = one.text(one.parse(read)) if read else ""
            except FieldError:
                found = ""
            self._add_value(row, text, read, found)
        self._order(row)
        self._hint(row, [str(label) for _value, label in one.choices])

    @staticmethod
    def _add_value(row: ColumnRow, text: str, read: str, found: str) -> None:
        state = "new"
        if text in row.rule.values:
            state = "told"
        elif found:
            state = "same" if fold(found) == fold(text) else "like"
        to = row.rule.values.get(text, "")
        row.values.append(ValueRow(text, row.facts.values[text], to, found, state))

    @staticmethod
    def _order(row: ColumnRow) -> None:
        places = {"new": 0, "like": 1, "told": 1, "same": 2}
        row.values.sort(key=lambda one: (places[one.state], -one.count))
        row.values_hidden = max(0, len(row.values) - VALUES_SHOWN)

    @staticmethod
    def _names(one: Field, ids: set[int]) -> dict[int, str]:
        assert one.to is not None
        return {pk: str(row) for pk, row in one.to._base_manager.in_bulk(ids).items()}

    @staticmethod
    def _known_names(one: Field) -> list[str]:
        assert one.to is not None
        return [str(row) for row in one.to._default_manager.all()[:NAMES_COMPARED]]

    @staticmethod
    def _hint(row: ColumnRow, names: Sequence[str]) -> None:
        """Offer a known name for a text that looks like a slip of the finger."""
        folded = {fold(name): name for name in names}
        for one in row.values[:VALUES_SHOWN]:
            if one.state == "new":
                close = get_close_matches(fold(one.text), list(folded), n=1, cutoff=0.84)
                one.hint = folded[close[0]] if close else ""

    def _count_bad(self, row: ColumnRow, one: Field) -> None:
        """Try the known texts of a column, so that a wrong choice is seen before any check."""
        if one.kind in REFERENCES or one.kind is Kind.CHOICE or (row.asks_date and not row.rule.date):
            return
        read = column_reader(one, row.rule, UTC)
        for text, count in row.facts.values.items():
            try:
                read(row.rule.values.get(text, text))
            except FieldError as refused:
                row.bad += count
                row.bad_text = row.bad_text or str(refused)


_KEYS = frozenset({Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.INTEGER})
_DEFAULTED = frozenset({*REFERENCES, Kind.CHOICE, Kind.YES_NO})


def capital(one: Field) -> str:
    """A field's label as the first word of a line."""
    label = str(one.label)
    return label[:1].upper() + label[1:]


def telling_date(facts: ColumnFacts) -> str:
    """A sample that reads differently by order, if there is one."""
    for text in facts.values:
        found = {parse_date(text, order) for order in (DateOrder.DMY, DateOrder.MDY)}
        if None not in found and len(found) == 2:
            return text
    return next(iter(facts.values), "")


def read_form(data: QueryDict, kept: ImportFile, target: Target, access: Access) -> ImportPlan:
    """Read the mapping page's form."""
    facts = facts_of(kept.survey)
    fields = target.fields(access)
    known = {OUTSIDE_ID, *fields}
    plan = ImportPlan(
        match=[name for name in data.getlist("match") if name in known | {ROW_NUMBER, WHOLE}],
        mode=data.get("mode", "upsert"),
        source=data.get("source", "").strip()[:80],
        clear_empty="clear_empty" in data,
    )
    for index, column in enumerate(facts):
        plan.columns[column.name] = _read_column(data, f"col-{index}", column, known)
    rest = next((name for name in ("description", "body") if name in fields), "")
    if "keep_rest" in data and rest:
        for rule in plan.columns.values():
            rule.field = rule.field or rest
    for index in range(len(fields)):
        name, text = data.get(f"const-{index}-field", ""), data.get(f"const-{index}-value", "").strip()
        if name in fields:
            where = data.getlist(f"const-{index}-where")
            pairs = {key: data.getlist(f"const-{index}-where-{key}") for key in where if key in known}
            plan.constants[name] = Constant(text, f"const-{index}-always" in data, pairs)
    plan.match = [
        name
        for name in plan.match
        if name in (ROW_NUMBER, WHOLE) or plan.column_of(name) or name in plan.constants
    ]
    return plan


def _read_column(data: QueryDict, prefix: str, column: ColumnFacts, known: set[str]) -> ColumnRule:
    name = data.get(f"{prefix}-field", "")
    rule = rule_for(column, name if name in known else "")
    if f"{prefix}-date" in data:
        date = data[f"{prefix}-date"]
        rule.date = date if date in set(DateOrder) else ""
    elif column.date_ambiguous:
        rule.date = ""
    number = data.get(f"{prefix}-number", "")
    rule.number = number if number in set(NumberStyle) else rule.number
    unknown = data.get(f"{prefix}-unknown", "")
    rule.unknown = unknown if unknown in ("create", "empty", "error") else ""
    froms, tos = data.getlist(f"{prefix}-from"), data.getlist(f"{prefix}-to")
    rule.values = {old: new.strip() for old, new in zip(froms, tos, strict=False) if new.strip()}
    return rule
