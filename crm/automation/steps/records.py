"""Changing the record, making another one, putting tags on and off, and verbs of the trades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.automation.steps.base import Doing, Outcome, Step, StepForm, StepRefused
from crm.automation.steps.values import ValuesForm, sentences_of, values_of
from crm.records import registry
from crm.records.registry import service_for
from crm.ui.declaration import has_views, views_of
from crm.ui.fields import TagsField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.datastructures import MultiValueDict

    from crm.identity.models import User

#: What a rule plans is made by a step of its own.
ACTIVITY = "timeline.activity"


class ChangeFields(Step):
    """Gives fields of the record new values."""

    key, label, icon, order = "change", gettext_lazy("Change fields"), "edit", 10
    form = ValuesForm

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form: Any = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            return _("change fields")
        return _("set %(fields)s") % {"fields": ", ".join(sentences_of(form))}

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        values = values_of({**read, "fields": read["fields"]}, type(doing.record), doing)
        drafts = service_for(doing.record).update([doing.record], values, **doing.door)
        form: Any = self.make_form(given, model=type(doing.record), user=doing.actor)
        form.is_valid()
        text = ", ".join(sentences_of(form))
        if drafts and drafts[0].outcome == "unchanged":
            return Outcome(_("Nothing to change: %(fields)s") % {"fields": text})
        return Outcome(_("Set %(fields)s") % {"fields": text})


class CreateForm(ValuesForm):
    """Which kind of record, and its fields."""

    may_empty: ClassVar[bool] = False
    redraws: ClassVar[tuple[str, ...]] = ("add", "type")

    def ask(self) -> None:
        choices = [
            (one.slug, one.label.capitalize())
            for one in registry.types()
            if one.key != ACTIVITY and self.access.can(one.model, "add") and has_views(one.model)
        ]
        self.fields["type"] = forms.ChoiceField(label=_("What"), choices=choices)
        known = dict(choices)
        asked = (self.chosen("type") or [next(iter(known), "")])[0]
        self.slug = asked if asked in known else next(iter(known), "")
        if self.slug:
            super().ask()
        else:
            self.rows = []

    @property
    def target(self) -> Any:
        return registry.by_slug(self.slug).model


class CreateRecord(Step):
    """Makes another record."""

    key, label, icon, order = "create", gettext_lazy("Create a record"), "plus", 20
    form = CreateForm

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form: Any = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            return _("create a record")
        text = _("create: %(type)s") % {"type": registry.by_slug(form.slug).label}
        return f"{text} ({', '.join(sentences_of(form))})"

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        made_type = registry.by_slug(read["type"])
        values = values_of(read, made_type.model, doing)
        if doing.record.owner_id:
            values.setdefault("owner", doing.record.owner)
        drafts = service_for(made_type.model).create([values], **doing.door)
        made: Any = drafts[0].record
        return Outcome(
            _("Created: %(title)s") % {"title": made},
            {"type": made_type.slug, "id": made.pk, "title": str(made)},
        )


class TagForm(StepForm):
    def ask(self) -> None:
        self.fields["add"] = TagsField(label=_("Add tags"), required=False)
        self.fields["remove"] = TagsField(label=_("Remove tags"), required=False)

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        if not self.cleaned_data.get("add") and not self.cleaned_data.get("remove"):
            self.add_error("add", _("Name at least one tag."))
        return given


class ChangeTags(Step):
    """Adds tags and takes them away."""

    key, label, icon, order = "tag", gettext_lazy("Add or remove tags"), "tag", 30
    form = TagForm

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            return _("change tags")
        parts = []
        if form.cleaned_data["add"]:
            parts.append(_("add the tags %(tags)s") % {"tags": ", ".join(form.cleaned_data["add"])})
        if form.cleaned_data["remove"]:
            parts.append(_("remove the tags %(tags)s") % {"tags": ", ".join(form.cleaned_data["remove"])})
        return ", ".join(parts)

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        kept = [tag for tag in doing.record.tags if tag not in read["remove"]]
        tags = [*kept, *(tag for tag in read["add"] if tag not in kept)]
        service_for(doing.record).update([doing.record], {"tags": tags}, **doing.door)
        return Outcome(_("Tags: %(tags)s") % {"tags": ", ".join(tags) or "—"})


class VerbForm(StepForm):
    """The dialog of a verb, asked while the rule is made."""

    action_name: ClassVar[str] = ""

    def ask(self) -> None:
        action = views_of(self.model).action(self.action_name)
        if action is not None and action.form is not None:
            asked: Any = action.form
            self.fields.update(asked(None, user=self.user, records=[]).fields)
            for one in self.fields.values():
                one.initial = None


class DoVerb(Step):
    """Does one of the actions that the record's page offers: win, lose."""

    order = 15

    def __init__(self, model: Any, name: str, *, label: Any, icon: str = "bolt") -> None:
        self.model, self.name = model, name
        self.label, self.icon = label, icon
        self.key = f"{model._meta.label_lower}.{name}"
        self.form = type("VerbForm", (VerbForm,), {"action_name": name})

    def is_offered(self, model: Any) -> bool:
        return bool(model is self.model)

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form = self.make_form(given, model=model, user=user)
        text = str(self.label)
        text = text[:1].lower() + text[1:]
        if not form.is_valid():
            return text
        said = [str(value) for value in form.cleaned_data.values() if value not in (None, "", [])]
        return f"{text} ({', '.join(said)})" if said else text

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        action = views_of(self.model).action(self.name)
        if action is None:
            raise StepRefused(_("There is no such action any more."))
        if not action.when(doing.record):
            raise StepRefused(_("This can't be done to the record as it is now."))
        answers = self.read(given, model=self.model, user=doing.actor) if action.form else {}
        action.verb(records=[doing.record], **doing.door, **answers)
        return Outcome(str(action.done or action.label))


def given_lists(data: MultiValueDict[str, Any], prefix: str) -> dict[str, list[str]]:
    """Return what a builder posted for one step, as rules keep it."""
    start = f"{prefix}-"
    return {
        key.removeprefix(start): [str(one) for one in values]
        for key, values in data.lists()
        if key.startswith(start) and any(str(one) for one in values)
    }
