"""Buttons that rules put on the pages of records."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.automation import engine, index
from crm.automation.models import Rule, RuleRun, RunState, Trigger
from crm.automation.rights import may_automate_cheaply
from crm.records.registry import type_of
from crm.ui.actions import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


def buttons_for(model: Any, user: Any) -> list[Action]:
    """Return the buttons on records of a type, for one person; no query where there are none."""
    return [
        Action(
            name=f"rule-{one.rule_id}",
            verb=partial(press, one.rule_id),
            label=one.when["label"],
            icon=one.when.get("icon") or "bolt",
            when=partial(may_press, one.when, user),
            permission="change" if one.when.get("who") == "change" else "view",
            done=_("Done: %(label)s.") % {"label": one.when["label"]},
        )
        for one in index.index().buttons.get(type_of(model).id, ())
    ]


def may_press(when: Mapping[str, Any], user: Any, record: Any) -> bool:
    """Tell whether a person may press a button on a record."""
    who = when.get("who")
    if who == "owner":
        return bool(record.owner_id == user.pk)
    return may_automate_cheaply(user) if who == "lead" else True


def press(rule_id: int, *, records: Sequence[Any], actor: Any, at: datetime, via: str = "page") -> None:
    """Do what a button promises to each record, while the person waits.

    What it writes is the rule's doing, through whichever door (``via``) it was pressed.

    Raises:
        ValidationError: with the reason, where it did nothing or failed; the log keeps it too.
    """
    problems = []
    for record in records:
        run = press_one(rule_id, record, actor, at)
        if run is not None and run.state in (RunState.SKIPPED, RunState.STOPPED, RunState.FAILED):
            problems.append(run.reason)
    if problems:
        raise ValidationError(problems)


def press_one(rule_id: int, record: Any, actor: Any, at: datetime) -> RuleRun | None:
    rule = Rule.objects.select_related("author", "team").filter(pk=rule_id, is_on=True).first()
    if rule is None or rule.trigger != Trigger.BUTTON:
        raise ValidationError(_("This button is gone: its rule was switched off."))
    if not may_press(rule.when, actor, record):
        raise PermissionDenied
    with transaction.atomic():
        run = RuleRun.objects.create(
            rule=rule,
            version=rule.version,
            type_id=rule.type_id,
            record_id=record.pk,
            title=str(record)[:300],
            occasion=f"button:{uuid4().hex}",
            actor=actor,
        )
        engine.do(run, at)
    return run
