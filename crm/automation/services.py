"""Writing rules: saved with a version each time, switched, copied, ordered, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.automation import conditions, index, timing, triggers
from crm.automation.catalogue import catalogue
from crm.automation.models import Rule, RuleVersion, Trigger
from crm.automation.rights import may_automate, rules_of, teams_for
from crm.automation.steps.base import first_error
from crm.identity.access import access_for
from crm.records import events, registry
from crm.records.registry import Ref
from crm.ui.admin.rights import may_administer
from crm.ui.admin.setup import SETUP_TYPE_ID
from crm.ui.conditions import ConditionError, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crm.identity.models import Team, User

#: No rule does more than so many things.
MOST_STEPS = 20
PARTS = ("name", "note", "type_id", "trigger", "when", "condition", "steps", "once", "stops", "team")


@transaction.atomic
def save_rule(
    *, rule: Rule | None, parts: Mapping[str, Any], actor: User, at: datetime, via: str = "page"
) -> Rule:
    """Make a rule, or change one; each save is a version. A new rule is off until it is switched on.

    ``parts`` may hold name, note, type (a slug) or type_id, trigger, when, condition, steps, once,
    stops, team.

    Raises:
        PermissionDenied: when the actor may not make such a rule.
        ValidationError: by part, when something can't be understood.
    """
    is_new = rule is None
    before = rule.snapshot() if rule is not None else {}
    rule = _changed(rule, parts, actor)
    check(rule)
    if not is_new and rule.snapshot() == before:
        return rule
    rule.version = 1 if is_new else rule.version + 1
    rule.updated_at = at
    if is_new:
        rule.created_at = at
        rule.position = (
            Rule.objects.order_by("-position").values_list("position", flat=True).first() or 0
        ) + 10
    if rule.is_on and "trigger" in parts and before.get("when") != rule.when:
        # What came due before it was asked for is not made up for.
        rule.on_since, rule.looked_until = at, at
    rule.save()
    RuleVersion.objects.create(rule=rule, number=rule.version, data=rule.snapshot(), actor=actor, at=at)
    _tell(rule, "created" if is_new else "updated", actor, at, via)
    _follow(rule, at)
    return rule


def _changed(rule: Rule | None, parts: Mapping[str, Any], actor: User) -> Rule:
    """Return the rule with ``parts`` put in; a lead's stays within the teams they lead."""
    if rule is None:
        if not may_automate(actor):
            raise PermissionDenied
        rule = Rule(author=actor)
    elif not rules_of(actor).filter(pk=rule.pk).exists():
        raise PermissionDenied
    given = dict(parts)
    if "type" in given:
        given["type_id"] = _type_id(given.pop("type"))
    if "team" in given:
        rule.team = _team(given.pop("team"), actor)
    if unknown := set(given) - set(PARTS):
        raise ValidationError({name: _("There is no such part.") for name in unknown})
    for name, value in given.items():
        setattr(rule, name, value)
    if rule.team is None and not may_administer(rule.author):
        # A lead's rules reach no further than the team.
        rule.team = next(iter(teams_for(rule.author)), None)
    return rule


def _type_id(slug: Any) -> int:
    try:
        return registry.by_slug(str(slug)).id
    except KeyError:
        raise ValidationError({"type": _("There is no such record type.")}) from None


def _team(value: Any, actor: User) -> Team | None:
    if value in (None, ""):
        return None
    pk = getattr(value, "pk", value)
    found = next((team for team in teams_for(actor) if str(team.pk) == str(pk)), None)
    if found is None:
        raise ValidationError({"team": _("There is no such team, or it is not yours to bind rules to.")})
    return found


def check(rule: Rule) -> None:
    """Judge a whole rule, and bring its parts into the form in which they are kept.

    Raises:
        ValidationError: by part; steps by their number, as "steps.0".
    """
    errors: dict[str, Any] = {}
    rule.name = str(rule.name or "").strip()
    if not rule.name:
        errors["name"] = _("Give the rule a name.")
    elif len(rule.name) > 150:
        errors["name"] = _("The name is too long.")
    try:
        model: Any = registry.by_id(rule.type_id).model
    except KeyError:
        raise ValidationError({"type": _("There is no such record type.")}) from None
    if not access_for(rule.author).can(model, "view"):
        errors["type"] = _("The author of the rule may not see records of this kind.")
    if rule.trigger not in Trigger.values:
        raise ValidationError({"trigger": _("There is no such start.")})
    _check_when(rule, model, errors)
    _check_condition(rule, model, errors)
    _check_steps(rule, model, errors)
    if errors:
        raise ValidationError(errors)


def _check_when(rule: Rule, model: Any, errors: dict[str, Any]) -> None:
    if not isinstance(rule.when, dict):
        errors["when"] = _("An object is expected.")
        return
    form = triggers.form_of(rule.trigger, rule.when, model=model, user=rule.author)
    if form.is_valid():
        rule.when = form.when()
    else:
        errors["when"] = first_error(form)


