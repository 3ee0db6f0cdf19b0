"""Activities, as few as a test needs; all through the services, as pages make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from crm.lib.dates import When
from crm.timeline.models import Activity, CallOutcome
from crm.timeline.services import ActivityService, log_call, plan_activity

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def call(record: Any, *, actor: Any = None, at: datetime = NOON, **values: Any) -> Activity:
    """Log a call with ``record``."""
    return log_call(records=[record], actor=actor, at=at, **values)[0].record


def planned(
    record: Any, *, days: int = 1, actor: Any = None, at: datetime = NOON, kind: str = "task", **values: Any
) -> Activity:
    """Plan something with ``record``, so many days from ``at`` at the same hour."""
    values.setdefault("subject", "Send the offer")
    if "when" not in values:
        values.setdefault("due_at", at + timedelta(days=days))
    return plan_activity(records=[record], kind=kind, actor=actor, at=at, **values)[0].record


def day(days: int, at: datetime = NOON) -> When:
    """Return a whole day, so many days from ``at``."""
    return When((at + timedelta(days=days)).date())


def todo(*, actor: Any = None, at: datetime = NOON, **values: Any) -> Activity:
    """Make an activity that is about nothing, straight by the service."""
    row = {"kind": "task", "subject": "Tidy up", **values}
    return ActivityService().create([row], actor=actor, at=at)[0].record


def no_answer() -> CallOutcome:
    """Return the outcome of a call that reached nobody."""
    outcome, _made = CallOutcome.objects.get_or_create(name="No answer", defaults={"is_contact": False})
    return outcome
