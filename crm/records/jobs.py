"""Long work: started from a page, run by a worker in chunks, watched by a person.

A handler keeps where it is in ``job.cursor`` inside each chunk's transaction; a job whose
worker died is found by its stale heartbeat and goes on from there.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext_noop

from crm.lib import queue
from crm.records.models import Job, JobState
from crm.records.models.job import JobCancelled, JobRefused
from crm.records.phrases import Kept, phrase, say

if TYPE_CHECKING:
    from crm.identity.models import User

logger = logging.getLogger(__name__)

Handler = Callable[[Job], dict[str, Any] | None]
#: A running job that has not moved for so long has lost its worker.
STALE = timedelta(seconds=60)

_handlers: dict[str, Handler] = {}
_finished: list[Callable[[Job], None]] = []


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of ``kind``; it returns the result to show."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def on_finish(listener: Callable[[Job], None]) -> None:
    """Have ``listener`` told of each job that is done or has failed; from ``AppConfig.ready``."""
    if listener not in _finished:
        _finished.append(listener)


def start(
    kind: str,
    *,
    actor: User | None,
    title: str | Kept,
    params: dict[str, Any] | None = None,
    undoes: Job | None = None,
    now: bool = False,
) -> Job:
    """Create a job and hand it to a worker, or with ``now`` do it here and return it finished."""
    job = Job.objects.create(kind=kind, actor=actor, undoes=undoes, **_titled(title, params or {}))
    if now:
        run(job.pk)
        job.refresh_from_db()
    else:
        queue.enqueue("crm.records.tasks.run_job", job_id=job.pk)
    return job


@contextmanager
def at_once(kind: str, *, actor: User | None, title: str | Kept, params: dict[str, Any]) -> Iterator[Job]:
    """Give a job that the caller does here; what is refused leaves no trace of it."""
    now = timezone.now()
    job = Job.objects.create(
        kind=kind,
        actor=actor,
        **_titled(title, params),
        state=JobState.RUNNING,
        started_at=now,
        heartbeat_at=now,
    )
    try:
        yield job
    except BaseException:
        Job.objects.filter(pk=job.pk).delete()
        raise
    _finish(job, JobState.DONE)


def _titled(title: str | Kept, params: dict[str, Any]) -> dict[str, Any]:
    """Return a title as its starter reads it, and in the params as everybody will."""
    if isinstance(title, dict):
        return {"title": say(title)[:300], "params": {**params, "title": title}}
    return {"title": str(title)[:300], "params": params}


def start_undo(job: Job, *, actor: User | None, now: bool = False) -> Job:
    """Undo an import, a bulk edit or a merge, as a job of its own."""
    title = phrase(gettext_noop("Undo: %(title)s"), title=job.kept_title)
    return start("undo", actor=actor, title=title, undoes=job, now=now)


def cancel(job: Job) -> None:
    """Ask a job to stop at its next step; what is done stays done, and can be undone."""
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
        state=JobState.CANCELLED, finished_at=timezone.now()
    )


def resume(job: Job) -> bool:
    """Let a job that was stopped, or failed, go on behind its cursor; tell whether it does."""
    stopped = Job.objects.filter(pk=job.pk, state__in=(JobState.CANCELLED, JobState.FAILED))
    if not stopped.update(state=JobState.QUEUED, cancel_requested=False, finished_at=None, error=""):
        return False
    queue.enqueue("crm.records.tasks.run_job", job_id=job.pk)
    return True


def run(job_id: int) -> None:
    """Do a job, unless somebody else is at it or it is finished."""
    job = claim(job_id)
    if job is None:
        return
    with translation.override(job.actor.language or None if job.actor else None):
        try:
            result = _handler_of(job.kind)(job)
        except JobCancelled:
            _finish(job, JobState.CANCELLED)
        except JobRefused as refused:
            _finish(job, JobState.FAILED, error=str(refused))
        except Exception as failure:
            logger.exception("Job %s failed", job_id)
            _finish(
                job, JobState.FAILED, error=f"{type(failure).__name__}: {failure}", log=traceback.format_exc()
            )
        else:
            _finish(job, JobState.DONE, result=result or {})


def _handler_of(kind: str) -> Handler:
    if kind not in _handlers:
        # A web process or a command has not read the task modules in which handlers stand.
        queue.app().loader.import_default_modules()
    return _handlers[kind]


def claim(job_id: int) -> Job | None:
    """Take a waiting job, or a running one whose worker is gone."""
    now = timezone.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, heartbeat_at__lt=now - STALE)
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(free, pk=job_id).first()
        if job is None:
            return None
        job.state = JobState.RUNNING
        job.started_at = job.started_at or now
        job.heartbeat_at = now
        job.save(update_fields=["state", "started_at", "heartbeat_at"])
    return job


def sweep() -> int:
    """Hand out again what a dead worker or a lost message left behind; return how many."""
    now = timezone.now()
    lost = Q(state=JobState.RUNNING, heartbeat_at__lt=now - STALE) | Q(
        state=JobState.QUEUED, created_at__lt=now - timedelta(seconds=30)
    )
    ids = list(Job.objects.filter(lost).order_by("pk").values_list("pk", flat=True)[:50])
    for pk in ids:
        queue.enqueue("crm.records.tasks.run_job", job_id=pk)
    return len(ids)


def _finish(
    job: Job, state: JobState, *, result: dict[str, Any] | None = None, error: str = "", log: str = ""
) -> None:
    job.state = state
    job.finished_at = timezone.now()
    job.result = job.result | (result or {})
    job.error = error
    job.log = (job.log + log)[-20000:]
    fields = ["state", "finished_at", "result", "error", "log"]
    job.save(update_fields=fields)
    if state != JobState.CANCELLED:
        _tell_finished(job)


def _tell_finished(job: Job) -> None:
    for listener in _finished:
        try:
            with transaction.atomic():
                listener(job)
        except Exception:
            # The work itself is done, whoever could not be told of it.
            logger.exception("Nobody was told that job %s has ended", job.pk)
