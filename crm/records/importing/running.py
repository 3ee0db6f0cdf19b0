"""Import jobs: starting, checking, going on after a stop, and what is left when they end."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.identity.access import access_for
from crm.lib import queue
from crm.lib.tabular import write_csv
from crm.records import jobs
from crm.records.drafts import TRIAL
from crm.records.importing.chunks import NAMES_KEPT
from crm.records.importing.files import folder_of, forget_files
from crm.records.importing.mapping import MappingError
from crm.records.importing.report import reason_text
from crm.records.importing.targets import target_of
from crm.records.importing.work import HELP, ImportWork
from crm.records.models import ImportFile, Job, JobState
from crm.records.models.job import JobCancelled
from crm.records.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crm.identity.models import User
    from crm.records.importing.mapping import ImportPlan
    from crm.records.importing.staging import Staging

logger = logging.getLogger(__name__)
#: A helper gives way to other work after so long.
HELP_SECONDS = 5.0
CHECK, IMPORT = TRIAL, "import"


def start_check(kept: ImportFile, plan: ImportPlan, *, actor: User | None, now: bool = False) -> Job:
    """Try an import without keeping anything."""
    refuse_limited(kept, plan, actor)
    title = phrase(gettext_noop("Check of %(file)s"), file=kept.name)
    return jobs.start(CHECK, actor=actor, title=title, params=_params(kept, plan), now=now)


def start_import(
    kept: ImportFile, plan: ImportPlan, *, actor: User | None, now: bool = False, run_rules: bool = False
) -> Job:
    """Import a file; rules and hooks hear of it only with ``run_rules``.

    Raises:
        MappingError: when it would match by, or write into, a field that ``actor`` may not change.
    """
    refuse_limited(kept, plan, actor)
    title = phrase(gettext_noop("Import of %(file)s"), file=kept.name)
    params = {**_params(kept, plan), "run_rules": run_rules}
    return jobs.start(IMPORT, actor=actor, title=title, params=params, now=now)


def refuse_limited(kept: ImportFile, plan: ImportPlan, actor: User | None) -> None:
    """Refuse fields that a person may not change: which rows match would tell what a hidden one holds."""
    if actor is None:
        return
    target = target_of(kept.target)
    known, allowed = target.fields(), target.fields(access_for(actor))
    used = plan.fields() | set(plan.match)
    limited = [str(one.label) for name, one in known.items() if name in used and name not in allowed]
    if limited:
        raise MappingError(
            _("You may not change these fields, leave them out: %(fields)s") % {"fields": ", ".join(limited)}
        )


def _params(kept: ImportFile, plan: ImportPlan) -> dict[str, Any]:
    return {
        "file": kept.pk,
        "token": str(kept.token),
        "target": kept.target,
        "type": target_of(kept.target).key,
        "plan": plan.as_json(),
    }


@jobs.handler(CHECK)
def check(job: Job) -> dict[str, Any]:
    """Tell what an import would do."""
    work = ImportWork(job, dry=True, at=timezone.now())
    try:
        return _finish(work)
    finally:
        work.staging.drop()


@jobs.handler(IMPORT)
def run(job: Job) -> dict[str, Any]:
    """Import; after a kill or a stop go on where it ended."""
    work = ImportWork(job, dry=False, at=timezone.now())
    result = _finish(work)
    work.staging.drop()
    # New words are known to a search with typing errors now, not from the first night on.
    queue.enqueue("crm.records.tasks.refresh_words")
    return result


def help_with(job_id: int, *, worker: int, workers: int) -> None:
    """Write chunks of an import that another worker runs; then come again, so that others get their turn."""
    job = Job.objects.filter(pk=job_id, kind=IMPORT, state=JobState.RUNNING).first()
    if job is None or not (job.cursor or {}).get("staged"):
        return
    with translation.override(job.actor.language or None if job.actor else None):
        work = ImportWork(job, dry=False, at=job.started_at or timezone.now())
        try:
            is_more = work.help(worker, workers, HELP_SECONDS)
        except JobCancelled:
            return
        except Exception:
            # Whoever runs the import comes to this chunk too, and tells what is wrong with it.
            logger.exception("A helper with import %s gave up", job_id)
            return
    if is_more:
        queue.enqueue(HELP, job_id=job_id, worker=worker, workers=workers)


def _finish(work: ImportWork) -> dict[str, Any]:
    report = work.run()
    result = report.as_json(new_names(work))
    result["target"] = work.target.slug
    started = work.job.started_at or timezone.now()
    result["seconds"] = round((timezone.now() - started).total_seconds(), 2)
    failed = report.counts["error"] + report.counts["duplicate"]
    if failed:
        name = f"failed-{work.job.pk}.csv"
        write_failed(folder_of(work.file) / name, work.header, work.staging)
        result["failed"] = name
    return result


def new_names(work: ImportWork) -> list[dict[str, Any]]:
    """Related records that were made on the way, by field."""
    found = []
    made = {name: (len(texts), sorted(texts.values())) for name, texts in work.references.made.items()}
    if not work.dry:  # others may have helped, or begun
        made = (work.job.cursor or {}).get("made", {})
    for name, (count, names) in made.items():
        one = work.fields[name]
        if count and one.to is not None:
            meta = one.to._meta
            label = str(meta.verbose_name if count == 1 else meta.verbose_name_plural)
            found.append({"field": name, "label": label, "count": count, "names": names[:NAMES_KEPT]})
    return found


def write_failed(path: Path, header: Sequence[str], staging: Staging) -> int:
    """Write the rows that did not land, as they were, each with its reason."""

    def rows() -> Iterator[list[str]]:
        width = len(header)
        for row in staging.refused():
            yield [*row.cells[:width], reason_text(row.errors)]

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        return write_csv(file, [*header, _("What was wrong")], rows())


def failed_file(job: Job) -> Path | None:
    """The file of failed rows of a finished job."""
    name = job.result.get("failed")
    kept = ImportFile.objects.filter(pk=job.params.get("file")).first()
    if not name or kept is None:
        return None
    path = folder_of(kept) / str(name)
    return path if path.exists() else None


def drop_leftovers() -> int:
    """Take away staging tables of jobs that will not go on, and files older than they are needed."""
    alive = Job.objects.filter(kind__in=(CHECK, IMPORT), state__in=(JobState.QUEUED, JobState.RUNNING))
    keep = {f"import_rows_{pk}" for pk in alive.values_list("pk", flat=True)}
    month_ago = timezone.now() - timedelta(days=30)
    stopped = Job.objects.filter(kind=IMPORT, state__in=(JobState.CANCELLED, JobState.FAILED))
    keep |= {
        f"import_rows_{pk}" for pk in stopped.filter(created_at__gt=month_ago).values_list("pk", flat=True)
    }
    with connection.cursor() as cursor:
        cursor.execute(r"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^import_rows_\d+$'")
        left = [name for (name,) in cursor.fetchall() if name not in keep]
        for name in left:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
    forget_files(before=month_ago)
    return len(left)


def refusal(error: Exception) -> str:
    """What to tell a person about a plan that can't be used."""
    return str(error) if isinstance(error, MappingError) else _("The mapping can't be used.")
