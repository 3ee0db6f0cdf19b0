"""What taking an import back would do, told before it is done."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection
from django.db.models import Count, Q

from crm.records.models import JournalEntry, Record

if TYPE_CHECKING:
    from crm.records.models import Job


@dataclass
class ModelUndo:
    """The rows of one kind that undo takes away or puts back."""

    label: str
    label_plural: str
    removed: int = 0
    restored: int = 0
    changed_since: int = 0
    is_record: bool = False


@dataclass
class UndoPreview:
    """Everything that undo would do, the records first."""

    models: list[ModelUndo] = field(default_factory=list)

    def as_json(self) -> list[dict[str, Any]]:
        """To be kept with the job: once it is undone the journal is empty."""
        return [asdict(one) for one in self.models]

    @property
    def records(self) -> list[ModelUndo]:
        """What people know as records; rows around them go along."""
        return [one for one in self.models if one.is_record]

    @property
    def others(self) -> list[ModelUndo]:
        """Lists, users and teams that came with the file."""
        return [one for one in self.models if not one.is_record]


#: Rows that belong to a record and go with it: not worth a line of their own.
_AROUND = frozenset({"records.externalid"})


def undo_preview(job: Job) -> UndoPreview:
    """Count what the journal of a job holds, by kind."""
    known = {model._meta.label_lower: model for model in apps.get_models(include_auto_created=True)}
    found = UndoPreview()
    rows = (
        JournalEntry.objects.filter(job=job)
        .values("model")
        .annotate(
            removed=Count("object_id", filter=Q(before__isnull=True), distinct=True),
            restored=Count("object_id", filter=Q(before__isnull=False), distinct=True),
        )
    )
    for row in rows.order_by("model"):
        model = known.get(row["model"])
        if model is None or row["model"] in _AROUND:
            continue
        is_record = issubclass(model, Record)
        since = _changed_since(job, row["model"], model._meta.db_table) if is_record else 0
        labels = str(model._meta.verbose_name), str(model._meta.verbose_name_plural)
        found.models.append(ModelUndo(*labels, row["removed"], row["restored"], since, is_record))
    return found


def _changed_since(job: Job, name: str, table: str) -> int:
    """Count records that the job made and that somebody has changed since: they stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH mine AS (SELECT object_id, max((after->>'version')::int) AS version,"
            " bool_or(before IS NULL) AS is_made FROM records_journalentry"
            " WHERE job_id = %s AND model = %s GROUP BY object_id)"
            f" SELECT count(*) FROM mine JOIN {table} t ON t.id = mine.object_id"
            " WHERE mine.is_made AND t.version > mine.version",
            [job.pk, name],
        )
        return int(cursor.fetchone()[0])
