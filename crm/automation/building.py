"""The builder: a rule as it stands in the form, half done, drawn part by part."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.automation import triggers
from crm.automation.catalogue import catalogue
from crm.automation.models import Rule, Trigger
from crm.automation.rights import teams_for
from crm.automation.sentences import step_sentence
from crm.automation.steps.records import given_lists
from crm.identity.access import access_for
from crm.records import filling, registry
from crm.ui.admin.rights import may_administer
from crm.ui.conditions import ConditionError, parse
from crm.ui.conditions.field import builder_html
from crm.ui.declaration import has_views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

    from crm.automation.steps.base import Step, StepForm
    from crm.automation.triggers import WhenForm
    from crm.identity.models import User

TRIGGER_ICONS = {
    Trigger.CREATED: "plus",
    Trigger.CHANGED: "edit",
    Trigger.EVENT: "bolt",
    Trigger.DATE: "calendar-due",
    Trigger.SCHEDULE: "clock",
    Trigger.BUTTON: "send",
}


@dataclass(slots=True)
class StepDraft:
    """One step as the builder draws it."""

    id: str
    kind: Step
    form: StepForm
    error: str = ""


@dataclass(slots=True)
class Draft:
    """A whole rule as the builder draws it."""

    rule: Rule
    user: User
    errors: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def author(self) -> User:
        return self.rule.author

    @property
    def record_type(self) -> Any:
        return registry.by_id(self.rule.type_id)

    @property
    def types(self) -> list[tuple[str, str]]:
        """The types of record that the author sees, as slug and name."""
        access = access_for(self.author)
        return [
            (one.slug, one.label_plural[:1].upper() + one.label_plural[1:])
            for one in registry.types()
            if access.can(one.model, "view") and has_views(one.model)
        ]

    @property
    def triggers(self) -> list[tuple[str, str]]:
        known = list(Trigger.choices)
        if not catalogue.happenings(self.rule.model):
            known = [pair for pair in known if pair[0] != Trigger.EVENT]
        return [(value, str(label)[:1].upper() + str(label)[1:]) for value, label in known]

    @property
    def teams(self) -> list[Any]:
        return teams_for(self.author)

    @property
    def may_reach_all(self) -> bool:
        return may_administer(self.author)

    @property
    def when_form(self) -> WhenForm:
        given = self.rule.when or None
        form = triggers.form_of(
            self.rule.trigger, given, model=self.rule.model, user=self.author, prefix="when"
        )
        if not self.errors.get("when"):
            form.as_draft()
        return form

    @property
    def condition(self) -> Any:
        """The builder of the condition."""
        tree = None
        if self.rule.condition:
            try:
                tree = parse(self.rule.model, self.rule.condition, user=self.author)
            except ConditionError:
                tree = None
        return builder_html(self.rule.model, tree, user=self.author, name="condition")

    @property
    def steps(self) -> list[StepDraft]:
        found = []
        for number, step in enumerate(self.rule.steps):
            kind = catalogue.step(step["step"])
            if kind is None or not kind.is_offered(self.rule.model):
                continue
            error = " ".join(self.errors.get(f"steps.{number}", []))
            found.append(self.step(step["id"], kind, step.get("with", {}), error=error))
        return found

    def step(self, pk: str, kind: Step, given: Mapping[str, Any] | None, *, error: str = "") -> StepDraft:
        form = kind.make_form(given, model=self.rule.model, user=self.author, prefix=f"s-{pk}")
        if not error:
            form.as_draft()
        return StepDraft(pk, kind, form, error)

    def new_step(self, key: str) -> StepDraft | None:
        """Return an empty step of a kind; None where there is no such kind for these records."""
        kind = catalogue.step(key)
        if kind is None or not kind.is_offered(self.rule.model):
            return None
        return self.step(uuid4().hex[:8], kind, None)

    @property
    def kinds(self) -> list[Step]:
        return catalogue.steps(self.rule.model)

    @property
    def words(self) -> dict[str, Any]:
        """The rule in words, as far as it goes."""
        rule = self.rule
        condition = ""
        if rule.condition:
            try:
                tree = parse(rule.model, rule.condition, user=self.author)
                condition = _(" and ").join(tree.phrases(timezone.now()))
            except ConditionError as wrong:
                condition = str(wrong)
        return {
            "when": triggers.phrase_of(rule.trigger, rule.when, model=rule.model, user=self.author),
            "if": condition,
            "then": [step_sentence(step, rule.model, self.author) for step in rule.steps],
        }

    @property
    def merge_fields(self) -> list[tuple[str, str]]:
        return filling.offered(self.rule.model, self.author)


def read(data: QueryDict) -> dict[str, Any]:
    """Return the parts of a rule out of the builder's form."""
    try:
        condition = json.loads(data.get("condition") or "{}")
    except ValueError:
        condition = {"filter": "?"}
    return {
        "name": data.get("name", ""),
        "note": data.get("note", ""),
        "type": data.get("type", ""),
        "trigger": data.get("trigger", ""),
        "when": given_lists(data, "when"),
        "condition": condition,
        "steps": [
            {"id": pk, "step": data.get(f"kind-{pk}", ""), "with": given_lists(data, f"s-{pk}")}
            for pk in dict.fromkeys(data.getlist("step"))
        ],
        "once": "once" in data,
        "stops": "stops" in data,
        "team": data.get("team", ""),
    }


def draft_of(parts: Mapping[str, Any], *, rule: Rule | None, user: User) -> Draft:
    """Return an unsaved rule with ``parts`` put in as they are, however unfinished."""
    made = Rule(author=rule.author if rule else user)
    if rule is not None:
        made.pk, made.version, made.is_on, made.on_since = rule.pk, rule.version, rule.is_on, rule.on_since
        made.position = rule.position
    slugs = {one.slug: one for one in registry.types()}
    known = slugs.get(str(parts.get("type")))
    made.type_id = known.id if known else first_type(made.author)
    trigger = str(parts.get("trigger") or "")
    made.trigger = trigger if trigger in Trigger.values else Trigger.CREATED
    for name in ("name", "note", "once", "stops"):
        setattr(made, name, parts.get(name, getattr(made, name)))
    for name, empty in (("when", {}), ("condition", {}), ("steps", [])):
        setattr(made, name, parts.get(name) or empty)
    made.steps = [{"id": uuid4().hex[:8], **step} for step in made.steps]
    team = str(parts.get("team") or "")
    made.team_id = int(team) if team.isdecimal() else None
    return Draft(made, user)


def first_type(user: User) -> int:
    """Return the type that a new rule is about until somebody says otherwise."""
    access = access_for(user)
    usable = [one for one in registry.types() if access.can(one.model, "view") and has_views(one.model)]
    deals = [one for one in usable if one.slug == "deals"]
    found = (deals or usable or list(registry.types()))[0]
    return found.id
