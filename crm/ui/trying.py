"""Trying an act on many before it is done: how many would change, how many not, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from crm.records.models import Job, JobState
from crm.ui.selection import Selection
from crm.ui.steps import STEPS, tally

if TYPE_CHECKING:
    from datetime import datetime

    from crm.ui.declaration import Declaration

#: So many records are tried; of more it is said that these were the first.
TRIED = 200
REASONS = 8


def trial(
    views: type[Declaration], actor: Any, at: datetime, params: dict[str, Any], right: str
) -> dict[str, Any]:
    """Do it to the first records of a selection, count what comes of it, and take it all back."""
    rows = list(Selection.from_params(views, actor, at, params).rows(right).order_by("pk")[: TRIED + 1])
    records = rows[:TRIED]
    found: dict[str, Any] = {"done": 0, "changed": 0, "unchanged": 0, "failed": 0, "problems": []}
    if records:
        with transaction.atomic():
            job = Job.objects.create(kind="bulk", actor=actor, params=params, state=JobState.RUNNING)
            tally(found, STEPS[params["act"]](job, views, records), records)
            transaction.set_rollback(True)
    reasons: dict[str, list[str]] = {}
    for problem in found["problems"]:
        for reason in problem["reasons"]:
            reasons.setdefault(reason, []).append(problem["title"])
    return {
        **found,
        "reasons": list(reasons.items())[:REASONS],
        "tried": len(records),
        "is_part": len(rows) > TRIED,
    }
