"""Undo of imports, bulk edits and merges: the journal is replayed backwards.

A cell that somebody changed after the job is left as it is and listed. A row that the job
made goes, unless somebody changed it or hung something on it since.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from crm.records import copying, leaving, tagging
from crm.records.customfields import known
from crm.records.events import Happening, emit_many
from crm.records.models import ExternalId, Job, JobState, JournalEntry, Record, Search
from crm.records.registry import service_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crm.identity.models import User

CHUNK = 500
CUSTOM = "custom"
TAGS = "tags"
#: Kept by the house itself: not a reason to keep a row or a cell.
HOUSEKEEPING = frozenset({"version", "updated_at", "last_touch_at", "next_due_at"})


def exact(value: Any) -> Any:
    """Write instants to the microsecond: Django's JSON keeps milliseconds, and undo must compare."""
    return value.isoformat() if isinstance(value, datetime) else value


class JournalWriter:
    """Collects before-values during one chunk of a job; without a job it does nothing."""

    def __init__(self, job: Job | None) -> None:
        self.job = job
        self.entries: list[JournalEntry] = []

    def created(self, row: models.Model) -> None:
        """Note that the job made ``row`` (already saved)."""
        self._add(row, before=None, names=None)

    def changed(self, row: models.Model, before: dict[str, Any]) -> None:
        """Note what columns of ``row`` held; the record's version and date are kept too."""
        if self.job is not None:
            if isinstance(row, Record):
                before = {"version": row.version - 1, **before}
            self._add(row, before=before, names=list(before))

    def noted(self, row: models.Model, before: dict[str, Any]) -> None:
        """Note what columns of ``row`` held, just as given."""
        self._add(row, before=before, names=list(before))

    def _add(self, row: models.Model, *, before: dict[str, Any] | None, names: list[str] | None) -> None:
        if self.job is None:
            return
        names = names or (["version"] if isinstance(row, Record) else [])
        after = {name: exact(getattr(row, name)) for name in names}
        if before is not None and isinstance(before.get(CUSTOM), dict):
            # Each custom value is a cell of its own: undo of one must not touch the others.
            before, after = dict(before), dict(after)
            before[CUSTOM], after[CUSTOM] = differing(before[CUSTOM], after[CUSTOM])
        self.entries.append(
            copying.quick(
                JournalEntry,
                job_id=self.job.pk,
                model=row._meta.label_lower,
                object_id=row.pk,
                before=None if before is None else {name: exact(value) for name, value in before.items()},
                after=after,
            )
        )

    def flush(self) -> None:
        copying.insert(JournalEntry, self.entries)
        self.entries = []


@dataclass(slots=True)
class KeptCell:
    """Something that undo left alone, and why."""

    model: str
    object_id: int
    title: str
    field: str
    reason: str


@dataclass(slots=True)
class UndoResult:
    """What undo did: rows put back, rows taken away, and what was left."""

    restored: int = 0
    removed: int = 0
    kept: list[KeptCell] = field(default_factory=list)
    #: Whether each record put back is told of; a merge is taken back in one piece, and told once.
    tells: bool = True

    def as_json(self) -> dict[str, Any]:
        return {
            "restored": self.restored,
            "removed": self.removed,
            "kept": [asdict(one) for one in self.kept[:1000]],
            "kept_count": len(self.kept),
        }


class UndoRule(NamedTuple):
    """What a kind of job asks of its undo: a check before each step, and a finish with the last one."""

    check: Callable[[Job], None]
    finish: Callable[[Job, User | None, datetime, Job | None], None]


_rules: dict[str, UndoRule] = {}


def undo_by(kind: str, rule: UndoRule) -> None:
    """Have jobs of ``kind`` undone by this rule."""
    _rules[kind] = rule


@cache
def _models() -> dict[str, type[models.Model]]:
    return {model._meta.label_lower: model for model in apps.get_models(include_auto_created=True)}


