"""What came to a record while it was being merged: it follows to the record that stayed.

Whoever writes waits for a merge under way and is led on, but for rows that a verb hangs on a
record at that very moment. They are found right after the merge and once more at night.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from crm.records import registry
from crm.records.journal import JournalWriter
from crm.records.merging import moving
from crm.records.merging.held import held_of
from crm.records.merging.moving import Merge
from crm.records.models import Job, JobState
from crm.records.registry import service_for

#: So long after a merge latecomers are looked for.
DAYS = 2


def gather(job: Job, *, only_plain: bool = False) -> int:
    """Move what still belongs to records that ``job`` merged; return how many rows that were.

    With ``only_plain`` rows stay of which the survivor had its own: those it may have lost since.
    """
    model: Any = registry.by_key(job.params["type"]).model
    with transaction.atomic():
        locked = service_for(model)._lock([job.params["survivor"], *job.params["absorbed"]])
        survivor = locked.get(job.params["survivor"])
        absorbed = [
            locked[pk]
            for pk in job.params["absorbed"]
            if pk in locked and locked[pk].merged_into_id == job.params["survivor"]
        ]
        if survivor is None or survivor.merged_into_id is not None or not absorbed:
            return 0
        merge = Merge(survivor, absorbed, absorbed[0].deleted_at, job, JournalWriter(job))
        moved = 0
        for held in held_of(model):
            if held.is_plain or not only_plain:
                moved += moving.move(held, merge)[0]
        merge.journal.flush()
    return moved


def gather_recent(now: datetime) -> int:
    """Do so for all merges of the last days."""
    since = now - timedelta(days=DAYS)
    jobs = Job.objects.filter(kind="merge", state=JobState.DONE, finished_at__gte=since)
    return sum(gather(job, only_plain=True) for job in jobs.order_by("pk"))
