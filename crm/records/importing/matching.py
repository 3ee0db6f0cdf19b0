"""Which record a row means: by an outside id, by any field, or by several together."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from crm.records.importing.cells import REFERENCES
from crm.records.importing.mapping import OUTSIDE_ID, ROW_NUMBER, WHOLE, ImportPlan
from crm.records.importing.targets import Target, WholeKey, Writing, fold
from crm.records.journal import JournalWriter
from crm.records.models import ExternalId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.fields import Kind

_SEPARATOR = "\x1f"


def key_parts(plan: ImportPlan) -> list[str]:
    """The match keys in the order in which they are asked: the outside id first."""
    return sorted(plan.match, key=lambda name: name not in (OUTSIDE_ID, ROW_NUMBER))


def row_key(
    plan: ImportPlan, values: Mapping[str, Any], outside_id: str, whole: WholeKey | None = None
) -> str | None:
    """The key of one row as text, to find repeats in the file; None when a part is empty."""
    parts = []
    for name in key_parts(plan):
        if name in (OUTSIDE_ID, ROW_NUMBER):
            text = outside_id
        elif name == WHOLE:
            text = whole.text(values) if whole else ""
        else:
            text = str(values.get(name) or "")
        if not text:
            return None
        # An outside id identifies alone.
        if name in (OUTSIDE_ID, ROW_NUMBER):
            return text
        parts.append(fold(text))
    return _SEPARATOR.join(parts) if parts else None


class Matcher:
    """Finds the records that rows mean."""

    def __init__(self, target: Target, plan: ImportPlan) -> None:
        self.target = target
        self.plan = plan
        self.by_outside_id = bool({OUTSIDE_ID, ROW_NUMBER} & set(plan.match))
        self.whole = target.profile.whole if WHOLE in plan.match else None
        self.names = [name for name in plan.match if name not in (OUTSIDE_ID, ROW_NUMBER, WHOLE)]
        self.stored: dict[str, ExternalId] = {}

    def match(self, rows: Sequence[tuple[int, Mapping[str, Any], str]]) -> dict[int, set[int]]:
        """Ids of the records that fit each row, by row number; rows are (n, values, outside id)."""
        found: dict[int, set[int]] = {}
        if self.by_outside_id:
            found = self._by_outside_id(rows)
        waiting = [row for row in rows if row[0] not in found]
        if self.names and waiting:
            found.update(self._by_fields(waiting))
        waiting = [row for row in rows if row[0] not in found]
        if self.whole and waiting:
            found.update(self.whole.find({n: values for n, values, _id in waiting}))
        return found

    def _by_outside_id(self, rows: Sequence[tuple[int, Mapping[str, Any], str]]) -> dict[int, set[int]]:
        self.stored = self._stored({outside_id for _n, _values, outside_id in rows if outside_id})
        alive = self.target.survivor(one.record_id for one in self.stored.values())
        found = {}
        for n, _values, outside_id in rows:
            known = self.stored.get(outside_id)
            if known is not None and known.record_id in alive:
                found[n] = {alive[known.record_id]}
        return found

    def _stored(self, values: set[str]) -> dict[str, ExternalId]:
        rows = ExternalId.objects.filter(
            source=self.plan.source, type_id=self.target.type_id, value__in=values
        )
        return {one.value: one for one in rows}

    def _by_fields(self, rows: Sequence[tuple[int, Mapping[str, Any], str]]) -> dict[int, set[int]]:
        fields = self.target.fields()
        found: dict[int, set[int]] = {}
        for index, name in enumerate(self.names):
            texts = {n: key_text(fields[name].kind, values.get(name)) for n, values, _id in rows}
            wanted = sorted({text for text in texts.values() if text})
            # The first key is asked of an index; the others only narrow what it found.
            among = set().union(*found.values()) if index else None
            hits = self.target.find(name, wanted, among) if wanted else {}
            for n, text in texts.items():
                ids = hits.get(text, set()) if text else set()
                found[n] = ids if index == 0 else found[n] & ids
        return {n: ids for n, ids in found.items() if ids}

    def remember(self, pairs: Sequence[tuple[str, int, bool]], writing: Writing) -> None:
        """Keep outside ids: (value, record id, is new). Those of found records go into the journal."""
        pairs = [pair for pair in pairs if pair[0]]
        if not pairs or not self.plan.source:
            return
        stored = self.stored or self._stored({value for value, _pk, _new in pairs})
        journal = JournalWriter(writing.job)
        fresh: list[tuple[ExternalId, bool]] = []
        for value, pk, is_new in pairs:
            known = stored.get(value)
            if known is None:
                row = ExternalId(
                    source=self.plan.source, value=value, type_id=self.target.type_id, record_id=pk
                )
                fresh.append((row, is_new))
            elif known.record_id != pk:
                before = known.record_id
                known.record_id = pk
                known.save(update_fields=["record_id"])
                journal.changed(known, {"record_id": before})
        ExternalId.objects.bulk_create([row for row, _new in fresh], batch_size=2000)
        for row, is_new in fresh:
            # A record that goes takes its ids along.
            if not is_new:
                journal.created(row)
        journal.flush()


def key_text(kind: Kind, value: Any) -> str:
    """One key value as it is compared."""
    if value is None or value == "":
        return ""
    return str(value) if kind in REFERENCES else fold(str(value))


def clashes(found: Mapping[int, set[int]]) -> dict[int, list[int]]:
    """Rows that would write the same record as an earlier row, by record."""
    rows: dict[int, list[int]] = defaultdict(list)
    for n, ids in sorted(found.items()):
        if len(ids) == 1:
            rows[next(iter(ids))].append(n)
    return {pk: numbers for pk, numbers in rows.items() if len(numbers) > 1}
