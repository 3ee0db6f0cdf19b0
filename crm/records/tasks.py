"""What workers and beat do for the house: jobs, due work, dispatch, nightly chores."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.utils import timezone

from crm.records import (
    dispatch,
    due,
    housekeeping,
    jobs,
    journal,
    search,
    tagwork,  # noqa: F401  (renames tags, merges and deletes them)
)
from crm.records.customfields import services as customfields
from crm.records.customfields import work  # noqa: F401  (the jobs of custom fields)
from crm.records.files import keeping, pictures
from crm.records.importing import running
from crm.records.merging import late
from crm.records.models import Content, Job

if TYPE_CHECKING:
    from crm.records.models import DueRow


@shared_task(acks_late=True, reject_on_worker_lost=True)
def run_job(job_id: int) -> None:
    """Do one job."""
    jobs.run(job_id)


@shared_task
def help_import(job_id: int, worker: int, workers: int) -> None:
    """Write chunks of an import beside the worker that runs it."""
    running.help_with(job_id, worker=worker, workers=workers)


@shared_task
def sweep() -> None:
    """Pick up what a lost message or a dead worker left: jobs, dispatch rows, deliveries."""
    jobs.sweep()
    drain_dispatch()


@shared_task
def run_due() -> None:
    """Do what is due now."""
    due.run_due()


@shared_task
def drain_dispatch() -> None:
    """Hand waiting events to their subscribers."""
    while dispatch.fan_out():
        pass
    dispatch.deliver()


@shared_task
def refresh_words() -> None:
    """Learn the words of search anew."""
    search.refresh_words()


@shared_task
def draw_thumbnail(content_id: int) -> None:
    """Draw the small picture of a large one."""
    content = Content.objects.filter(pk=content_id).first()
    if content is not None:
        pictures.draw(content)


@jobs.handler("undo")
def undo(job: Job) -> dict[str, Any]:
    """Undo another job."""
    assert job.undoes is not None
    return journal.undo(job=job.undoes, actor=job.actor, at=timezone.now(), watch=job).as_json()


@shared_task
def gather_late(job_id: int) -> None:
    """Move what came to a record while it was being merged."""
    if job := Job.objects.filter(pk=job_id, kind="merge").first():
        late.gather(job)


@due.handler("nightly")
def nightly(row: DueRow) -> None:
    """Empty the bin, keep partitions ahead, refresh the words of search."""
    now = timezone.now()
    housekeeping.keep_partitions(now.date())
    housekeeping.empty_bin(before=now - timedelta(days=30))
    customfields.purge(now=now)
    housekeeping.forget_journal(before=now - timedelta(days=30))
    due.forget_done(now)
    search.refresh_words()
    running.drop_leftovers()
    late.gather_recent(now)
    keeping.forget(now, bin_before=now - timedelta(days=30))