def undo(*, job: Job, actor: User | None, at: datetime, watch: Job | None = None) -> UndoResult:
    """Undo ``job``: newest change first, in chunks, each in a transaction of its own.

    ``watch`` is the job under which the undo itself runs and shows its progress.
    """
    rule = _rules.get(job.kind)
    result = UndoResult(tells=rule is None)
    total = JournalEntry.objects.filter(job=job).count()
    left = True
    while left:
        with transaction.atomic():
            if rule is not None:
                rule.check(job)
            entries = list(JournalEntry.objects.filter(job=job).order_by("-pk")[:CHUNK])
            _undo_chunk(entries, actor, at, result, watch)
            JournalEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
            left = JournalEntry.objects.filter(job=job).exists()
            if not left:
                if rule is not None:
                    rule.finish(job, actor, at, watch)
                Job.objects.filter(pk=job.pk).update(state=JobState.UNDONE)
        if watch is not None:
            watch.progress(total - JournalEntry.objects.filter(job=job).count(), total)
    # A demo company takes its custom fields away with it.
    known.changed()
    tagging.changed()
    return result


def _undo_chunk(
    entries: Sequence[JournalEntry], actor: User | None, at: datetime, result: UndoResult, watch: Job | None
) -> None:
    """Undo runs of entries that concern the same model and kind, in order."""
    run: list[JournalEntry] = []
    for entry in [*entries, None]:
        if run and (
            entry is None or (entry.model, entry.before is None) != (run[0].model, run[0].before is None)
        ):
            step = _remove if run[0].before is None else _restore
            step(run, actor, at, result, watch)
            run = []
        if entry is not None:
            run.append(entry)


def _rows(entries: Sequence[JournalEntry]) -> dict[int, Any]:
    manager = _models()[entries[0].model]._base_manager
    return manager.select_for_update().in_bulk([entry.object_id for entry in entries])


def _restore(
    entries: Sequence[JournalEntry], actor: User | None, at: datetime, result: UndoResult, watch: Job | None
) -> None:
    rows = _rows(entries)
    model = _models()[entries[0].model]
    by_attname = {one.attname: one for one in model._meta.concrete_fields}
    touched: dict[int, Any] = {}
    names: set[str] = set()
    for entry in entries:
        row = rows.get(entry.object_id)
        if row is None:
            if not result.tells:
                result.kept.append(KeptCell(entry.model, entry.object_id, "", "", _("Deleted since.")))
            continue
        edited = isinstance(row, Record) and row.version != entry.after.get("version")
        for name, old in (entry.before or {}).items():
            column = by_attname[name]
            if edited and name in HOUSEKEEPING:
                # Somebody's later edit stays the newest version, so the row won't be taken for untouched.
                continue
            if name == CUSTOM and isinstance(row, Record):
                if _restore_custom(row, old, entry, result):
                    names.add(CUSTOM)
                    touched[row.pk] = row
                continue
            if name == TAGS and isinstance(row, Record):
                row.tags = tags_back(row.tags, old, entry.after.get(TAGS) or [])
                names.add(TAGS)
                touched[row.pk] = row
                continue
            if name not in HOUSEKEEPING and not _same(column, getattr(row, name), entry.after.get(name)):
                result.kept.append(KeptCell(entry.model, row.pk, str(row), column.name, _("Changed since.")))
                continue
            setattr(row, name, column.to_python(old))
            names.add(column.name)
            touched[row.pk] = row
    if not touched:
        return
    written = _write(model, list(touched.values()), sorted(names), result)
    result.restored += len(written)
    if issubclass(model, Record) and result.tells:
        service_for(model).taken_back(list(touched.values()), removed=False)
        service_for(model).reindex(list(touched))
        _tell(list(touched.values()), "undone", actor, at, watch)


def _write(
    model: type[models.Model], rows: Sequence[Any], names: Sequence[str], result: UndoResult
) -> list[Any]:
    """Write the set at once; where rows are in each other's way, one by one until none can be."""
    try:
        with transaction.atomic():
            model._base_manager.bulk_update(rows, names, batch_size=CHUNK)
        return list(rows)
    except IntegrityError:
        waiting = list(rows)
    written: list[Any] = []
    while waiting:
        stuck = []
        for row in waiting:
            try:
                with transaction.atomic():
                    row.save(update_fields=names)
                written.append(row)
            except IntegrityError:
                stuck.append(row)
        if len(stuck) == len(waiting):
            break
        waiting = stuck
    for row in waiting:
        reason = _("Something else has taken its place since.")
        result.kept.append(KeptCell(model._meta.label_lower, row.pk, str(row), "", reason))
    return written


