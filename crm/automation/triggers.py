"""The "when" of a rule: what is asked for each kind of start, and how it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils import dates
from django.utils.formats import time_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from crm.automation import clock
from crm.automation.catalogue import catalogue
from crm.automation.models import Trigger
from crm.automation.steps.base import Several, StepForm, as_data
from crm.automation.steps.values import capital
from crm.records.fields import Field, Kind, fields_of
from crm.records.models import Record
from crm.records.registry import type_of
from crm.ui.choices import choice_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db import models

    from crm.identity.models import User

#: Kinds whose values can be listed, so that "from" and "to" can be asked for.
LISTED = (Kind.CHOICE, Kind.YES_NO, Kind.USER, Kind.REFERENCE)
MOST_VALUES = 300
ICONS = ("bolt", "send", "user-check", "calendar-plus", "mail-forward", "flag", "refresh", "archive", "star")
WHO = {
    "change": gettext_lazy("everybody who may change the record"),
    "owner": gettext_lazy("its owner"),
    "lead": gettext_lazy("leads of teams"),
}
#: After "every week on "; languages with cases say them so that they fit there.
WEEKDAYS = {
    1: pgettext_lazy("every week on", "Monday"),
    2: pgettext_lazy("every week on", "Tuesday"),
    3: pgettext_lazy("every week on", "Wednesday"),
    4: pgettext_lazy("every week on", "Thursday"),
    5: pgettext_lazy("every week on", "Friday"),
    6: pgettext_lazy("every week on", "Saturday"),
    7: pgettext_lazy("every week on", "Sunday"),
}
EVERY = {
    "hour": gettext_lazy("every hour"),
    "day": gettext_lazy("every day"),
    "week": gettext_lazy("on days of the week"),
    "month": gettext_lazy("once a month"),
    "cron": gettext_lazy("by a cron line"),
}


class WhenForm(StepForm):
    """Asks nothing: a record is created."""

    def when(self) -> dict[str, Any]:
        """Return what the rule keeps."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value not in (None, "", []) and name in self.fields
        }

    def phrase(self) -> str:
        """Say it, after "When "."""
        return _("a record is created (%(type)s)") % {"type": type_of(self.model).label}


class ChangedForm(WhenForm):
    redraws: ClassVar[tuple[str, ...]] = ("fields",)

    def ask(self) -> None:
        choices = [(one.name, capital(one.label)) for one in self.watchable()]
        self.fields["fields"] = forms.MultipleChoiceField(
            label=_("Any of these fields"), choices=choices, widget=Several
        )
        chosen = [name for name in self.chosen("fields") if name in dict(choices)]
        one = fields_of(self.model)[chosen[0]] if len(chosen) == 1 else None
        options = values_of(one, self.user) if one is not None else []
        if options:
            for name, label in (("from", pgettext("a value", "From")), ("to", pgettext("a value", "To"))):
                self.fields[name] = forms.MultipleChoiceField(
                    label=label,
                    choices=options,
                    required=False,
                    widget=Several,
                    help_text=_("Empty: any value."),
                )

    def watchable(self) -> list[Field]:
        level = self.access.field_level
        found = [
            one
            for one in fields_of(self.model).values()
            if one.name not in ("created_at", "updated_at", "created_by", "last_touch_at", "next_due_at")
            and level(self.model, one.name) != "hidden"
        ]
        return sorted(found, key=lambda one: str(one.label).casefold())

    def phrase(self) -> str:
        known = fields_of(self.model)
        names = self.cleaned_data["fields"]
        labels = get_text_list([quoted(known[name].label) for name in names], _("or"))
        words = {"type": type_of(self.model).label, "fields": labels}
        text = _("%(fields)s changes (%(type)s)") % words
        for name, word in (("from", _("from %(values)s")), ("to", _("to %(values)s"))):
            if values := self.cleaned_data.get(name):
                options = dict(self.fields[name].choices)  # type: ignore[attr-defined]
                text += " " + word % {
                    "values": get_text_list([quoted(options[one]) for one in values], _("or"))
                }
        return text


def values_of(one: Field, user: User) -> list[tuple[str, str]]:
    """Return the values that a field can have, as rules keep them; none where there are too many."""
    if one.kind is Kind.YES_NO:
        return [("yes", _("yes")), ("no", _("no"))]
    if one.kind is Kind.CHOICE:
        return [(str(value), str(label)) for value, label in one.choices]
    if one.kind not in LISTED or one.to is None or issubclass(one.to, Record):
        return []
    rows = choice_rows(one.to, user)[:MOST_VALUES]
    empty = [] if one.required else [("", "")]
    return [*((str(row.pk), full_name(row)) for row in rows), *(pair for pair in empty if pair[0])]


def quoted(words: Any) -> str:
    return _("“%(words)s”") % {"words": words}


def full_name(row: models.Model) -> str:
    """Name a row of a small table; a stage with its pipeline, for several may have one of its name."""
    parent = getattr(row, "pipeline", None)
    return f"{row} · {parent}" if parent is not None else str(row)


class EventForm(WhenForm):
    def ask(self) -> None:
        choices = [(one.name, capital(one.label)) for one in catalogue.happenings(self.model).values()]
        self.fields["events"] = forms.MultipleChoiceField(
            label=_("Any of these"), choices=choices, widget=Several
        )

    def phrase(self) -> str:
        known = catalogue.happenings(self.model)
        labels = [str(known[name].label) for name in self.cleaned_data["events"]]
        return str(get_text_list(labels, _("or")))


