"""A rule in one sentence: "When a deal is won, if amount over 10,000, then plan a task …"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.automation import conditions, triggers
from crm.automation.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.automation.models import Rule
    from crm.identity.models import User


#: Names that a sentence quotes may be a little old.
KEEP_SECONDS = 300


def step_sentence(step: dict[str, Any], model: Any, user: User) -> str:
    """Say what one step does."""
    kind = catalogue.step(step.get("step", ""))
    if kind is None:
        return _("something unknown")
    return kind.sentence(step.get("with", {}), model=model, user=user)


def parts_of(rule: Rule) -> dict[str, Any]:
    """Return the three parts in words: when, if, then."""
    return {
        "when": str(triggers.phrase_of(rule.trigger, rule.when, model=rule.model, user=rule.author)),
        "if": str(conditions.sentence_of(rule)),
        "then": [str(step_sentence(step, rule.model, rule.author)) for step in rule.steps],
    }


def parts_of_many(rules: Sequence[Rule]) -> dict[int, dict[str, Any]]:
    """Return the words of many rules; what was said a while ago is said again."""
    keys = {f"automation:says:{rule.pk}:{rule.version}:{get_language()}": rule for rule in rules}
    known: dict[str, dict[str, Any]] = cache.get_many(list(keys))
    missing = {key: parts_of(rule) for key, rule in keys.items() if key not in known}
    if missing:
        cache.set_many(missing, KEEP_SECONDS)
    return {rule.pk: (known | missing)[key] for key, rule in keys.items()}


def sentence_of(rule: Rule) -> str:
    """Say all of it."""
    parts = parts_of(rule)
    then = ", ".join(parts["then"]) or _("nothing yet")
    if parts["if"]:
        text = _("When %(when)s, if %(condition)s, then %(steps)s.")
        return text % {"when": parts["when"], "condition": parts["if"], "steps": then}
    return _("When %(when)s, then %(steps)s.") % {"when": parts["when"], "steps": then}
