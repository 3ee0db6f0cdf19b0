"""Which events any rule or hook listens for, kept in memory so that a save asks no table.

The index is read anew when its stamp in the cache changes; where nothing is set up, a write
costs one look at the cache.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction

from crm.automation.models import Rule, Trigger, Webhook
from crm.automation.models.rule import BY_EVENT

if TYPE_CHECKING:
    from datetime import datetime

    from crm.records.models import Event, Job

STAMP = "automation:version"
#: Ways by which many records change at once: rules run there only when the person said so.
ASKED = ("bulk", "import")


@dataclass(frozen=True, slots=True)
class Listening:
    """What a rule waits for."""

    rule_id: int
    trigger: str
    when: dict[str, Any]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Index:
    """Everything that listens."""

    stamp: str
    rules: dict[int, list[Listening]] = field(default_factory=dict)
    buttons: dict[int, list[Listening]] = field(default_factory=dict)
    hooks: tuple[tuple[int, tuple[str, ...]], ...] = ()

    def rules_for(self, event: Event) -> list[int]:
        """Return the rules that wait for this event, in their order."""
        return [one.rule_id for one in self.rules.get(event.type_id, ()) if fits(one, event)]

    def hooks_for(self, event: Event) -> list[int]:
        return [pk for pk, names in self.hooks if any(fnmatchcase(event.name, name) for name in names)]


_kept = Index("")


def index() -> Index:
    """Return the index as it is now."""
    global _kept
    stamp = cache.get(STAMP)
    if stamp is None:
        cache.add(STAMP, uuid4().hex, None)
        stamp = cache.get(STAMP)
    if _kept.stamp != stamp:
        _kept = read(str(stamp))
    return _kept


def changed() -> None:
    """Have every process read the index anew, once the change is committed."""
    transaction.on_commit(forget)


def forget() -> None:
    cache.set(STAMP, uuid4().hex, None)


def read(stamp: str) -> Index:
    """Read from the tables what listens."""
    rules: dict[int, list[Listening]] = {}
    buttons: dict[int, list[Listening]] = {}
    wanted = (*BY_EVENT, Trigger.BUTTON)
    active = Rule.objects.filter(is_on=True, trigger__in=wanted).order_by("position", "pk")
    for pk, type_id, trigger, when, since in active.values_list(
        "pk", "type_id", "trigger", "when", "on_since"
    ):
        place = buttons if trigger == Trigger.BUTTON else rules
        place.setdefault(type_id, []).append(Listening(pk, trigger, when, since))
    hooks = Webhook.objects.filter(is_on=True).exclude(events=[]).values_list("pk", "events")
    return Index(stamp, rules, buttons, tuple((pk, tuple(names)) for pk, names in hooks))


def fits(one: Listening, event: Event) -> bool:
    """Tell whether an event is what a rule waits for."""
    if one.since is not None and event.created_at < one.since:
        return False
    if one.trigger == "created":
        return event.name.endswith(".created")
    if one.trigger == "event":
        return event.name in one.when.get("events", ())
    changes = event.data.get("changes") or {}
    return any(name in changes and moved(changes[name], one.when) for name in one.when.get("fields", ()))


def moved(change: dict[str, Any], when: dict[str, Any]) -> bool:
    """Tell whether a value went from one of those asked for to one of those asked for."""
    left, right = when.get("from") or (), when.get("to") or ()
    return (not left or plain(change.get("old")) in left) and (not right or plain(change.get("new")) in right)


def plain(value: Any) -> str:
    """Return a value as rules keep it: ids and choices as text, nothing as empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def wanted_by_rules(event: Event, job: Job | None) -> bool:
    """Tell whether any rule waits for an event; of many at once only when the person asked for it."""
    if event.via in ASKED and not (job is not None and job.params.get("run_rules")):
        return False
    return bool(index().rules_for(event))


def any_for(type_id: int) -> bool:
    """Tell whether a change of many records of this type could start rules."""
    return bool(index().rules.get(type_id))


def wanted_by_hooks(event: Event, job: Job | None) -> bool:
    return bool(index().hooks_for(event))
