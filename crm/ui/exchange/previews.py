"""The rows of a check or an import as a table: a column per field, a cell per change or mistake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.records.importing.mapping import OUTSIDE_ID, ImportPlan, read_plan
from crm.ui.exchange.mapping import capital

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.importing.targets import Target
    from crm.records.models import Job

OUTCOMES = ("error", "duplicate", "updated", "created", "unchanged")


@dataclass
class PreviewCell:
    """One cell: what it held and holds, or why it was refused."""

    before: str = ""
    after: str = ""
    reason: str = ""
    state: str = ""  # new, changed, bad, raw


@dataclass
class PreviewRow:
    """One row of the file."""

    line: int
    outcome: str
    title: str = ""
    problems: list[str] = field(default_factory=list)
    cells: list[PreviewCell] = field(default_factory=list)


@dataclass
class Preview:
    """The table: its columns, its rows, and how many rows of each outcome are kept."""

    columns: list[str]
    rows: list[PreviewRow]
    kept: dict[str, int]
    shown: str = ""

    @property
    def kinds(self) -> int:
        """How many different outcomes there are to choose from."""
        return sum(count > 0 for count in self.kept.values())


def preview_of(job: Job, target: Target, header: Sequence[str], shown: str = "") -> Preview:
    """Lay the rows that a job kept out as a table, those of one outcome only if wanted."""
    plan = read_plan(job.params["plan"])
    rows: list[dict[str, Any]] = job.result.get("rows", [])
    kept = {outcome: sum(row["outcome"] == outcome for row in rows) for outcome in OUTCOMES}
    names = columns_of(plan, header, rows)
    fields = target.fields()
    wanted = [row for row in rows if not shown or row["outcome"] == shown]
    labels = [capital(fields[name]) if name in fields else label_of(name) for name in names]
    return Preview(labels, [row_of(row, names, plan) for row in wanted], kept, shown)


def label_of(name: str) -> str:
    """The head of a column that is no field."""
    return _("Outside id") if name == OUTSIDE_ID else name


def columns_of(plan: ImportPlan, header: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The fields in the order of the file, then those that only constants and rules fill."""
    ordered = [
        plan.columns[name].field for name in header if name in plan.columns and plan.columns[name].field
    ]
    touched = {cell["name"] for row in rows for cell in row.get("cells", ())}
    has_errors = any(row.get("raw") for row in rows)
    own = [name for name in ordered if name in touched or has_errors]
    return list(dict.fromkeys([*own, *sorted(touched - set(own))]))


def row_of(row: Mapping[str, Any], names: Sequence[str], plan: ImportPlan) -> PreviewRow:
    """One row with its cells under the right heads."""
    found = PreviewRow(row["line"], row["outcome"], row.get("title", ""))
    problems = {one["column"]: one for one in row.get("problems", ())}
    raw = row.get("raw", {})
    cells = {cell["name"]: cell for cell in row.get("cells", ())}
    for name in names:
        column = plan.column_of(name)
        if column in problems and column:
            reason = problems.pop(column)["reason"]
            found.cells.append(PreviewCell(after=raw.get(column, ""), reason=reason, state="bad"))
        elif raw:
            found.cells.append(PreviewCell(after=raw.get(column, ""), state="raw"))
        elif name in cells:
            state = "new" if row["outcome"] == "created" else "changed"
            found.cells.append(PreviewCell(cells[name]["before"], cells[name]["after"], "", state))
        else:
            found.cells.append(PreviewCell())
    found.problems = [
        f"{one['column']}: {one['reason']}" if one["column"] else one["reason"] for one in problems.values()
    ]
    return found
