"""A rule in one sentence: "When a deal is won, if amount over 10,000, then plan a task …"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.automation import conditions, triggers
from crm.automation.catalogue import catalogue

if TYPE_CHECKING:
    from crm.automation.models import Rule
    from crm.identity.models import User


def step_sentence(step: dict[str, Any], model: Any, user: User) -> str:
    """Say what one step does."""
    kind = catalogue.step(step.get("step", ""))
    if kind is None:
        return _("something unknown")
    return kind.sentence(step.get("with", {}), model=model, user=user)


def parts_of(rule: Rule) -> dict[str, Any]:
    """Return the three parts in words: when, if, then."""
    return {
        "when": triggers.phrase_of(rule.trigger, rule.when, model=rule.model, user=rule.author),
        "if": conditions.sentence_of(rule),
        "then": [step_sentence(step, rule.model, rule.author) for step in rule.steps],
    }


def sentence_of(rule: Rule) -> str:
    """Say all of it."""
    parts = parts_of(rule)
    then = ", ".join(parts["then"]) or _("nothing yet")
    if parts["if"]:
        text = _("When %(when)s, if %(condition)s, then %(steps)s.")
        return text % {"when": parts["when"], "condition": parts["if"], "steps": then}
    return _("When %(when)s, then %(steps)s.") % {"when": parts["when"], "steps": then}
