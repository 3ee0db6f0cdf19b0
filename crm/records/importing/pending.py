"""One row on its way to a record: its values, the record it means, and what stands against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.records.importing.cells import REFERENCES
from crm.records.importing.targets import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.fields import Field
    from crm.records.importing.mapping import ImportPlan
    from crm.records.importing.references import References
    from crm.records.importing.staging import StagedRow
    from crm.records.importing.targets import Part


@dataclass
class Pending:
    """One row that is good so far."""

    row: StagedRow
    values: dict[str, Any]
    for_new: dict[str, Any]
    outside_id: str
    record: Any = None

    @property
    def told(self) -> dict[str, Any]:
        """Everything that is said of the record, what only new ones get included."""
        return self.for_new | {name: one for name, one in self.values.items() if one is not None}


def refuse(row: StagedRow, column: str, reason: str, outcome: str = "error") -> None:
    """Note why a row does not land."""
    row.outcome = outcome
    row.errors = (row.errors or {}) | {column: reason}


def part_values(part: Part, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row holds for a part, by the part's own field names."""
    return {
        one.name: values[name] for name, one in part.names().items() if values.get(name) not in (None, "")
    }


@dataclass
class Names:
    """Puts records in the place of their names, for the rows of a chunk."""

    plan: ImportPlan
    fields: Mapping[str, Field]
    references: References
    own: set[str]  # fields that refer to records of the same type

    def resolve(self, pending: Sequence[Pending]) -> None:
        """Find or make what the rows name; refuse rows whose names stay unknown."""
        for name, one in self.fields.items():
            if one.kind not in REFERENCES:
                continue
            texts = {place[name] for row in pending for place in (row.values, row.for_new) if place.get(name)}
            if not texts:
                continue
            rule = self.plan.columns.get(self.plan.column_of(name))
            # Records of the same file are linked at the end, when all of them are there.
            unknown = "empty" if name in self.own else rule.unknown if rule else ""
            ids = self.references.resolve(name, one, texts, unknown)
            for row in pending:
                self._put(row, name, ids, unknown)

    def _put(self, pending: Pending, name: str, ids: Mapping[str, int | None], unknown: str) -> None:
        for place in (pending.values, pending.for_new):
            text = place.get(name)
            if not text:
                continue
            found = ids.get(fold(text))
            if found is not None:
                place[name] = found
            elif unknown == "empty":
                del place[name]
            else:
                column = self.plan.column_of(name) or str(self.fields[name].label)
                refuse(pending.row, column, self.references.reason(name, text))

    def check(self, refused: Sequence[StagedRow]) -> None:
        """Tell of unknown names in rows that are refused anyway: one look shows all mistakes."""
        for name, one in self.fields.items():
            column = self.plan.column_of(name)
            rule = self.plan.columns.get(column)
            if one.kind not in REFERENCES or rule is None:
                continue
            rows = [row for row in refused if row.data["set"].get(name) and column not in (row.errors or {})]
            policy = rule.unknown or self.references.finder(name, one).unknown
            if policy != "error" or not rows:
                continue
            ids = self.references.resolve(name, one, {row.data["set"][name] for row in rows}, "error")
            for row in rows:
                if ids.get(fold(row.data["set"][name])) is None:
                    refuse(row, column, self.references.reason(name, row.data["set"][name]))
