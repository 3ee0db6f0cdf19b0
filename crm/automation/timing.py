"""Rules by the clock: dates that come, schedules, and what is forgotten at night.

A date rule needs no row per record ahead of time: once a minute it asks an index which dates
came since it last looked, and each record gets one run per date, by the run's unique key.
Being late, or looking twice, changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from crm.automation import clock, conditions, engine
from crm.automation.models import (
    Assignment,
    HookDelivery,
    HookState,
    LetterState,
    Rule,
    RuleLetter,
    RuleMark,
    RuleRun,
    RunState,
    Trigger,
)
from crm.automation.rights import reach_of
from crm.identity.models import Organisation
from crm.records import due
from crm.records.models import DueRow

LOOK, SCHEDULE = "automation.look", "automation.schedule"
#: A date that is set late is still noticed for so long after it came.
GRACE = timedelta(days=1)
#: So many records are taken up by one look, or one turn of a schedule, at a time.
MOST = 5000
KEEP_SKIPPED, KEEP_RUNS, KEEP_SENT = timedelta(days=30), timedelta(days=180), timedelta(days=60)
KEEP_LOOKS = timedelta(hours=1)


def look(now: datetime) -> int:
    """Make runs for all dates that came; plan the next look. Return how many runs."""
    found = sum(look_of(rule, now) for rule in active(Trigger.DATE))
    plan_look(now)
    DueRow.objects.filter(kind=LOOK, done_at__lt=now - KEEP_LOOKS).delete()
    return found


def active(trigger: Trigger) -> list[Rule]:
    """Return the rules of a kind that are on and whose authors may still have them."""
    rules = Rule.objects.filter(is_on=True, trigger=trigger).select_related("author", "team")
    found = list(rules.order_by("position", "pk"))
    engine.pause_orphans(found, timezone.now())
    return [rule for rule in found if rule.author.is_active]


def plan_look(now: datetime) -> None:
    """Have a look taken at the next full minute, if any rule waits for a date."""
    if Rule.objects.filter(is_on=True, trigger=Trigger.DATE).exists():
        due.schedule(LOOK, "all", now.replace(second=0, microsecond=0) + timedelta(minutes=1))


def look_of(rule: Rule, now: datetime) -> int:
    """Make runs for the records whose date has come for one rule."""
    since = min(now - GRACE, rule.looked_until or now)
    since = max(since, rule.on_since or now)
    rows = dated(rule, since, now)
    name = rule.when["field"]
    # What it has taken up already; a date that is moved is another occasion.
    known = RuleRun.objects.filter(rule=rule, created_at__gte=since - GRACE)
    taken = set(known.values_list("record_id", "occasion"))
    runs = []
    for pk, value in rows.values_list("pk", name).order_by(name, "pk")[: MOST + len(taken)]:
        occasion = f"date:{value.isoformat()}"
        if (pk, occasion) not in taken:
            runs.append(run_for(rule, pk, occasion))
    engine.add_runs(runs[:MOST])
    if len(runs) <= MOST:
        Rule.objects.filter(pk=rule.pk).update(looked_until=now)
    return len(runs)


def run_for(rule: Rule, pk: int, occasion: str) -> RuleRun:
    return RuleRun(
        rule=rule,
        version=rule.version,
        type_id=rule.type_id,
        record_id=pk,
        occasion=occasion,
        place=rule.position,
    )


def dated(rule: Rule, since: datetime, now: datetime) -> models.QuerySet[Any]:
    """Return the records whose moment came after ``since``, by the index of the date."""
    name, days = rule.when["field"], int(rule.when.get("days") or 0)
    days = -days if rule.when.get("side") == "before" else days
    rows: models.QuerySet[Any] = rule.model.objects.visible_to(rule.author).filter(
        reach_of(rule), conditions.condition_of(rule, now)
    )
    if isinstance(rule.model._meta.get_field(name), models.DateTimeField):
        offset = timedelta(days=days)
        return rows.filter(**{f"{name}__gt": since - offset, f"{name}__lte": now - offset})
    zone, at = ZoneInfo(Organisation.load().time_zone), clock.clock(rule.when)
    first, last = last_day(since, at, zone), last_day(now, at, zone)
    shift = timedelta(days=days)
    return rows.filter(**{f"{name}__gt": first - shift, f"{name}__lte": last - shift})


def last_day(moment: datetime, at: time, zone: ZoneInfo) -> date:
    """Return the last day whose ``at`` o'clock has come by ``moment``."""
    local = moment.astimezone(zone)
    return local.date() if local.time() >= at else local.date() - timedelta(days=1)


def plan_schedule(rule: Rule, now: datetime) -> None:
    """Put the next time of a schedule into the due table, and take out what no longer holds."""
    due.cancel(SCHEDULE, str(rule.pk))
    if rule.is_on and rule.trigger == Trigger.SCHEDULE:
        moment = clock.next_time(rule.when, now, ZoneInfo(Organisation.load().time_zone))
        if moment is not None:
            due.schedule(SCHEDULE, str(rule.pk), moment, {"version": rule.version})


def run_schedule(row: DueRow, now: datetime) -> None:
    """Make a run for each record that fits a scheduled rule now, and plan the next time."""
    rule = Rule.objects.select_related("author", "team").filter(pk=row.key, is_on=True).first()
    if rule is None or rule.trigger != Trigger.SCHEDULE:
        return
    engine.pause_orphans([rule], now)
    rule.refresh_from_db(fields=["is_on"])
    if not rule.is_on:
        return
    rows = rule.model.objects.visible_to(rule.author).filter(
        reach_of(rule), conditions.condition_of(rule, now)
    )
    if rule.once:
        rows = rows.exclude(Exists(RuleMark.objects.filter(rule=rule, record_id=OuterRef("pk"))))
    occasion = f"schedule:{row.due_at.isoformat()}"
    after = 0
    while ids := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:MOST]):
        engine.add_runs([run_for(rule, pk, occasion) for pk in ids])
        after = ids[-1]
    moment = clock.next_time(rule.when, now, ZoneInfo(Organisation.load().time_zone))
    if moment is not None:
        due.schedule(SCHEDULE, str(rule.pk), moment, {"version": rule.version})


def follow(rule: Rule, now: datetime) -> None:
    """Bring the clock in line with a rule that was saved or switched."""
    plan_schedule(rule, now)
    plan_look(now)


def tidy(now: datetime) -> None:
    """Pause rules whose authors left; forget what is old."""
    engine.pause_orphans(Rule.objects.filter(is_on=True).select_related("author", "team"), now)
    runs = RuleRun.objects.filter(finished_at__isnull=False)
    runs.filter(state=RunState.SKIPPED, created_at__lt=now - KEEP_SKIPPED).delete()
    runs.filter(created_at__lt=now - KEEP_RUNS).delete()
    HookDelivery.objects.exclude(state=HookState.WAITING).filter(created_at__lt=now - KEEP_SENT).delete()
    RuleLetter.objects.exclude(state=LetterState.WAITING).filter(created_at__lt=now - KEEP_SENT).delete()
    Assignment.objects.filter(at__lt=now - KEEP_RUNS).delete()
