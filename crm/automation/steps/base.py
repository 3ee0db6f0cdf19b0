"""What every step has: a form that asks for it, a sentence that says it, and the doing."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.forms.utils import ErrorDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.records.filling import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from django.db import models

    from crm.automation.models import Rule, RuleRun
    from crm.identity.models import User
    from crm.records.models import Event


class StepRefused(Exception):
    """The step can't be done, and trying again would not help; the text says why."""


@dataclass(slots=True)
class Doing:
    """One run under way: whose rule, about which record, caused by what."""

    rule: Rule
    run: RuleRun
    record: Any
    actor: User
    at: datetime
    event: Event | None = None
    #: The number of the step within the rule, by which what it sends is told apart.
    step: str = ""

    @property
    def door(self) -> dict[str, Any]:
        """What services ask of whoever writes."""
        return {"actor": self.actor, "at": self.at, "via": "automation"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step has done, in words."""

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


class StepForm(forms.Form):
    """Asks what a step needs to know. Its raw data is what the rule keeps."""

    #: Fields whose text may name fields of the record.
    merged: ClassVar[tuple[str, ...]] = ()
    #: Fields that decide which others are asked for: the builder draws the form anew on a change.
    redraws: ClassVar[tuple[str, ...]] = ()
    #: While somebody is still at it, nothing is complained about.
    is_draft = False
    template = "automation/steps/form.html"

    def __init__(
        self, data: Any = None, *, model: type[models.Model], user: User, prefix: str | None = None
    ) -> None:
        self.model, self.user, self.access = model, user, access_for(user)
        # Ids of their own each time it is drawn: htmx would give a control the look of the one before it.
        super().__init__(data, prefix=prefix, auto_id=f"{secrets.token_hex(2)}-%s")
        self.ask()
        for name in self.fields:
            if name in self.redraws or name.startswith("how-"):
                self.fields[name].widget.attrs["data-redraw"] = ""

    @property
    def errors(self) -> Any:
        """What is wrong; nothing yet while the form is being filled in."""
        return ErrorDict() if self.is_draft else super().errors

    def as_draft(self) -> StepForm:
        """Return the form as it is drawn in between: no complaints, first values for new questions."""
        self.is_draft = True
        if self.is_bound:
            given: Any = self.data
            data = MultiValueDict({key: list(values) for key, values in given.lists()})
            for name, one in self.fields.items():
                key = self.add_prefix(name)
                if key not in data and one.initial is not None and not isinstance(one, forms.BooleanField):
                    data.setlist(key, [str(one.initial)])
            self.data = data
        return self

    def ask(self) -> None:
        """Add fields that depend on the type of record, or on what was chosen so far."""

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        for name in self.merged:
            self._check_merged(name)
        return given

    def _check_merged(self, name: str) -> None:
        text = self.cleaned_data.get(name)
        if isinstance(text, str) and (wrong := unknown(text, self.model)):
            self.add_error(name, unknown_text(wrong))

    def chosen(self, name: str) -> list[str]:
        """Return what was given for a field so far, before anything is checked."""
        if not self.is_bound:
            return []
        key = self.add_prefix(name)
        found = self.data.getlist(key) if hasattr(self.data, "getlist") else [self.data.get(key)]
        return [str(one) for one in found if one not in (None, "")]


def unknown_text(paths: Sequence[str]) -> str:
    return _("There is no field of this name: %(names)s.") % {"names": ", ".join(paths)}


class Step:
    """One kind of thing that rules can do."""

    key: str = ""
    label: Any = ""
    icon: str = "bolt"
    order: int = 50
    form: type[StepForm] = StepForm

    def is_offered(self, model: type[models.Model]) -> bool:
        """Tell whether rules over records of this type can do it."""
        return True

    def make_form(
        self, given: Mapping[str, Any] | None, *, model: Any, user: User, prefix: str | None = None
    ) -> StepForm:
        """Return the form, filled with what a rule keeps."""
        data = as_data(given, prefix) if given is not None else None
        return self.form(data, model=model, user=user, prefix=prefix)

    def read(self, given: Mapping[str, Any], *, model: Any, user: User) -> dict[str, Any]:
        """Return what the form understands of what a rule keeps.

        Raises:
            StepRefused: when it does not understand it (any more).
        """
        form = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            raise StepRefused(first_error(form))
        return form.cleaned_data

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        """Say what it will do: "add the tag “vip”"."""
        return str(self.label)

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        """Do it.

        Raises:
            StepRefused, RecordErrors, ValidationError: when it can't be done.
        """
        raise NotImplementedError


class Several(forms.SelectMultiple):
    """Some of a list, found by typing."""

    template_name = "automation/widgets/several.html"


def as_data(given: Mapping[str, Any], prefix: str | None = None) -> MultiValueDict[str, Any]:
    """Return what a rule keeps as Django's forms read it."""
    lists = {}
    for name, value in given.items():
        values = value if isinstance(value, list) else [value]
        lists[f"{prefix}-{name}" if prefix else name] = [
            ("on" if one else "") if isinstance(one, bool) else "" if one is None else str(one)
            for one in values
        ]
    return MultiValueDict(lists)


def first_error(form: forms.Form) -> str:
    """Return the first thing that a form complains about, with the field's name."""
    for name, messages in form.errors.items():
        for message in messages:
            label = form.fields[name].label if name in form.fields else ""
            return f"{label}: {message}" if label else str(message)
    return ""