class DateForm(WhenForm):
    redraws: ClassVar[tuple[str, ...]] = ("field",)

    def ask(self) -> None:
        choices = [(one.name, capital(one.label)) for one in dates_of(self.model)]
        self.fields["field"] = forms.ChoiceField(label=_("Date"), choices=choices)
        self.fields["days"] = forms.IntegerField(
            label=_("Days"), min_value=0, max_value=3650, required=False, help_text=_("0: on the day itself.")
        )
        self.fields["side"] = forms.ChoiceField(
            label=_("Before or after"),
            choices=[("before", _("before")), ("after", _("after"))],
            required=False,
        )
        name = (self.chosen("field") or [choices[0][0] if choices else ""])[0]
        if name in dict(choices) and fields_of(self.model)[name].kind is Kind.DATE:
            self.fields["at"] = time_field()

    def phrase(self) -> str:
        read = self.cleaned_data
        label = quoted(fields_of(self.model)[read["field"]].label)
        days = read.get("days") or 0
        words = {"field": label, "count": days, "type": type_of(self.model).label}
        if not days:
            text = _("the date %(field)s comes (%(type)s)") % words
        elif read.get("side") == "before":
            text = (
                ngettext(
                    "%(count)d day is left until %(field)s (%(type)s)",
                    "%(count)d days are left until %(field)s (%(type)s)",
                    days,
                )
                % words
            )
        else:
            text = (
                ngettext(
                    "%(field)s is %(count)d day past (%(type)s)",
                    "%(field)s is %(count)d days past (%(type)s)",
                    days,
                )
                % words
            )
        return text + at_text(read.get("at"))


def dates_of(model: Any) -> list[Field]:
    """Return the dates that rules can wait for: those of the record's own table."""
    columns = {one.name for one in model._meta.concrete_fields}
    return [
        one
        for one in fields_of(model).values()
        if one.kind in (Kind.DATE, Kind.DATETIME) and one.name in columns
    ]


def time_field() -> forms.Field:
    return forms.RegexField(
        r"^([01]\d|2[0-3]):[0-5]\d(:\d\d)?$",
        label=_("At"),
        initial="09:00",
        required=False,
        widget=forms.TextInput({"type": "time"}),
    )


def at_text(at: Any) -> str:
    if not at:
        return ""
    return " " + _("at %(time)s") % {"time": time_format(clock.clock({"at": at}))}


class ScheduleForm(WhenForm):
    redraws: ClassVar[tuple[str, ...]] = ("every",)

    def ask(self) -> None:
        self.fields["every"] = forms.ChoiceField(label=_("How often"), choices=list(EVERY.items()))
        every = (self.chosen("every") or ["hour"])[0]
        if every == "week":
            self.fields["weekdays"] = forms.MultipleChoiceField(
                label=pgettext("days of the week", "On"),
                choices=[(str(key + 1), name) for key, name in dates.WEEKDAYS.items()],
                widget=Several,
            )
        elif every == "month":
            self.fields["day"] = forms.IntegerField(
                label=_("Day of the month"),
                min_value=1,
                max_value=31,
                help_text=_("A day that a month lacks is its last one."),
            )
        if every == "cron":
            self.fields["cron"] = forms.CharField(
                label=_("Cron line"),
                max_length=100,
                help_text=_("Minute, hour, day of month, month, weekday: “0 9 * * mon-fri”."),
            )
        else:
            self.fields["at"] = time_field()

    def clean_cron(self) -> str:
        line: str = self.cleaned_data["cron"]
        try:
            clock.read_cron(line)
        except ValueError:
            raise forms.ValidationError(_("This line can't be read.")) from None
        return line

    def phrase(self) -> str:
        read = self.cleaned_data
        every = read["every"]
        if every == "cron":
            text = _("by the schedule “%(line)s”") % {"line": read["cron"]}
        elif every == "week":
            days = [str(WEEKDAYS[int(one)]) for one in read["weekdays"]]
            text = _("every week on %(days)s") % {"days": get_text_list(days, _("and"))}
        elif every == "month":
            text = _("every month on day %(day)d") % {"day": read["day"]}
        else:
            text = str(EVERY[every])
        when = text + (at_text(read.get("at")) if every != "hour" else "")
        return _("it is time: %(when)s (%(types)s)") % {
            "when": when,
            "types": type_of(self.model).label_plural,
        }


class ButtonForm(WhenForm):
    def ask(self) -> None:
        self.fields["label"] = forms.CharField(label=_("What the button says"), max_length=40)
        self.fields["icon"] = forms.ChoiceField(
            label=_("Icon"), choices=[(one, one) for one in ICONS], required=False
        )
        self.fields["who"] = forms.ChoiceField(label=_("Who may press it"), choices=list(WHO.items()))

    def phrase(self) -> str:
        words = {"label": self.cleaned_data["label"], "type": type_of(self.model).label}
        return _("somebody presses “%(label)s” (%(type)s)") % words


FORMS: dict[str, type[WhenForm]] = {
    Trigger.CREATED: WhenForm,
    Trigger.CHANGED: ChangedForm,
    Trigger.EVENT: EventForm,
    Trigger.DATE: DateForm,
    Trigger.SCHEDULE: ScheduleForm,
    Trigger.BUTTON: ButtonForm,
}


def form_of(
    trigger: str, given: Mapping[str, Any] | None, *, model: Any, user: User, prefix: str | None = None
) -> WhenForm:
    """Return the form of a kind of start, filled with what a rule keeps."""
    data = as_data(given, prefix) if given is not None else None
    return FORMS[trigger](data, model=model, user=user, prefix=prefix)


def phrase_of(trigger: str, when: Mapping[str, Any], *, model: Any, user: User) -> str:
    """Say when a rule looks."""
    form = form_of(trigger, when, model=model, user=user)
    return form.phrase() if form.is_valid() else str(Trigger(trigger).label)
