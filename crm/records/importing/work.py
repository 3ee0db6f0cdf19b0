"""The import itself: rows are staged, then written in chunks, each in one transaction.

Checking does everything that importing does and takes each chunk back, so that what it
promises is what will happen. That a chunk is done is saved with it, so each row lands once,
however many workers share the chunks and whichever of them are killed.
"""

from __future__ import annotations

import json
import time
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from crm.identity.models import Organisation
from crm.lib import queue
from crm.records.importing.cells import REFERENCES, RowReader
from crm.records.importing.chunks import Chunks, is_deadlock
from crm.records.importing.landing import Landing
from crm.records.importing.mapping import ROW_NUMBER
from crm.records.importing.matching import row_key
from crm.records.importing.report import OUTCOMES, Report
from crm.records.importing.staging import StagedRow
from crm.records.importing.targets import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STAGED_AT_ONCE = 5000
CHUNK = 1000
#: An import of more chunks than these is shared by so many workers.
FEW_CHUNKS = 3
WORKERS = 2
HELP = "crm.records.tasks.help_import"
MARK = "UPDATE records_job SET cursor = coalesce(nullif(cursor, 'null'), '{}') || %s::jsonb WHERE id = %s"
READING_SHARE = 10  # percent of the bar that reading the file takes


class ImportWork(Landing):
    """One job that checks or imports one file."""

    def run(self) -> Report:
        """Do all of it, or what a killed worker left."""
        if self.dry:
            self.stage()
            self.try_rows()
            return self.report
        cursor: dict[str, Any] = self.job.cursor or {}
        if not cursor.get("staged") or not self.staging.exists():
            self._mark(staged=False)
            self.stage()
            self._mark(staged=True)
        self.write_chunks()
        cursor = self.job.cursor = self.chunks().cursor()
        self.report.counts.update(cursor.get("counts", {}))
        self.report.parts = dict(cursor.get("parts", {}))
        for name in sorted(self.own):
            self.link_among_themselves(name, cursor.get(f"later:{name}", 0))
        self.report.gather_errors(self.staging.refused(), self.header, self.texts)
        return self.report

    def _mark(self, *, staged: bool) -> None:
        """Tell helpers whether the rows are staged; what they note meanwhile stays."""
        with connection.cursor() as cursor:
            note = {"staged": staged, "header": list(self.table.header) if staged else []}
            cursor.execute(MARK, [json.dumps(note), self.job.pk])

    # Reading.

    def stage(self) -> None:
        """Read the whole file into the staging table."""
        zone = ZoneInfo(Organisation.load().time_zone)
        reader = RowReader(self.table.header, self.plan, self.fields, zone)
        self.staging.create()
        rows = self._read(reader)
        while batch := list(islice(rows, STAGED_AT_ONCE)):
            with transaction.atomic():
                self.staging.add(batch)
            self._progress(batch[-1].n * READING_SHARE // 100, _("Reading the file"))
        self.staging.find_twins()

    def _read(self, reader: RowReader) -> Iterator[StagedRow]:
        numbered = ROW_NUMBER in self.plan.match
        for n, (line, cells) in enumerate(self.table, 1):
            read = reader.read(n, cells)
            if numbered:
                read.outside_id = str(n)
            told = read.for_new | {name: one for name, one in read.values.items() if one is not None}
            key = row_key(self.plan, told, read.outside_id, self.target.profile.whole)
            yield StagedRow(n, line, key, list(cells), read.as_json(), read.errors or None)

    # Writing.

    def try_rows(self) -> None:
        """Write all rows chunk by chunk, and take each chunk back."""
        n = 0
        while rows := self.staging.after(n, CHUNK):
            n = rows[-1].n
            with transaction.atomic():
                self._write_carefully(rows)
                transaction.set_rollback(True)
            self.references.forget_made()
            self.staging.settle(rows)
            self._done(n)

    def chunks(self, worker: int = 0, workers: int = 1) -> Chunks:
        return Chunks(self.job, rows=self.staging.last(), size=CHUNK, worker=worker, workers=workers)

    def write_chunks(self) -> None:
        """Write all chunks that are left; once the first is done, have others help with the rest."""
        # A row that only brings another part must find the row before it, so these go in order.
        alone = bool(self.parts) and self.staging.has_twins()
        workers = 1 if alone or self.staging.last() <= FEW_CHUNKS * CHUNK else WORKERS
        chunks, is_first = self.chunks(0, workers), True
        for number in chunks:
            self.write_chunk(chunks, number)
            if is_first and workers > 1:
                is_first = False
                for worker in range(1, workers):
                    queue.enqueue(HELP, job_id=self.job.pk, worker=worker, workers=workers)

    def help(self, worker: int, workers: int, seconds: float) -> bool:
        """Write chunks of somebody else's import for a while; tell whether any are left."""
        until = time.monotonic() + seconds
        chunks = self.chunks(worker, workers)
        for number in chunks:
            self.write_chunk(chunks, number)
            if time.monotonic() > until:
                return True
        return False

    def write_chunk(self, chunks: Chunks, number: int) -> None:
        """Write one chunk, unless others have it."""
        first, last = chunks.bounds(number)
        self._make_references(chunks, first, last)
        self.report.counts, self.report.parts = dict.fromkeys(OUTCOMES, 0), {}
        try:
            with transaction.atomic():
                if not chunks.take(number):
                    return
                rows = self.staging.between(first, last)
                self._write_carefully(rows)
                self._keep(rows, (chunks, number))
        except OperationalError as error:
            if not is_deadlock(error):
                raise
            self.references.forget_made()  # the chunk is free again, and comes again
            return
        self._done(sum((self.job.cursor or {})["counts"].values()))

    def _make_references(self, chunks: Chunks, first: int, last: int) -> None:
        """Make the records that a chunk names before it is written: others then need not wait for it."""
        for name, one in self.fields.items():
            if one.kind not in REFERENCES or name in self.own:
                continue
            if texts := self.staging.texts_between(name, first, last):
                rule = self.plan.columns.get(self.plan.column_of(name))
                with transaction.atomic():
                    self.references.resolve(name, one, texts, rule.unknown if rule else "")
                    if made := self._news_of(name):
                        chunks.note_made({name: made})

    def _news_of(self, name: str) -> list[str]:
        """Return the names of made records that the cursor does not count yet; from now on it does."""
        texts = self.references.made.get(name, {})
        news = [text for folded, text in texts.items() if (name, folded) not in self.told]
        self.told |= {(name, folded) for folded in texts}
        return news

    def _keep(self, rows: Sequence[StagedRow], where: tuple[Chunks, int]) -> None:
        self.staging.settle(rows)
        chunks, number = where
        made = {name: self._news_of(name) for name in self.references.made}
        told = {"counts": self.report.counts, "parts": self.report.parts, "made": made}
        self.job.cursor = chunks.keep(number, told)

    def _done(self, n: int) -> None:
        share = READING_SHARE + (100 - READING_SHARE) * n // self.total
        self._progress(share * self.total // 100, self._message(n))

    def _message(self, n: int) -> str:
        text = _("%(done)s of %(total)s rows checked") if self.dry else _("%(done)s of %(total)s rows")
        return text % {"done": f"{n:,}", "total": f"{self.total:,}"}

    def _progress(self, done: int, message: str) -> None:
        self.job.progress(min(done, self.total), self.total, message)

    # Records of the file that refer to each other.

    def link_among_themselves(self, name: str, n: int) -> None:
        """Fill in a reference to records of the same file, now that all of them are there."""
        rule = self.plan.columns.get(self.plan.column_of(name))
        while rows := self.staging.with_data(name, n, CHUNK):
            n = rows[-1].n
            with transaction.atomic():
                self._link(name, rows, rule.unknown if rule else "")
                self.staging.settle(rows)
                self.job.checkpoint(
                    (self.job.cursor or {}) | {f"later:{name}": n, "counts": self.report.counts}
                )
            self._progress(self.total, _("Linking the records with each other"))

    def _link(self, name: str, rows: Sequence[StagedRow], unknown: str) -> None:
        texts = {row.data["set"][name] for row in rows}
        ids = self.references.resolve(name, self.fields[name], texts, unknown)
        changes = {
            row.record_id: {name: ids[fold(row.data["set"][name])]}
            for row in rows
            if row.record_id and ids.get(fold(row.data["set"][name]))
        }
        records = list(self.target.alive().filter(pk__in=changes).order_by("pk"))
        drafts = self.target.update(records, [changes[one.pk] for one in records], self.writing)
        outcomes = {draft.record.pk: draft for draft in drafts}
        for row in rows:
            draft = outcomes.get(row.record_id or 0)
            if draft is not None and draft.outcome == "updated" and row.outcome == "unchanged":
                row.outcome = "updated"
                self.report.counts["unchanged"] -= 1
                self.report.counts["updated"] += 1
