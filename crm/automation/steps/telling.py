"""Telling people and programs: notices, letters by template, hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.automation import hooks, letters, notices, people
from crm.automation.catalogue import catalogue
from crm.automation.models import Webhook
from crm.automation.steps.base import Doing, Outcome, Step, StepForm, StepRefused
from crm.identity.models import User
from crm.mail.models import MailTemplate
from crm.records import filling
from crm.records.registry import type_of
from crm.ui.admin.rights import may_administer
from crm.ui.fields import ReferenceField

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotifyForm(StepForm):
    merged: ClassVar[tuple[str, ...]] = ("text",)
    redraws: ClassVar[tuple[str, ...]] = ("who",)

    def ask(self) -> None:
        self.fields["who"] = people.who_field(people.MANY, _("Whom"))
        who = (self.chosen("who") or [people.OWNER])[0]
        if who == people.USER:
            self.fields["user"] = ReferenceField(User, self.user, label=_("Person"), required=True)
        elif who == people.ROLE:
            self.fields["role"] = people.role_field()
        self.fields["text"] = forms.CharField(
            label=_("What to say"), max_length=500, widget=forms.Textarea({"rows": 2})
        )


class Notify(Step):
    """Tells colleagues."""

    key, label, icon, order = "notify", gettext_lazy("Notify colleagues"), "bell", 40
    form = NotifyForm

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            return _("notify somebody")
        read = form.cleaned_data
        who = people.said(read["who"], read.get("user"), read.get("role"), people.MANY)
        return _("notify: %(who)s") % {"who": who}

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        chosen = people.found(read["who"], doing, user=read.get("user"), role=read.get("role"))
        # A notice names the record, so it goes only to those who may see it.
        told = [
            one
            for one in chosen
            if type(doing.record).objects.visible_to(one).filter(pk=doing.record.pk).exists()
        ]
        if not told:
            raise StepRefused(_("There is nobody who could be told and may see the record."))
        for one in told:
            text = filling.fill(read["text"], doing.record, doing.actor, reader=one)
            notices.tell(
                [one], text=text, record=doing.record, key=f"rule:{doing.run.pk}:{doing.step}", at=doing.at
            )
        return Outcome(_("Told %(who)s") % {"who": ", ".join(str(one) for one in told)})


class MailForm(StepForm):
    redraws: ClassVar[tuple[str, ...]] = ("to",)

    def ask(self) -> None:
        type_id = type_of(self.model).id
        self.fields["template"] = forms.ModelChoiceField(
            MailTemplate.objects.filter(
                type_id__in=(0, type_id), owner=None, team=None, is_active=True
            ).order_by("name"),
            label=_("Template"),
            help_text=_("Templates are written under “Mail templates”."),
        )
        ways = [(one.key, one.label) for one in catalogue.addresses(self.model)]
        ways += [("owner", people.ONE[people.OWNER]), ("lead", people.ONE[people.LEAD])]
        ways += [("user", people.ONE[people.USER]), ("typed", _("a certain address"))]
        self.fields["to"] = forms.ChoiceField(label=_("To"), choices=ways)
        to = (self.chosen("to") or [str(ways[0][0])])[0]
        if to == "user":
            self.fields["user"] = ReferenceField(User, self.user, label=_("Person"), required=True)
        elif to == "typed":
            self.fields["address"] = forms.EmailField(label=_("Address"))


class SendMail(Step):
    """Sends a letter by template."""

    key, label, icon, order = "mail", gettext_lazy("Send a letter"), "mail-forward", 45
    form = MailForm

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form: Any = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            return _("send a letter")
        read = form.cleaned_data
        to = read.get("address") or read.get("user") or dict(form.fields["to"].choices)[read["to"]]
        return _("send the letter “%(name)s” to %(to)s") % {"name": read["template"], "to": to}

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        address = self.address(read, doing)
        try:
            validate_email(address)
        except ValidationError:
            raise StepRefused(_("There is no e-mail address to send it to.")) from None
        letter = letters.write(
            read["template"], record=doing.record, user=doing.actor, to=address, run=doing.run
        )
        return Outcome(_("Letter “%(subject)s” to %(to)s") % {"subject": letter.subject, "to": address})

    def address(self, read: Mapping[str, Any], doing: Doing) -> str:
        if read.get("address"):
            return str(read["address"])
        for one in catalogue.addresses(type(doing.record)):
            if one.key == read["to"]:
                return one.find(doing.record)
        chosen = people.found(read["to"], doing, user=read.get("user"))
        return chosen[0].email if chosen else ""


class HookForm(StepForm):
    def ask(self) -> None:
        own = Q() if may_administer(self.user) else Q(author=self.user)
        self.fields["webhook"] = forms.ModelChoiceField(
            Webhook.objects.filter(own).order_by("name"),
            label=_("Webhook"),
            help_text=_("Addresses and their secrets are kept under “Webhooks”."),
        )


class CallHook(Step):
    """Sends the record to another program."""

    key, label, icon, order = "webhook", gettext_lazy("Call a webhook"), "plug", 60
    form = HookForm

    def sentence(self, given: Mapping[str, Any], *, model: Any, user: User) -> str:
        form = self.make_form(given, model=model, user=user)
        if not form.is_valid():
            return _("call a webhook")
        return _("call the webhook “%(name)s”") % {"name": form.cleaned_data["webhook"]}

    def run(self, given: Mapping[str, Any], doing: Doing) -> Outcome:
        read = self.read(given, model=type(doing.record), user=doing.actor)
        hook: Webhook = read["webhook"]
        if not hook.is_on:
            raise StepRefused(_("The webhook “%(name)s” is switched off.") % {"name": hook})
        hooks.send(
            hook,
            key=f"run:{doing.run.pk}:{doing.step}",
            event="rule.ran",
            body=hooks.body_of(
                "rule.ran",
                at=doing.at,
                record=filling.record_json(doing.record, doing.actor),
                rule={"id": doing.rule.pk, "name": doing.rule.name},
                cause=doing.event.name if doing.event else doing.rule.trigger,
            ),
        )
        return Outcome(_("Handed to the webhook “%(name)s”") % {"name": hook})
