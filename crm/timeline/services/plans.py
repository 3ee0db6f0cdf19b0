"""Activity plans: several dated to-dos for a record with one click."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from crm.lib.dates import end_of_day
from crm.records.registry import service_for
from crm.timeline import worktime
from crm.timeline.linking import field_for
from crm.timeline.models import Activity, ActivityPlan, PlanStep
from crm.timeline.services.activities import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from crm.identity.models import User
    from crm.records.drafts import Draft
    from crm.records.models import Job, Record

#: So long a call or meeting of a plan takes.
USUAL = timedelta(minutes=30)


@transaction.atomic
def start_plan(
    *,
    plan: ActivityPlan,
    records: Sequence[Record],
    start_on: date,
    actor: User | None,
    at: datetime,
    via: str = "page",
    job: Job | None = None,
) -> list[Draft[Activity]]:
    """Plan every step of ``plan`` with each record, counted in working days from ``start_on``."""
    steps = list(plan.steps.select_related("user").order_by("position", "pk"))
    rows = [row_of(step, record, start_on, actor) for record in records for step in steps]
    if not rows:
        return []
    drafts: list[Draft[Activity]] = service_for(Activity).create(rows, actor=actor, at=at, via=via, job=job)
    return drafts


def row_of(step: PlanStep, record: Any, start_on: date, actor: User | None) -> dict[str, Any]:
    """Return one to-do: whose it is, and when by that person's clock."""
    owner = owner_of(step, record) or actor
    zone = zone_of(owner)
    day = worktime.default_hours().add_days(start_on, step.after_days)
    due_at = datetime.combine(day, step.clock, zone) if step.clock else end_of_day(day, zone)
    row: dict[str, Any] = {
        "kind": step.kind,
        "subject": step.subject,
        "priority": step.priority,
        "due_at": due_at,
        "all_day": step.clock is None,
        field_for(record): record,
    }
    if owner is not None:
        row["owner"] = owner
    if step.kind == Activity.Kind.MEETING and step.clock:
        row["ends_at"] = due_at + USUAL
    return row


def owner_of(step: PlanStep, record: Any) -> User | None:
    if step.whose == PlanStep.Whose.NAMED and step.user is not None and step.user.is_active:
        return step.user
    owner: User | None = record.owner if step.whose == PlanStep.Whose.OWNER else None
    return owner if owner is not None and owner.is_active else None
