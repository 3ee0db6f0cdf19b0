"""Rules at work: an event makes runs, a worker does them, each thing once.

All that a run does, and the note that it is done, stands in one transaction: a worker killed in
the middle leaves the run as if it had never begun. A step that fails takes back its own part
only; a retry goes on with it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.automation import conditions, index, notices
from crm.automation.catalogue import catalogue
from crm.automation.models import Rule, RuleMark, RuleRun, RunState
from crm.automation.rights import reach_of, still_may
from crm.automation.steps.base import Doing, StepRefused
from crm.lib import queue
from crm.records.drafts import RecordErrors
from crm.records.events import caused_by
from crm.records.models import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 6
#: So many rules may follow from one another; the house itself cuts off at eight.
MAX_DEPTH = 6
RUN_WAITING = "crm.automation.tasks.run_waiting"
DONE, FAILED = "done", "failed"


def note_event(event: Event) -> int:
    """Make a run for each rule that waits for an event; return how many."""
    ids = index.index().rules_for(event)
    rules = {rule.pk: rule for rule in Rule.objects.filter(pk__in=ids, is_on=True)} if ids else {}
    if not rules:
        return 0
    chain = chain_of(event)
    runs = []
    for place, pk in enumerate(ids):
        if pk not in rules:
            continue
        run = RuleRun(
            rule=rules[pk],
            version=rules[pk].version,
            type_id=event.type_id,
            record_id=event.record_id,
            title=event.title,
            occasion=f"event:{event.pk}",
            place=place,
            event_id=event.pk,
            actor_id=event.actor_id,
            depth=event.depth,
            chain=chain,
        )
        guard(run)
        runs.append(run)
    return add_runs(runs)


def chain_of(event: Event) -> list[str]:
    """Return which rules have acted on which records before this event, in its chain."""
    cause = event.data.get("rule") or {}
    before = RuleRun.objects.filter(pk=cause["run"]).first() if "run" in cause else None
    return [*before.chain, before.link] if before else []


def guard(run: RuleRun) -> None:
    """Stop a run that would turn in a circle."""
    if run.link in run.chain:
        finish(
            run, RunState.STOPPED, _("Loop: the rule has acted on this record in the same chain of changes.")
        )
    elif run.depth >= MAX_DEPTH:
        finish(run, RunState.STOPPED, _("Too many rules follow from one another here."))


def add_runs(runs: Sequence[RuleRun]) -> int:
    """Write runs down, each once, and wake a worker."""
    RuleRun.objects.bulk_create(runs, ignore_conflicts=True, batch_size=1000)
    if any(run.state == RunState.WAITING for run in runs):
        queue.enqueue(RUN_WAITING)
    return len(runs)


def run_waiting(limit: int = 1000) -> int:
    """Do what waits; return how many runs were tried here."""
    tried = 0
    while tried < limit and _run_one():
        tried += 1
    return tried


def _run_one() -> bool:
    now = timezone.now()
    # Rules of one happening go in their order; one that failed does not hold up those after it.
    earlier = RuleRun.objects.filter(
        occasion=OuterRef("occasion"),
        record_id=OuterRef("record_id"),
        state=RunState.WAITING,
        attempts=0,
        place__lt=OuterRef("place"),
    )
    with transaction.atomic():
        run = (
            RuleRun.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("rule__author", "rule__team", "actor")
            .filter(~Exists(earlier), state=RunState.WAITING, next_at__lte=now)
            .order_by("next_at", "pk")
            .first()
        )
        if run is None:
            return False
        do(run, now)
    return True


def do(run: RuleRun, at: datetime) -> None:
    """Do one run, whose row the caller has locked, and write down what came of it."""
    with translation.override(run.rule.author.language or None):
        _do(run, at)
    run.save()
    if run.rule.stops and run.state == RunState.DONE:
        stop_others(run)


def _do(run: RuleRun, at: datetime) -> None:
    rule = run.rule
    has_begun = run.attempts > 0
    run.attempts += 1
    if not rule.is_on and not has_begun:
        finish(run, RunState.STOPPED, _("The rule was switched off."))
        return
    if not still_may(rule):
        pause(rule, at)
        finish(run, RunState.STOPPED, _("The rule is paused: its author may not have it any more."))
        return
    record = record_of(run)
    if record is None:
        finish(run, RunState.SKIPPED, _("The record is gone, or the author of the rule may not see it."))
        return
    run.title = str(record)[:300]
    if not has_begun:
        if reason := conditions.why_not(rule, record, at):
            finish(run, RunState.SKIPPED, reason)
            return
        if not mark(run, at):
            finish(run, RunState.SKIPPED, _("Once per record: the rule has acted on this one before."))
            return
    event = Event.objects.filter(pk=run.event_id).first() if run.event_id else None
    note = {"rule": {"id": rule.pk, "name": rule.name, "run": run.pk}}
    with caused_by(event, depth=run.depth + 1, note=note):
        do_steps(run, record, event, at)


def do_steps(run: RuleRun, record: Any, event: Event | None, at: datetime) -> None:
    """Do the steps in order; the first that fails ends it."""
    log = {line["id"]: line for line in run.steps if line["state"] == DONE}
    run.steps = list(log.values())
    for step in run.rule.steps:
        if step["id"] in log:
            continue
        doing = Doing(run.rule, run, record, run.rule.author, at, event, step["id"])
        line, is_final = do_step(step, doing)
        run.steps.append(line)
        if line["state"] == FAILED:
            fail(run, line["text"], at, is_final=is_final)
            return
        # The next step sees what this one has changed.
        record = record_of(run) or record
    finish(run, RunState.DONE, "")


def do_step(step: dict[str, Any], doing: Doing) -> tuple[dict[str, Any], bool]:
    """Do one step in a savepoint; return its line in the log, and whether trying again is useless."""
    line = {"id": step["id"], "step": step["step"], "state": DONE, "text": ""}
    kind = catalogue.step(step["step"])
    try:
        if kind is None:
            raise StepRefused(_("There is no such step any more."))
        with transaction.atomic():
            outcome = kind.run(step.get("with", {}), doing)
    except (StepRefused, RecordErrors) as refused:
        return {**line, "state": FAILED, "text": str(refused)[:500]}, True
    except ValidationError as refused:
        return {**line, "state": FAILED, "text": " ".join(refused.messages)[:500]}, True
    except Exception as failure:
        logger.exception("Step %s of run %s failed", step["step"], doing.run.pk)
        return {**line, "state": FAILED, "text": f"{type(failure).__name__}: {failure}"[:500]}, False
    return {
        **line,
        "text": outcome.text[:500],
        **({"data": dict(outcome.data)} if outcome.data else {}),
    }, False


def record_of(run: RuleRun) -> Any:
    """Return the record of a run, if the rule's author sees it and the rule reaches it."""
    rows = run.rule.model.objects.visible_to(run.rule.author).filter(reach_of(run.rule), pk=run.record_id)
    return rows.select_related("owner", "team").first()


