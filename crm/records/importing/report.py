"""What an import did or would do, in a form a page can show and a person can check.

Counts are exact; of rows, cells and errors the first are kept. Errors of one kind are counted
together, because four hundred bad dates are one mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.records.customfields.writing import changes_between
from crm.records.importing.cells import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db import models

    from crm.records.drafts import Draft
    from crm.records.fields import Field
    from crm.records.importing.mapping import ImportPlan
    from crm.records.importing.staging import StagedRow

OUTCOMES = ("created", "updated", "unchanged", "duplicate", "error")
REFUSED = ("duplicate", "error")
ROWS_SHOWN = 40  # of each outcome
ERRORS_SHOWN = 200
NAMES_SHOWN = 50


@dataclass
class Report:
    """Collects while the job runs."""

    plan: ImportPlan
    fields: Mapping[str, Field]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    parts: dict[str, int] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count(self, row: StagedRow) -> None:
        """Count one settled row."""
        assert row.outcome is not None
        self.counts[row.outcome] += 1
        for column, reason in (row.errors or {}).items():
            if row.outcome == "error":
                self._group(row, column, reason)

    def gather_errors(self, refused: Iterable[StagedRow], header: Sequence[str], texts: Texts) -> None:
        """Tell of all rows that did not land, whoever tried them."""
        self.groups = {}
        self.rows = [one for one in self.rows if one["outcome"] not in REFUSED]
        self.shown |= dict.fromkeys(REFUSED, 0)
        for row in refused:
            for column, reason in (row.errors or {}).items():
                if row.outcome == "error":
                    self._group(row, column, reason)
            self.show(row, header, None, texts, {})

    def _group(self, row: StagedRow, column: str, reason: str) -> None:
        # The quoted text differs from row to row, the mistake does not.
        kind = f"{column}|{_without_quotes(reason)}"
        group = self.groups.get(kind)
        if group is None:
            if len(self.groups) >= ERRORS_SHOWN:
                return
            group = {"column": column, "reason": reason, "count": 0, "lines": []}
            self.groups[kind] = group
        group["count"] += 1
        if len(group["lines"]) < 5:
            group["lines"].append(row.line)

    def wants(self, outcome: str | None) -> bool:
        """Tell whether another row of this outcome would be shown."""
        return outcome is not None and self.shown[outcome] < (
            ERRORS_SHOWN if outcome == "error" else ROWS_SHOWN
        )

    def show(
        self,
        row: StagedRow,
        header: Sequence[str],
        draft: Draft[Any] | None,
        texts: Texts,
        besides: Mapping[str, Any],
    ) -> None:
        """Keep one row to be shown: its cells before and after, or what was wrong.

        ``besides`` are values that the record's own draft does not hold: of parts, and of
        references to records of the same file.
        """
        assert row.outcome is not None
        if not self.wants(row.outcome):
            return
        self.shown[row.outcome] += 1
        entry: dict[str, Any] = {"line": row.line, "outcome": row.outcome}
        if row.record_id:
            entry["id"] = row.record_id
        if row.errors:
            entry["problems"] = problems(row, header)
            entry["raw"] = dict(zip(header, (cell[:200] for cell in row.cells), strict=False))
        if draft is not None:
            entry["title"] = str(draft.record)
        if draft is not None and row.outcome in ("created", "updated"):
            entry["cells"] = texts.cells(draft) + texts.besides(besides)
        self.rows.append(entry)

    def as_json(self, new: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """All of it, for the job's result."""
        order = {outcome: index for index, outcome in enumerate(("error", "updated", "created"))}
        counts = self.counts | {
            "rows": sum(self.counts.values()),
            "landing": self.counts["created"] + self.counts["updated"],
            "refused": self.counts["error"] + self.counts["duplicate"],
        }
        return {
            "counts": counts,
            "parts": self.parts,
            "rows": sorted(self.rows, key=lambda one: (order.get(one["outcome"], 9), one["line"])),
            "groups": sorted(self.groups.values(), key=lambda one: -one["count"]),
            "new": list(new),
        }


def problems(row: StagedRow, header: Sequence[str]) -> list[dict[str, str]]:
    """What was wrong with a row: the column, its text, the reason."""
    cells = dict(zip(header, row.cells, strict=False))
    return [
        {"column": column, "text": cells.get(column, "")[:200], "reason": reason}
        for column, reason in (row.errors or {}).items()
    ]


def reason_text(errors: Mapping[str, str] | None) -> str:
    """All reasons of a row in one cell of the file of failed rows."""
    return " ".join(f"{column}: {reason}" if column else reason for column, reason in (errors or {}).items())


@dataclass
class Texts:
    """Values as people read them: names instead of ids, "new" where a record is made on the way."""

    fields: Mapping[str, Field]
    made: Mapping[str, Mapping[str, str]]
    names: dict[tuple[str, int], str] = field(default_factory=dict)

    def cells(self, draft: Draft[Any]) -> list[dict[str, Any]]:
        """The changed cells of a draft, old and new."""
        if draft.is_new:
            return [
                {"name": name, "label": self._label(name), "before": "", "after": self.text(name, value)}
                for name, value in draft.changes.items()
                if value not in (None, "", [])
            ]
        columns = {one.attname: one for one in draft.record._meta.concrete_fields}
        found = []
        for attname, old in draft.before.items():
            name = columns[attname].name
            if name == "custom":
                found += self._custom_cells(draft, old)
            if name not in self.fields:
                continue
            new = getattr(draft.record, attname)
            found.append(
                {
                    "name": name,
                    "label": self._label(name),
                    "before": self.text(name, old),
                    "after": self.text(name, new),
                }
            )
        for name, (old, new) in draft.notes.items():
            found.append(
                {
                    "name": name,
                    "label": self._label(name),
                    "before": self.text(name, old),
                    "after": self.text(name, new),
                }
            )
        return found

    def _custom_cells(self, draft: Draft[Any], old: Mapping[str, Any]) -> list[dict[str, Any]]:
        changes = changes_between(type(draft.record), old, draft.record.custom)
        return [
            {
                "name": name,
                "label": self._label(name),
                "before": self.text(name, change["old"]),
                "after": self.text(name, change["new"]),
            }
            for name, change in changes.items()
        ]

    def besides(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Cells that go into other records of the row."""
        return [
            {"name": name, "label": self._label(name), "before": "", "after": self.text(name, value)}
            for name, value in values.items()
            if value not in (None, "", [])
        ]

    def text(self, name: str, value: Any) -> str:
        """One value as text."""
        one = self.fields.get(name)
        if one is None or value is None:
            return "" if value is None else str(value)
        if one.kind in REFERENCES and isinstance(value, int) and one.to is not None:
            return self._name(one.to, value)
        return one.text(value)[:300].removesuffix(" 00:00")

    def _name(self, model: type[models.Model], pk: int) -> str:
        key = (model._meta.label_lower, pk)
        if key not in self.names:
            row = model._base_manager.filter(pk=pk).first()
            self.names[key] = str(row) if row else str(pk)
        return self.names[key]

    def _label(self, name: str) -> str:
        one = self.fields.get(name)
        return str(one.label) if one else name


def _without_quotes(reason: str) -> str:
    start, end = reason.find("“"), reason.rfind("”")
    return reason[:start] + reason[end:] if 0 <= start < end else reason
