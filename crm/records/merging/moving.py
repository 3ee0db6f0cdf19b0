"""Moving what belongs to the records that go to the one that stays.

Rows without rules of their own change hands in one statement that writes the journal too;
the others are read and judged: what the survivor has already stays behind.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection

from crm.records import copying
from crm.records.models import JournalEntry
from crm.records.registry import service_for

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from crm.records.journal import JournalWriter
    from crm.records.merging.held import Held
    from crm.records.models import Job

CHUNK = 1000

#: Writes the journal and changes hands at once. A record's version stays: nothing that a form shows
#: beside the reference has changed, so an open form is not told of a conflict.
PLAIN = """
WITH moved AS (
    SELECT id, {column} AS old{stamps} FROM {table} WHERE {column} = ANY(%(ids)s){typed} FOR UPDATE
), noted AS (
    INSERT INTO {journal} (job_id, model, object_id, before, after)
    SELECT %(job)s, %(model)s, id,
        jsonb_build_object(%(attname)s::text, old{before}),
        jsonb_build_object(%(attname)s::text, %(to)s::bigint{after})
    FROM moved ORDER BY id
)
UPDATE {table} t SET {column} = %(to)s{stamp} FROM moved WHERE t.id = moved.id RETURNING t.id
"""


@dataclass(slots=True)
class Merge:
    """What every step must know: who becomes whom, when, and where undo is kept."""

    survivor: Any
    absorbed: Sequence[Any]
    at: datetime
    job: Job
    journal: JournalWriter
    #: Field → id of the record whose value was chosen.
    chosen: Mapping[str, int] = field(default_factory=dict)

    @property
    def type_id(self) -> int:
        return int(self.survivor.record_type.id)

    @property
    def ids(self) -> list[int]:
        """The records that go, those with the better claim first."""
        return [record.pk for record in self.absorbed]


def lock_records(held: Sequence[Held], type_id: int, ids: Collection[int]) -> None:
    """Lock the records that will move before those that are merged.

    Whoever edits a deal locks it first and touches its company afterwards; in the same order
    nobody waits for each other in a circle.
    """
    for one in held:
        if one.is_record:
            rows = one.rows(type_id, ids).select_for_update(of=("self",)).order_by("pk")
            list(rows.values_list("pk", flat=True))


def move(held: Held, merge: Merge) -> tuple[int, int]:
    """Move the rows of one declaration; return how many moved, and how many stayed behind."""
    moved, stayed = (_all_at_once(held, merge), []) if held.is_plain else _judged(held, merge)
    if moved and held.is_record and held.is_searched:
        service = service_for(held.table)
        for start in range(0, len(moved), CHUNK):
            service.reindex(moved[start : start + CHUNK])
    return len(moved), len(stayed)


def _all_at_once(held: Held, merge: Merge) -> list[int]:
    quote = connection.ops.quote_name
    meta = held.table._meta
    found: Any = meta.get_field(held.by)
    is_record = held.is_record
    statement = PLAIN.format(
        table=quote(meta.db_table),
        column=quote(str(found.column)),
        journal=quote(JournalEntry._meta.db_table),
        typed=f" AND {quote(held.type_column)} = %(type)s" if held.type_column else "",
        stamps=", version, updated_at" if is_record else "",
        before=", 'version', version, 'updated_at', updated_at" if is_record else "",
        after=", 'version', version, 'updated_at', %(at)s::timestamptz" if is_record else "",
        stamp=", updated_at = %(at)s" if is_record else "",
    )
    values = {
        "ids": merge.ids,
        "to": merge.survivor.pk,
        "type": merge.type_id,
        "job": merge.job.pk,
        "model": meta.label_lower,
        "attname": held.column,
        "at": merge.at,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return sorted(pk for (pk,) in cursor.fetchall())


class _Sorter:
    """Judges the rows of one declaration: who moves, who stays, which is the main one."""

    def __init__(self, held: Held, merge: Merge) -> None:
        self.held, self.merge = held, merge
        self.one = {merge.survivor.pk, *merge.ids}
        rows = list(held.rows(merge.type_id, self.one).select_for_update(of=("self",)).order_by("pk"))
        self.before = {row.pk: _values(row) for row in rows}
        order = {pk: place for place, pk in enumerate((merge.survivor.pk, *merge.ids))}
        self.rows = sorted(rows, key=lambda row: (order[getattr(row, held.column)], row.pk))
        self.holder = {row.pk: getattr(row, held.column) for row in rows}
        #: Each row's counterpart among the survivor's: itself, unless it stays behind.
        self.twin: dict[int, Any] = {}
        self.stayed: list[Any] = []

    def run(self) -> None:
        known: dict[tuple[Any, ...], Any] = {}
        for row in self.rows:
            own = self.holder[row.pk] == self.merge.survivor.pk
            if self.held.stays is not None and self.held.stays(row, self.one):
                self.stayed += [] if own else [row]
                continue
            key = tuple(getattr(row, name) for name in self.held.same)
            twin = known.setdefault(key, row) if self.held.same else row
            self.twin[row.pk] = twin
            if twin is row:
                self._take(row, own=own)
            elif not own:
                self._leave(row, twin)
        if self.held.main:
            self._settle_mains()

    def _take(self, row: Any, *, own: bool) -> None:
        if own:
            return
        setattr(row, self.held.column, self.merge.survivor.pk)
        if self.held.copies is not None:
            for name, value in self.held.copies(self.merge.survivor).items():
                setattr(row, name, value)

    def _leave(self, row: Any, twin: Any) -> None:
        self.stayed.append(row)
        for name in self.held.fill:
            setattr(twin, name, getattr(twin, name) or getattr(row, name))
        for name in self.held.hands_over:
            if getattr(row, name):
                setattr(row, name, False)
                setattr(twin, name, True)

    def _settle_mains(self) -> None:
        """Leave one main row per group: of the record whose value was chosen, else the first that has one."""
        name = self.held.main
        mains: dict[tuple[Any, ...], dict[int, Any]] = defaultdict(dict)
        for row in self.rows:
            if self.before[row.pk][name] and row.pk in self.twin:
                group = tuple(getattr(row, part) for part in self.held.main_by)
                mains[group][self.holder[row.pk]] = row
        for by_holder in mains.values():
            first = next(iter(by_holder.values()))
            field_name = self.held.chosen_by(first) if self.held.chosen_by else ""
            chosen = by_holder.get(self.merge.chosen.get(field_name, self.merge.survivor.pk), first)
            winner = self.twin[chosen.pk]
            for row in by_holder.values():
                counterpart = self.twin[row.pk]
                setattr(counterpart, name, counterpart is winner)
            setattr(winner, name, True)

    @property
    def changed(self) -> list[tuple[Any, dict[str, Any]]]:
        """Rows that differ from what they were, with the old values."""
        found = []
        for row in self.rows:
            now = _values(row)
            before = {name: old for name, old in self.before[row.pk].items() if now[name] != old}
            if before:
                found.append((row, before))
        return found


def _values(row: Any) -> dict[str, Any]:
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}


def _judged(held: Held, merge: Merge) -> tuple[list[int], list[Any]]:
    sorter = _Sorter(held, merge)
    sorter.run()
    changed = sorter.changed
    if not changed:
        return [], sorter.stayed
    table = held.table
    # A row stops being the main one before another becomes it.
    for mark in {held.main, *held.hands_over} - {""}:
        demoted = [row.pk for row, before in changed if before.get(mark)]
        table._base_manager.filter(pk__in=demoted).update(**{mark: False})
    if held.is_record:
        table._base_manager.filter(pk__in=[row.pk for row, _before in changed]).update(updated_at=merge.at)
    by_attname = {one.attname: one.name for one in table._meta.concrete_fields}
    names = sorted({by_attname[name] for _row, before in changed for name in before})
    copying.update(table, [row for row, _before in changed], names)
    for row, before in changed:
        if held.is_record:
            before |= {"version": row.version, "updated_at": row.updated_at}
            row.updated_at = merge.at
        merge.journal.noted(row, before)
    moved = [row.pk for row, before in changed if held.column in before]
    return moved, sorter.stayed