def _check_condition(rule: Rule, model: Any, errors: dict[str, Any]) -> None:
    if not rule.condition or rule.condition == {"all": []}:
        rule.condition = dict(conditions.NOTHING)
        return
    try:
        rule.condition = parse(model, rule.condition, user=rule.author).to_json()
    except ConditionError as wrong:
        errors["condition"] = str(wrong)


def _check_steps(rule: Rule, model: Any, errors: dict[str, Any]) -> None:
    if not isinstance(rule.steps, list) or len(rule.steps) > MOST_STEPS:
        errors["steps"] = _("A list of at most %(count)d steps is expected.") % {"count": MOST_STEPS}
        return
    offered = {one.key for one in catalogue.steps(model)}
    kept, ids = [], set()
    for number, step in enumerate(rule.steps):
        name = step.get("step") if isinstance(step, dict) else None
        kind = catalogue.step(name) if isinstance(name, str) and name in offered else None
        given = step.get("with", {}) if isinstance(step, dict) else None
        if kind is None or not isinstance(given, dict):
            errors[f"steps.{number}"] = _("There is no such step for records of this kind.")
            continue
        form = kind.make_form(given, model=model, user=rule.author)
        if not form.is_valid():
            errors[f"steps.{number}"] = first_error(form)
        pk = str(step.get("id") or "")[:20]
        pk = pk if pk and pk not in ids else uuid4().hex[:8]
        ids.add(pk)
        kept.append({"id": pk, "step": name, "with": _plain(given)})
    rule.steps = kept if len(kept) == len(rule.steps) else rule.steps


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what was given as lists of text, however it came."""
    return {
        str(name): [
            ("on" if one else "") if isinstance(one, bool) else str(one)
            for one in (value if isinstance(value, list) else [value])
            if one not in (None, "")
        ]
        for name, value in given.items()
    }


@transaction.atomic
def switch_rule(*, rule: Rule, on: bool, actor: User, at: datetime, via: str = "page") -> None:
    """Switch a rule on or off.

    Raises:
        ValidationError: when it can't be switched on as it is.
    """
    if not rules_of(actor).filter(pk=rule.pk).exists():
        raise PermissionDenied
    if on:
        check(rule)
        if not rule.steps:
            raise ValidationError({"steps": _("A rule without steps does nothing. Add one first.")})
        if not rule.author.is_active:
            raise ValidationError({"author": _("The author has left. Take the rule over first.")})
        rule.on_since, rule.looked_until = at, at
    if rule.is_on == on:
        return
    rule.is_on, rule.pause_reason = on, ""
    rule.save(
        update_fields=["is_on", "on_since", "looked_until", "pause_reason", "when", "condition", "steps"]
    )
    _tell(rule, "switched_on" if on else "switched_off", actor, at, via)
    _follow(rule, at)


@transaction.atomic
def take_over(*, rule: Rule, actor: User, at: datetime) -> None:
    """Make the actor the author of a rule: from now on it acts with their rights."""
    if not may_administer(actor):
        raise PermissionDenied
    rule.author = actor
    check(rule)
    rule.save(update_fields=["author", "when", "condition", "steps"])
    _tell(rule, "taken_over", actor, at, "page")
    _follow(rule, at)


def duplicate_rule(*, rule: Rule, actor: User, at: datetime) -> Rule:
    """Make a copy, switched off."""
    parts = {name: value for name, value in rule.snapshot().items() if name in PARTS}
    name = _("%(name)s (copy)") % {"name": rule.name}
    if not may_administer(actor):
        parts.pop("team")
    return save_rule(rule=None, parts={**parts, "name": name[:150]}, actor=actor, at=at)


def restore_version(*, rule: Rule, version: RuleVersion, actor: User, at: datetime) -> Rule:
    """Put a rule back as it was; that is a new version."""
    parts = {name: value for name, value in version.data.items() if name in PARTS}
    return save_rule(rule=rule, parts=parts, actor=actor, at=at)


@transaction.atomic
def order_rules(*, ids: Sequence[int], actor: User, at: datetime) -> None:
    """Put rules into this order; those not named keep their places among the rest."""
    mine = {rule.pk: rule for rule in rules_of(actor).filter(pk__in=ids)}
    places = sorted(rule.position for rule in mine.values())
    for place, pk in zip(places, [pk for pk in ids if pk in mine], strict=True):
        if mine[pk].position != place:
            Rule.objects.filter(pk=pk).update(position=place)
    index.changed()


@transaction.atomic
def delete_rule(*, rule: Rule, actor: User, at: datetime, via: str = "page") -> None:
    """Take a rule away, with its log."""
    if not rules_of(actor).filter(pk=rule.pk).exists():
        raise PermissionDenied
    _tell(rule, "deleted", actor, at, via)
    rule.is_on = False
    timing.plan_schedule(rule, at)
    rule.delete()
    index.changed()


def _follow(rule: Rule, at: datetime) -> None:
    index.changed()
    timing.follow(rule, at)


def _tell(rule: Rule, verb: str, actor: User, at: datetime, via: str) -> None:
    """Write the audit line."""
    events.emit(
        f"rule.{verb}",
        ref=Ref(SETUP_TYPE_ID, rule.pk),
        title=rule.name,
        actor=actor,
        at=at,
        data={"version": rule.version},
        via=via,
    )
