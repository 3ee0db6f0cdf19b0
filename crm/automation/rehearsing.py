"""Trying a rule without consequences: whom it fits now, what it would do, what it would have done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import override

from crm.automation import conditions, engine, timing
from crm.automation.index import Listening, fits
from crm.automation.models import RuleRun, RunState, Trigger
from crm.automation.rights import reach_of
from crm.records import registry
from crm.records.events import caused_by
from crm.records.fields import fields_of
from crm.records.models import Event

if TYPE_CHECKING:
    from crm.automation.models import Rule

SAMPLE = 8
#: A count stops here: "more than 10,000".
CAP = 10_000
#: Events of the past that are looked through at most.
MOST_EVENTS = 20_000
DAYS = 30


@dataclass(slots=True)
class Fitting:
    """Records that a rule's condition fits now."""

    count: int
    is_capped: bool
    sample: list[Any]


@dataclass(slots=True)
class Rehearsal:
    """What a rule would do to one record."""

    record: Any
    fits: bool
    reason: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)


def fitting(rule: Rule, at: datetime) -> Fitting:
    """Return how many records fit now, and a few of them, the latest first."""
    rows = rule.model.objects.visible_to(rule.author).filter(
        reach_of(rule), conditions.condition_of(rule, at)
    )
    count = rows.order_by()[: CAP + 1].count()
    return Fitting(min(count, CAP), count > CAP, list(rows.order_by("-pk")[:SAMPLE]))


def rehearse(rule: Rule, record: Any, at: datetime) -> Rehearsal:
    """Do everything that the rule would do to ``record``, note it, and take all of it back."""
    found = Rehearsal(record, fits=True)
    is_new = rule.pk is None
    with override(rule.author.language or None), transaction.atomic():
        if is_new:
            rule.save()
        run = RuleRun.objects.create(
            rule=rule,
            version=rule.version,
            type_id=rule.type_id,
            record_id=record.pk,
            title=str(record)[:300],
            occasion=f"rehearsal:{at.timestamp()}",
            # Nobody else sees it before it is gone.
            state=RunState.DONE,
        )
        if reason := conditions.why_not(rule, record, at):
            found.fits, found.reason = False, reason
        else:
            last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            with caused_by(None, depth=engine.MAX_DEPTH + 2, note={"rule": {"id": rule.pk, "run": run.pk}}):
                engine.do_steps(run, record, None, at)
            found.steps = run.steps
            found.changes = told(Event.objects.filter(pk__gt=last, data__rule__run=run.pk))
        transaction.set_rollback(True)
    if is_new:
        rule.pk = None
    return found


def told(events: Any) -> list[dict[str, Any]]:
    """Return what events tell as lines: the record, and old and new of each field."""
    lines = []
    for event in events.order_by("pk"):
        try:
            known = fields_of(registry.by_id(event.type_id).model)
        except KeyError:
            known = {}
        changes = [
            {
                "label": str(known[name].label) if name in known else name,
                "old": change.get("old_text") or change.get("old") or "",
                "new": change.get("new_text") or change.get("new") or "",
            }
            for name, change in (event.data.get("changes") or {}).items()
        ]
        lines.append(
            {
                "is_new": event.name.endswith(".created"),
                "name": event.name,
                "title": event.title,
                "changes": changes,
            }
        )
    return lines


def past(rule: Rule, at: datetime) -> dict[str, Any] | None:
    """Count how often a rule would have started in the last 30 days; its condition as of now.

    None where the past can't tell: schedules and buttons.
    """
    since = at - timedelta(days=DAYS)
    if rule.trigger == Trigger.DATE:
        return {"count": timing.dated(rule, since, at).order_by()[: CAP + 1].count(), "days": DAYS}
    if rule.trigger not in (Trigger.CREATED, Trigger.CHANGED, Trigger.EVENT):
        return None
    listening = Listening(0, rule.trigger, rule.when, since)
    rows = Event.objects.filter(created_at__gte=since, type_id=rule.type_id).order_by("-pk")[:MOST_EVENTS]
    ids = [event.record_id for event in rows if fits(listening, event)]
    records = rule.model.objects.visible_to(rule.author).filter(
        reach_of(rule), conditions.condition_of(rule, at)
    )
    fit = set(records.filter(pk__in=set(ids)).values_list("pk", flat=True))
    return {"count": sum(pk in fit for pk in ids), "days": DAYS, "started": len(ids)}
