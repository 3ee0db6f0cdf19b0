"""Writing one set of rows: which make records, which change one, and what stands against the others."""

from __future__ import annotations

import logging
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from crm.lib.tabular import Shape, Table, open_table
from crm.records.importing.cells import revive
from crm.records.importing.mapping import OUTSIDE_ID, ImportPlan, read_plan
from crm.records.importing.matching import Matcher, clashes
from crm.records.importing.pending import Names, Pending, part_values, refuse
from crm.records.importing.references import References
from crm.records.importing.report import Report, Texts
from crm.records.importing.staging import StagedRow, Staging
from crm.records.importing.targets import PartRow, Target, Writing, target_of
from crm.records.models import ImportFile, Job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

logger = logging.getLogger(__name__)


class Landing:
    """What one job knows of its file, and how a set of its rows becomes records."""

    def __init__(self, job: Job, *, dry: bool, at: datetime) -> None:
        self.job = job
        self.dry = dry
        self.file = ImportFile.objects.get(pk=job.params["file"])
        self.target: Target = target_of(self.file.target)
        self.plan: ImportPlan = read_plan(job.params["plan"])
        self.fields = self.target.fields()
        self.staging = Staging(job)
        self.writing = Writing(job.actor, at, job)
        self.references = References(self.writing)
        self.matcher = Matcher(self.target, self.plan)
        self.report = Report(self.plan, self.fields)
        self.texts = Texts(self.fields, self.references.made)
        self.own = {
            name
            for name in self.plan.fields()
            if name in self.fields and self.fields[name].to is self.target.model
        }
        self.names = Names(self.plan, self.fields, self.references, self.own)
        used = self.plan.fields()
        self.parts = [part for part in self.target.parts if used & set(part.names())]
        self.total = max(1, self.file.rows)
        self.told: set[tuple[str, str]] = set()  # made records that the cursor counts already

    @cached_property
    def table(self) -> Table:
        """The file. Of a workbook this reads the whole sheet, so who only writes rows does without."""
        return open_table(Path(self.file.stored.path), Shape(**self.file.shape))

    @property
    def header(self) -> Sequence[str]:
        return (self.job.cursor or {}).get("header") or self.table.header

    def _write_carefully(self, rows: Sequence[StagedRow]) -> None:
        """Write a set; when the database refuses it as a whole, find the row to blame by halves."""
        before, parts = {row.n: row.errors for row in rows}, dict(self.report.parts)
        try:
            with transaction.atomic():
                self._write(rows)
        except (DataError, IntegrityError, ValidationError, ValueError) as refused:
            self.report.parts = parts
            self.references.forget_made()
            for row in rows:
                row.outcome, row.record_id, row.errors = None, None, before[row.n]
            if len(rows) > 1:
                middle = len(rows) // 2
                self._write_carefully(rows[:middle])
                self._write_carefully(rows[middle:])
                return
            logger.info("Row %s of %s was refused", rows[0].line, self.file, exc_info=True)
            refuse(rows[0], "", str(refused).splitlines()[0])
            self.report.count(rows[0])

    def _write(self, rows: Sequence[StagedRow]) -> None:
        pending = self._pending(rows)
        followers = [one for one in pending if one.row.twin is not None]
        creates, updates = self._sorted([one for one in pending if one.row.twin is None])
        made = self._create(creates)
        changed = self._update(updates)
        done = {one.row.n: one for one in (*creates, *updates) if one.row.outcome != "error"}
        self._remember(done, made)
        self._write_parts([*done.values(), *self._followed(followers, done)])
        besides = {
            one.row.n: self._besides(one) for one in done.values() if self.report.wants(one.row.outcome)
        }
        for row in rows:
            self.report.count(row)
            draft = made.get(row.n) or changed.get(row.n)
            self.report.show(row, self.header, draft, self.texts, besides.get(row.n, {}))

    def _besides(self, one: Pending) -> dict[str, Any]:
        """What a row brings beyond its own record's fields."""
        later = {name: one.row.data["set"].get(name) for name in self.own if name not in one.values}
        if one.row.outcome == "created" and self.plan.column_of(OUTSIDE_ID):
            later[OUTSIDE_ID] = one.outside_id
        return later | {name: value for name, value in one.values.items() if "." in name}

    def _pending(self, rows: Sequence[StagedRow]) -> list[Pending]:
        good = []
        for row in rows:
            if row.errors:
                row.outcome = "error"
            elif row.twin is not None and not self.parts:
                refuse(row, "", _("Same key as in line %(line)s.") % {"line": row.twin}, "duplicate")
            else:
                good.append(self._revived(row))
        for one in good:
            self._check_parts(one)
        self.names.resolve(good)
        self.names.check([row for row in rows if row.outcome == "error"])
        return [one for one in good if one.row.outcome is None]

    def _revived(self, row: StagedRow) -> Pending:
        values = {name: revive(self.fields[name], raw) for name, raw in row.data["set"].items()}
        for_new = {name: revive(self.fields[name], raw) for name, raw in row.data["new"].items()}
        return Pending(row, values, for_new, row.data["id"])

    def _check_parts(self, one: Pending) -> None:
        for part in self.parts:
            for name, reason in part.check(part_values(part, one.values)).items():
                column = self.plan.column_of(f"{part.key}.{name}") or str(part.label)
                refuse(one.row, column, reason)

    def _sorted(self, pending: Sequence[Pending]) -> tuple[list[Pending], list[Pending]]:
        """Decide which rows make records and which change one."""
        found = self.matcher.match([(one.row.n, one.told, one.outside_id) for one in pending])
        again = {n: numbers[0] for numbers in clashes(found).values() for n in numbers[1:]}
        records = self.target.alive().in_bulk({pk for ids in found.values() for pk in ids})
        seen = self.target.seen_by(self.writing.actor, records)
        creates: list[Pending] = []
        updates: list[Pending] = []
        for one in pending:
            ids = found.get(one.row.n, set())
            if ids and not ids <= seen:
                refuse(one.row, "", self._hidden([records[pk] for pk in sorted(ids - seen)]))
            elif len(ids) > 1:
                refuse(one.row, "", self._several([records[pk] for pk in sorted(ids)]))
            elif not ids and self.plan.mode == "update":
                refuse(one.row, "", _("There is no such record to update."))
            elif not ids:
                creates.append(one)
            elif one.row.n in again:
                refuse(one.row, "", _("An earlier row means the same record."), "duplicate")
            else:
                one.record = records[next(iter(ids))]
                self._take_found(one, updates)
        return creates, updates

    def _take_found(self, one: Pending, updates: list[Pending]) -> None:
        one.row.record_id = one.record.pk
        if self.plan.mode == "create":
            text = _("It is there already: %(title)s.")
            refuse(one.row, "", text % {"title": one.record}, "duplicate")
        else:
            updates.append(one)

    @staticmethod
    def _hidden(records: Sequence[Any]) -> str:
        """Tell that a record is there, and whom to ask, but nothing of it."""
        owner = next((str(one.owner) for one in records if getattr(one, "owner", None)), "")
        if not owner:
            return _("Such a record is there already, but you may not see it. Ask an administrator.")
        text = _("Such a record is there already, but you may not see it. Ask %(owner)s.")
        return text % {"owner": owner}

    @staticmethod
    def _several(records: Sequence[Any]) -> str:
        names = ", ".join(f"{record} (#{record.pk})" for record in records[:3])
        text = _("%(count)s records fit: %(names)s. Merge them or choose another key.")
        return text % {"count": len(records), "names": names}

    def _create(self, pending: Sequence[Pending]) -> dict[int, Any]:
        rows = [
            {
                name: value
                for name, value in (one.for_new | _filled(one.values)).items()
                if value is not None and "." not in name
            }
            for one in pending
        ]
        drafts = self.target.create(rows, self.writing) if rows else []
        for one, draft in zip(pending, drafts, strict=True):
            self._settle(one, draft)
        return {one.row.n: draft for one, draft in zip(pending, drafts, strict=True)}

    def _update(self, pending: Sequence[Pending]) -> dict[int, Any]:
        changes = [
            {
                name: value
                for name, value in one.values.items()
                if "." not in name and (value is not None or self.plan.clear_empty)
            }
            for one in pending
        ]
        records = [one.record for one in pending]
        drafts = self.target.update(records, changes, self.writing) if records else []
        by_id = {draft.record.pk: draft for draft in drafts}
        for one in pending:
            draft = by_id.get(one.record.pk)
            if draft is None:
                refuse(one.row, "", _("The record was deleted meanwhile."))
            else:
                self._settle(one, draft)
        return {one.row.n: by_id[one.record.pk] for one in pending if one.record.pk in by_id}

    def _settle(self, one: Pending, draft: Any) -> None:
        if not draft.errors:
            one.record = draft.record
            one.row.record_id = draft.record.pk
            one.row.outcome = draft.outcome
            return
        for name, notes in draft.errors.items():
            field = self.fields.get(name)
            column = self.plan.column_of(name) or (str(field.label) if field else "")
            refuse(one.row, column, " ".join(note.message for note in notes))

    def _remember(self, done: dict[int, Pending], made: dict[int, Any]) -> None:
        pairs = [(one.outside_id, one.record.pk, n in made) for n, one in done.items()]
        self.matcher.remember(pairs, self.writing)

    def _followed(self, followers: Sequence[Pending], done: dict[int, Pending]) -> list[Pending]:
        """Rows that repeat a key only to bring another part: another call with the same person."""
        records = {one.row.key: one.record for one in done.values()}
        earlier = [one for one in followers if one.row.key not in records]
        found = self.matcher.match([(one.row.n, one.told, one.outside_id) for one in earlier])
        alive = self.target.alive().in_bulk({pk for ids in found.values() for pk in ids})
        for one in followers:
            ids = found.get(one.row.n, set())
            one.record = records.get(one.row.key) or (alive.get(next(iter(ids))) if len(ids) == 1 else None)
            if one.record is None:
                refuse(one.row, "", _("Same key as in line %(line)s.") % {"line": one.row.twin})
            else:
                one.row.outcome, one.row.record_id = "unchanged", one.record.pk
        return [one for one in followers if one.record is not None]

    def _write_parts(self, pending: Sequence[Pending]) -> None:
        for part in self.parts:
            rows = [(one, part_values(part, one.values)) for one in pending]
            rows = [(one, values) for one, values in rows if values]
            made = part.write([PartRow(one.record, values) for one, values in rows], self.writing)
            self.report.parts[part.key] = self.report.parts.get(part.key, 0) + sum(made)
            for (one, _values), is_new in zip(rows, made, strict=True):
                if is_new and one.row.outcome == "unchanged":
                    one.row.outcome = "updated"


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
