"""What a worker does for the pages: bulk edits, in chunks that a killed job goes on from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from crm.records import jobs, registry
from crm.ui import grouping  # noqa: F401  (counts long lists)
from crm.ui.declaration import views_of
from crm.ui.exchange import exports  # noqa: F401  (writes long lists)
from crm.ui.selection import Selection
from crm.ui.steps import STEPS, tally

if TYPE_CHECKING:
    from crm.records.models import Job

RIGHTS = {"edit": "change", "assign": "assign", "tag": "change", "untag": "change", "delete": "delete"}


@jobs.handler("bulk")
def bulk(job: Job) -> dict[str, Any]:
    """Do one act to all records of a selection; those that refuse are kept and listed."""
    views = views_of(registry.by_key(job.params["type"]).model)
    act = job.params["act"]
    right = views.action(job.params["action"]).permission if act == "run" else RIGHTS[act]  # type: ignore[union-attr]
    selection = Selection.from_params(views, job.actor, job.created_at, job.params)
    cursor = job.cursor or {"after": 0, "done": 0, "changed": 0, "unchanged": 0, "failed": 0, "problems": []}
    job.progress(cursor["done"], job.total or selection.count(right))
    for records in selection.chunks(right, cursor["after"]):
        with transaction.atomic():
            drafts = STEPS[act](job, views, records)
            tally(cursor, drafts, records)
            job.checkpoint(cursor, done=cursor["done"])
        job.progress()
    return {key: cursor[key] for key in ("changed", "unchanged", "failed", "problems")}