def differing(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the old and the new custom values that differ; None where there was none."""
    keys = [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)]
    return {key: old.get(key) for key in keys}, {key: new.get(key) for key in keys}


def _restore_custom(row: Record, old: dict[str, Any], entry: JournalEntry, result: UndoResult) -> bool:
    """Put custom values back one by one; those changed since stay and are listed."""
    after, held = entry.after.get(CUSTOM) or {}, dict(row.custom)
    for key, value in old.items():
        if held.get(key) != after.get(key):
            result.kept.append(KeptCell(entry.model, row.pk, str(row), f"cf_{key}", _("Changed since.")))
        elif value is None:
            held.pop(key, None)
        else:
            held[key] = value
    is_changed = held != row.custom
    row.custom = held
    return bool(is_changed)


def tags_back(held: Sequence[str], old: Sequence[str], after: Sequence[str]) -> list[str]:
    """Return tags as before a job; what people put on or took off since stays so."""
    if list(held) == list(after):
        return list(old)
    kept = [tag for tag in held if tag not in after or tag in old]
    return [*kept, *(tag for tag in old if tag not in after and tag not in kept)]


def _same(column: models.Field[Any, Any], now: Any, after: Any) -> bool:
    if now == after:
        return True
    return bool(column.to_python(after) == now) if after is not None and now is not None else False


def _remove(
    entries: Sequence[JournalEntry], actor: User | None, at: datetime, result: UndoResult, watch: Job | None
) -> None:
    model = _models()[entries[0].model]
    rows = _rows(entries)
    held = leaving.held(model, list(rows)) if issubclass(model, Record) else {}
    going = []
    for entry in entries:
        row = rows.get(entry.object_id)
        if row is None:
            continue
        if row.pk in held:
            result.kept.append(KeptCell(entry.model, row.pk, str(row), "", held[row.pk]))
        elif isinstance(row, Record) and row.version != entry.after.get("version"):
            result.kept.append(KeptCell(entry.model, row.pk, str(row), "", _("Changed since.")))
        else:
            going.append(row)
    if issubclass(model, Record) and going:
        service_for(model).taken_back(going, removed=True)
    gone = _delete(model, going, result)
    result.removed += len(gone)
    if issubclass(model, Record) and gone:
        ids = [row.pk for row in gone]
        Search.objects.filter(type_id=model.record_type.id, record_id__in=ids).delete()
        ExternalId.objects.filter(type_id=model.record_type.id, record_id__in=ids).delete()
        leaving.say_goodbye(model, ids)
        _tell(gone, "removed", actor, at, watch)


def _delete(model: type[models.Model], rows: Sequence[Any], result: UndoResult) -> list[Any]:
    """Delete the set at once; where something hangs on a row, one by one."""
    try:
        with transaction.atomic():
            model._base_manager.filter(pk__in=[row.pk for row in rows]).delete()
        return list(rows)
    except (ProtectedError, RestrictedError):
        gone = []
    for row in rows:
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=row.pk).delete()
            gone.append(row)
        except (ProtectedError, RestrictedError):
            result.kept.append(
                KeptCell(model._meta.label_lower, row.pk, str(row), "", _("Other records refer to it."))
            )
    return gone


def _tell(rows: Sequence[Any], what: str, actor: User | None, at: datetime, watch: Job | None) -> None:
    grouped: dict[str, list[Happening]] = defaultdict(list)
    for row in rows:
        name = f"{row._meta.model_name}.{what}"
        grouped[name].append(Happening(name, row.ref, str(row), at))
    for happenings in grouped.values():
        emit_many(happenings, actor=actor, via="undo", job=watch, run_rules=False)