def mark(run: RuleRun, at: datetime) -> bool:
    """Note that a once-only rule acts on a record; tell whether it is the first to."""
    if not run.rule.once:
        return True
    try:
        with transaction.atomic():
            RuleMark.objects.create(rule=run.rule, record_id=run.record_id, at=at)
    except IntegrityError:
        return False
    return True


def finish(run: RuleRun, state: RunState, reason: str) -> None:
    run.state, run.reason, run.finished_at = state, reason[:500], timezone.now()


def fail(run: RuleRun, reason: str, at: datetime, *, is_final: bool) -> None:
    """Give a run up, or have it tried again later."""
    if is_final or run.attempts >= MAX_ATTEMPTS:
        finish(run, RunState.FAILED, reason)
        return
    run.reason = reason[:500]
    run.next_at = at + timedelta(seconds=min(3600, 10 * 2**run.attempts))


def stop_others(run: RuleRun) -> None:
    """Leave out the rules after this one, for the same happening."""
    rest = RuleRun.objects.filter(
        occasion=run.occasion, record_id=run.record_id, state=RunState.WAITING, place__gt=run.place
    )
    rest.update(
        state=RunState.STOPPED,
        reason=_("The rule “%(name)s” before it was the last one.") % {"name": run.rule},
        finished_at=timezone.now(),
    )


def retry(run: RuleRun) -> None:
    """Have a failed run go on with the step that failed."""
    again = RuleRun.objects.filter(pk=run.pk, state=RunState.FAILED)
    if again.update(state=RunState.WAITING, next_at=timezone.now(), finished_at=None, attempts=1):
        queue.enqueue(RUN_WAITING)


def pause(rule: Rule, at: datetime) -> None:
    """Switch a rule off whose author left or lost the right to it, and tell the administrators."""
    reason = _("%(author)s, with whose rights it acts, may not have it any more.") % {"author": rule.author}
    if not Rule.objects.filter(pk=rule.pk, is_on=True).update(is_on=False, pause_reason=reason[:300]):
        return
    index.changed()
    text = _("The rule “%(name)s” is paused: %(reason)s") % {"name": rule, "reason": reason}
    notices.tell_administrators(
        text, at=at, key=f"rule-paused:{rule.pk}:{at.date()}", url=reverse("automation:rule", args=[rule.pk])
    )


def pause_orphans(rules: Iterable[Rule], at: datetime) -> None:
    """Pause the rules whose authors left."""
    for rule in rules:
        if not still_may(rule):
            pause(rule, at)
