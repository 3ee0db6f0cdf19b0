"""Planning a task, a call or a meeting; giving the record to somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.automation import people, rotations
from crm.automation.models import Rotation
from crm.automation.steps.base import Doing, Outcome, Step, StepForm, StepRefused
from crm.automation.steps.values import days_text
from crm.identity.models import Organisation, User
from crm.lib import merge_fields
from crm.lib.dates import When, add_working_days
from crm.records import filling
from crm.records.registry import service_for, type_of
from crm.timeline.linking import LIFELESS
from crm.timeline.models import Activity
from crm.timeline.services import add_note, plan_activity, zone_of
from crm.ui.fields import ReferenceField

if TYPE_CHECKING:
    from collections.abc import Mapping


class PlanForm(StepForm):
    merged: ClassVar[tuple[str, ...]] = ("subject", "body")
    redraws: ClassVar[tuple[str, ...]] = ("who",)

    def ask(self) -> None:
        kinds = [(kind.value, kind.label) for kind in Activity.Kind if kind != Activity.Kind.NOTE]
        self.fields["kind"] = forms.ChoiceField(label=_("What"), choices=kinds)
        self.fields["subject"] = forms.CharField(label=_("Subject"), max_length=250)
        self.fields["days"] = forms.IntegerField(
            label=_("Due in days"), min_value=0, max_value=730, initial=1, help_text=_("0 is today.")
        )
        self.fields["working"] = forms.BooleanField(
            label=_("Count working days only"), required=False, initial=True
        )
        self.fields["clock"] = forms.TimeField(
            label=_("At"),
            required=False,
            widget=forms.TimeInput({"type": "time"}),
            help_text=_("Empty: any time of that day."),
        )
        self.fields["who"] = people.who_field(people.ONE, _("For whom"))
        who = (self.chosen("who") or [people.OWNER])[0]
        if who == people.USER:
            self.fields["user"] = ReferenceField(User, self.user, label=_("Person"), required=True)
        elif who == people.ROLE:
            self.fields["role"] = people.role_field()
        self.fields["body"] = forms.CharField(
            label=_("Text"), required=False, widget=forms.Textarea({"rows": 2})
        )


class PlanActivity(Step):
    """Plans something to be done about the record."""

    key, label, icon, order = "plan", gettext_lazy("Plan a task, call or meeting"), "calendar-plus", 5
    form = PlanForm

    def is_offered(self, model: Any) -> bool:
        return type_of(model).trade not in LIFELESS

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            return _("plan something")
        read = form.cleaned_data
        return _("plan: %(kind)s “%(subject)s” for %(who)s, due %(when)s") % {
            "kind": str(Activity.Kind(read["kind"]).label).lower(),
            "subject": merge_fields.shown(read["subject"]),
            "who": people.said(read["who"], read.get("user"), read.get("role"), people.ONE),
            "when": days_text(read["days"], read["working"]),
        }

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        chosen = people.found(read["who"], doing, user=read.get("user"), role=read.get("role"))
        if not chosen and read["who"] != people.OWNER:
            raise StepRefused(_("There is nobody for whom it could be planned."))
        owner = chosen[0] if chosen else doing.actor
        when = self.when(read, owner, doing)
        drafts = plan_activity(
            records=[doing.record],
            kind=read["kind"],
            when=when,
            owner=owner,
            subject=filling.fill(read["subject"], doing.record, doing.actor)[:250],
            body=filling.fill(read["body"], doing.record, doing.actor),
            **doing.door,
        )
        made = drafts[0].record
        text = _("Planned “%(subject)s” for %(who)s, due %(day)s") % {
            "subject": made,
            "who": owner,
            "day": date_format(when.day, "DATE_FORMAT"),
        }
        return Outcome(text, {"type": "activities", "id": made.pk, "title": str(made)})

    def when(self, read: Mapping[str, Any], owner: User, doing: Doing) -> When:
        """Return the day on which it is due, as its owner counts days."""
        today = doing.at.astimezone(zone_of(owner)).date()
        if read["working"]:
            day = add_working_days(today, read["days"], Organisation.load().working_days)
        else:
            day = today + timedelta(days=read["days"])
        return When(day, read["clock"])


class NoteForm(StepForm):
    merged: ClassVar[tuple[str, ...]] = ("body",)

    def ask(self) -> None:
        self.fields["body"] = forms.CharField(label=_("Note"), widget=forms.Textarea({"rows": 3}))


class WriteNote(Step):
    """Writes a note into the record's timeline."""

    key, label, icon, order = "note", gettext_lazy("Write a note"), "note", 35
    form = NoteForm

    def is_offered(self, model: Any) -> bool:
        return type_of(model).trade not in LIFELESS

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        return _("write a note")

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        body = filling.fill(read["body"], doing.record, doing.actor)
        add_note(records=[doing.record], body=body, **doing.door)
        return Outcome(_("Wrote a note"))


class AssignForm(StepForm):
    redraws: ClassVar[tuple[str, ...]] = ("to",)

    def ask(self) -> None:
        self.fields["to"] = forms.ChoiceField(
            label=_("To whom"),
            choices=[
                ("rotation", _("the next of a rotation")),
                (people.USER, _("a certain person")),
                (people.LEAD, _("lead of the owner's team")),
                (people.CAUSER, _("whoever caused it")),
            ],
        )
        to = (self.chosen("to") or ["rotation"])[0]
        if to == "rotation":
            self.fields["rotation"] = forms.ModelChoiceField(
                Rotation.objects.filter(is_active=True).order_by("name"),
                label=_("Rotation"),
                help_text=_("Who takes part, who pauses and how much each can take is set there."),
            )
        elif to == people.USER:
            self.fields["user"] = ReferenceField(User, self.user, label=_("Person"), required=True)


def why_given(doing: Doing, reason: str) -> str:
    """Return what a record keeps of why it was given to its owner: the rule, and whose turn it was."""
    rule = _("Rule “%(name)s”") % {"name": doing.rule.name}
    return (f"{rule}: {reason}" if reason else rule)[:500]


class Assign(Step):
    """Gives the record to somebody, and keeps why."""

    key, label, icon, order = "assign", gettext_lazy("Assign to somebody"), "user-share", 12
    form = AssignForm

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            return _("assign it")
        read = form.cleaned_data
        if read["to"] == "rotation":
            return _("assign it by the rotation “%(name)s”") % {"name": read["rotation"]}
        if read["to"] == people.USER:
            return _("assign it to %(who)s") % {"who": read["user"]}
        return _("assign it to the %(who)s") % {"who": people.ONE[read["to"]]}

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        if read["to"] == "rotation":
            chosen, reason = rotations.next_of(read["rotation"], doing)
            rotations.keep(read["rotation"], chosen, reason, doing)
        else:
            somebody = people.found(read["to"], doing, user=read.get("user"))
            if not somebody:
                raise StepRefused(_("There is nobody to whom it could be given."))
            chosen, reason = somebody[0], ""
        service = service_for(doing.record)
        why = {service.gives_why: why_given(doing, reason)} if service.gives_why else {}
        service.update([doing.record], {"owner": chosen, **why}, **doing.door)
        text = _("Given to %(who)s") % {"who": chosen}
        return Outcome(f"{text}: {reason}" if reason else text, {"user": chosen.pk, "reason": reason})
