"""Fields and the values that a step gives them: typed in, counted from today, copied, emptied.

A row per field: ``fields`` names them, ``how-<field>`` says by which way, and ``value-``,
``days-`` or ``from-<field>`` what is asked for then.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.automation.steps.base import Doing, StepForm, StepRefused, unknown_text
from crm.identity.models import Organisation
from crm.lib.dates import add_working_days
from crm.records import filling
from crm.records.fields import Field, Kind, fields_of
from crm.ui.fields import form_field

if TYPE_CHECKING:
    from collections.abc import Mapping


VALUE, DAYS, WORKING, COPY, THIS, EMPTY = "value", "days", "working", "copy", "this", "empty"
HOWS = {
    VALUE: gettext_lazy("to"),
    DAYS: gettext_lazy("days from now"),
    WORKING: gettext_lazy("working days from now"),
    COPY: gettext_lazy("from the field"),
    THIS: gettext_lazy("this record"),
    EMPTY: gettext_lazy("empty it"),
}
DATES = (Kind.DATE, Kind.DATETIME)
TEXTS = (Kind.TEXT, Kind.LONG_TEXT)
NINE = time(9)


class ValuesForm(StepForm):
    """Rows of fields and values."""

    template = "automation/steps/values.html"
    redraws: ClassVar[tuple[str, ...]] = ("add",)
    #: Whether an empty value makes sense: not where a record is made.
    may_empty: ClassVar[bool] = True

    @property
    def target(self) -> Any:
        """The model whose fields are given values."""
        return self.model

    def offered(self) -> dict[str, Field]:
        """Return the fields that may be given values."""
        found = {
            name: one
            for name, one in fields_of(self.target).items()
            if one.writable and one.kind is not Kind.TAGS and not self.access.field_level(self.target, name)
        }
        return dict(sorted(found.items(), key=lambda pair: str(pair[1].label).casefold()))

    def ask(self) -> None:
        known = self.offered()
        choices = [("", _("Choose a field…")), *((name, capital(one.label)) for name, one in known.items())]
        self.fields["fields"] = forms.MultipleChoiceField(
            label=_("Fields"), choices=choices[1:], widget=forms.MultipleHiddenInput, required=False
        )
        self.rows = [name for name in dict.fromkeys(self.chosen("fields")) if name in known]
        self.fields["add"] = forms.ChoiceField(
            label=_("Another field") if self.rows else _("Field"),
            choices=[pair for pair in choices if pair[0] not in self.rows],
            required=False,
        )
        for name in self.rows:
            self._ask_row(known[name])
        for name, asked in self.fields.items():
            if name not in ("fields", "add", "type"):
                asked.widget.attrs["aria-label"] = str(asked.label)

    def _ask_row(self, one: Field) -> None:
        hows = self.hows(one)
        how = (self.chosen(f"how-{one.name}") or [hows[0]])[0]
        label = capital(one.label)
        self.fields[f"how-{one.name}"] = forms.ChoiceField(
            label=_("%(field)s: how") % {"field": label},
            choices=[(key, HOWS[key]) for key in hows],
            required=False,
        )
        if how == VALUE:
            made = form_field(one, self.user, required=one.kind is not Kind.YES_NO)
            made.label = label
            self.fields[f"value-{one.name}"] = made
        elif how in (DAYS, WORKING):
            self.fields[f"days-{one.name}"] = forms.IntegerField(
                label=label, min_value=0 if how == WORKING else -3650, max_value=3650, initial=3
            )
        elif how == COPY:
            self.fields[f"from-{one.name}"] = forms.ChoiceField(label=label, choices=self.sources(one))

    def hows(self, one: Field) -> list[str]:
        """Return by which ways this field can be given a value."""
        found = [VALUE]
        if one.kind in DATES:
            found += [DAYS, WORKING]
        if self.target is not self.model and one.to is self.model:
            found.insert(0, THIS)
        if self.sources(one):
            found.append(COPY)
        if self.may_empty and not one.required and one.kind is not Kind.YES_NO:
            found.append(EMPTY)
        return found

    def sources(self, one: Field) -> list[tuple[str, str]]:
        """Return fields of the record whose value this field could take over."""
        level = self.access.field_level
        return [
            (name, capital(other.label))
            for name, other in fields_of(self.model).items()
            if alike(one, other)
            and (name != one.name or self.target is not self.model)
            and level(self.model, name) != "hidden"
        ]

    def clean(self) -> dict[str, Any] | None:
        given = super().clean()
        if not self.rows:
            self.add_error("add", _("Choose at least one field."))
        known = self.offered()
        for name in self.rows:
            text = self.cleaned_data.get(f"value-{name}")
            is_text = known[name].kind in TEXTS and isinstance(text, str)
            if is_text and (wrong := filling.unknown(str(text), self.model)):
                self.add_error(f"value-{name}", unknown_text(wrong))
        return given

    @property
    def drawn(self) -> list[dict[str, Any]]:
        """The rows as they are drawn: the field, by which way, and what is asked for then."""
        known = self.offered()
        found = []
        for name in self.rows:
            part = next((key for key in ("value", "days", "from") if f"{key}-{name}" in self.fields), "")
            found.append(
                {
                    "name": name,
                    "label": capital(known[name].label),
                    "how": self[f"how-{name}"],
                    "control": self[f"{part}-{name}"] if part else None,
                }
            )
        return found


def values_of(given: Mapping[str, Any], target: Any, doing: Doing) -> dict[str, Any]:
    """Work out the values that the rows ask for, as the service takes them."""
    known = fields_of(target)
    found = {}
    for name in given["fields"]:
        one = known.get(name)
        if one is None:
            raise StepRefused(_("There is no field “%(name)s” any more.") % {"name": name})
        found[name] = value_of(given, one, doing)
    return found


def value_of(given: Mapping[str, Any], one: Field, doing: Doing) -> Any:
    name = one.name
    if f"from-{name}" in given:
        return copied(given[f"from-{name}"], doing)
    if f"days-{name}" in given:
        return day_ahead(one, given[f"days-{name}"], given.get(f"how-{name}") == WORKING, doing.at)
    how = given.get(f"how-{name}")
    if how == THIS:
        return doing.record
    if how == EMPTY:
        return one.empty
    value = given.get(f"value-{name}")
    if one.kind in TEXTS and isinstance(value, str):
        value = filling.fill(value, doing.record, doing.actor)
        return value[: one.max_length] if one.max_length else value
    return value


def copied(source: str, doing: Doing) -> Any:
    other = fields_of(type(doing.record)).get(source)
    if other is None:
        raise StepRefused(_("There is no field “%(name)s” any more.") % {"name": source})
    return other.value(doing.record)


def day_ahead(one: Field, days: int, is_working: bool, at: datetime) -> Any:
    """Return the day so many days from now, as the company counts days; a moment at nine."""
    organisation = Organisation.load()
    zone = ZoneInfo(organisation.time_zone)
    today = at.astimezone(zone).date()
    day = (
        add_working_days(today, days, organisation.working_days)
        if is_working
        else today + timedelta(days=days)
    )
    return day if one.kind is Kind.DATE else datetime.combine(day, NINE, zone)


def sentences_of(form: ValuesForm) -> list[str]:
    """Say each row: "stage to Won", "expected close 3 working days from now"."""
    known = form.offered()
    return [said(known[name], form) for name in form.rows]


def said(one: Field, form: ValuesForm) -> str:
    name, given = one.name, form.cleaned_data
    label = str(one.label)
    if f"from-{name}" in given:
        other = fields_of(form.model)[given[f"from-{name}"]]
        return _("%(field)s from “%(other)s”") % {"field": label, "other": other.label}
    if f"days-{name}" in given:
        return f"{label}: {days_text(given[f'days-{name}'], given.get(f'how-{name}') == WORKING)}"
    how = given.get(f"how-{name}")
    if how == THIS:
        return _("%(field)s: this record") % {"field": label}
    if how == EMPTY:
        return _("%(field)s emptied") % {"field": label}
    return _("%(field)s to “%(value)s”") % {"field": label, "value": one.text(given.get(f"value-{name}"))}


def days_text(days: int, is_working: bool) -> str:
    """Say how far ahead: "today", "in 3 working days"."""
    if days == 0:
        return _("today")
    if is_working:
        return ngettext("in %(count)d working day", "in %(count)d working days", days) % {"count": days}
    if days < 0:
        return ngettext("%(count)d day ago", "%(count)d days ago", -days) % {"count": -days}
    return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}


def alike(one: Field, other: Field) -> bool:
    """Tell whether one field can take over the value of another."""
    if one.kind in (Kind.REFERENCE, Kind.USER):
        return other.kind is one.kind and other.to is one.to
    if one.kind is Kind.CHOICE:
        return other.kind is Kind.CHOICE and other.choices == one.choices
    numbers = (Kind.INTEGER, Kind.NUMBER, Kind.MONEY)
    if one.kind in numbers:
        return other.kind in numbers
    if one.kind in TEXTS:
        return other.kind in (*TEXTS, Kind.EMAIL, Kind.PHONE, Kind.URL)
    return other.kind is one.kind


def capital(label: Any) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]
