"""Rules, made by the service as the builder makes them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from crm.automation import index, services, timing
from crm.automation.models import Rotation, Rule, RuleRun, Seat
from crm.records import dispatch


def made_rule(author: Any, *, on: bool = True, **parts: Any) -> Rule:
    """Make a rule over deals that adds the tag "seen", or does what ``steps`` say."""
    parts.setdefault("name", "A rule")
    parts.setdefault("type", "deals")
    parts.setdefault("trigger", "created")
    parts.setdefault("steps", [step("tag", add=["seen"])])
    rule = services.save_rule(rule=None, parts=parts, actor=author, at=timezone.now())
    if on:
        services.switch_rule(rule=rule, on=True, actor=author, at=timezone.now())
    # Inside a test nothing is committed, so the stamp is renewed by hand.
    index.forget()
    return rule


def step(kind: str, /, **given: Any) -> dict[str, Any]:
    return {"step": kind, "with": {name.rstrip("_"): value for name, value in given.items()}}


def sets(**values: Any) -> dict[str, Any]:
    """A step that sets fields to values."""
    given: dict[str, Any] = {"fields": list(values)}
    for name, value in values.items():
        given |= {f"how-{name}": "value", f"value-{name}": str(getattr(value, "pk", value))}
    return {"step": "change", "with": given}


def work() -> None:
    """Do all that workers would: hand out events, do the runs, and what follows from them."""
    from crm.automation import engine

    for _turn in range(20):
        handed = dispatch.fan_out()
        delivered = dispatch.deliver()
        ran = engine.run_waiting()
        if not handed and not delivered and not ran:
            return
    raise AssertionError("It never ends.")


def look(at: Any = None) -> None:
    """Let the clock's part happen."""
    timing.look(at or timezone.now())


def runs(rule: Rule) -> list[tuple[str, str]]:
    """Return state and reason of each run, the oldest first."""
    return list(RuleRun.objects.filter(rule=rule).order_by("pk").values_list("state", "reason"))


def rotation(*people: Any, by: str = "turn", **seat: Any) -> Rotation:
    made = Rotation.objects.create(name=f"Rotation {Rotation.objects.count()}", by=by)
    for user in people:
        Seat.objects.create(rotation=made, user=user, **seat)
    return made
