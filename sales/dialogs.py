"""Dialogs of a deal's page: a step along the stage bar, and who has a say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Person
from crm.records.drafts import RecordErrors
from crm.ui.drawn import Drawn
from crm.ui.feedback import go_to, toast, undo_url
from crm.ui.fields import ReferenceField
from crm.ui.forms import as_notes
from crm.ui.pages import RecordPage
from sales import gates
from sales.models import Stage, StageKind
from sales.services import drop_person, move_deals, put_person

if TYPE_CHECKING:
    from crm.ui.forms import RecordForm


class StagePage(RecordPage):
    """``<id>/stage/<stage>/``: moves the deal at once, or asks first for what the stage needs."""

    permission = "change"

    def get(self, request: HttpRequest, pk: int, stage: int) -> HttpResponse:
        record, target = self.wanted(pk, stage)
        return self.ask(record, target, self.form(record, target))

    def post(self, request: HttpRequest, pk: int, stage: int) -> HttpResponse:
        record, target = self.wanted(pk, stage)
        form = self.form(record, target, request.POST if "asked" in request.POST else None)
        if form.fields and not form.is_bound:
            return self.ask(record, target, form)
        if form.is_bound and not form.is_valid():
            return self.ask(record, target, form, status=422)
        given = {name: form.cleaned_data[name] for name in form.fields} if form.is_bound else {}
        try:
            move_deals(records=[record], actor=request.user, at=self.at, stage=target, **given)  # type: ignore[arg-type]
        except RecordErrors as refused:
            form = self.form(record, target, request.POST)
            form.is_valid()
            form.take(refused.errors)
            return self.ask(record, target, form, status=422)
        response = go_to(request, self.views.url("detail", record.pk))
        text = _("%(record)s: %(column)s.") % {"record": record, "column": target.name}
        return toast(request, response, text, undo=undo_url(record, request.user))

    def wanted(self, pk: int, stage: int) -> tuple[Any, Stage]:
        """Return the deal and the stage of its pipeline.

        Raises:
            Http404: when the stage belongs to another pipeline.
        """
        record = self.get_record(pk, action="change", needs=("stage",))
        target = Stage.objects.filter(pk=stage, pipeline=record.pipeline_id).first()
        if target is None:
            raise Http404
        return record, target

    def form(self, record: Any, target: Stage, data: Any = None) -> RecordForm:
        """Return a form of what the stage needs and the deal lacks."""
        names = gates.missing(record, target)
        if target.kind == StageKind.LOST:
            names = [*names, "lost_note"]
        form = self.views.form(data, user=self.request.user, record=record, names=names)
        for name in gates.missing(record, target):
            if name in form.fields:
                form.fields[name].required = True
        return form

    def ask(self, record: Any, target: Stage, form: Any, *, status: int = 200) -> HttpResponse:
        url = self.views.url("stage", record.pk, target.pk)
        context = {"record": record, "stage": target, "form": form, "url": url}
        return self.show("sales/stage_dialog.html", context, status=status)


class RoleForm(Drawn, forms.Form):
    """Who has a say in a deal, and which."""

    role = forms.CharField(
        label=gettext_lazy("Role"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Such as decides, signs, uses, advises."),
        widget=forms.TextInput(attrs={"list": "deal-roles"}),
    )

    def __init__(self, data: Any = None, *, user: Any) -> None:
        super().__init__(data)
        self.fields = {
            "person": ReferenceField(Person, user, label=_("Person"), required=True),
            "role": self.fields["role"],
        }


class PeoplePage(RecordPage):
    """``<id>/people/``: puts a person on the deal, or takes one off."""

    permission = "change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.ask(self.get_record(pk, action="change"), RoleForm(user=request.user))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="change")
        actor: Any = request.user
        if "drop" in request.POST:
            person = record.people.filter(pk=self.number("drop")).first()
            if person is None:
                raise Http404
            drop_person(deal=record, person=person, actor=actor, at=self.at)
            return toast(request, go_to(request, self.views.url("detail", pk)), _("Taken off the deal."))
        form = RoleForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.ask(record, form, status=422)
        try:
            put_person(
                deal=record,
                person=form.cleaned_data["person"],
                role=form.cleaned_data["role"],
                actor=actor,
                at=self.at,
            )
        except (RecordErrors, ValidationError) as refused:
            for messages in as_notes(refused).values():
                form.add_error(None, messages)
            return self.ask(record, form, status=422)
        return toast(request, go_to(request, self.views.url("detail", pk)), _("On the deal now."))

    def number(self, name: str) -> int:
        text = self.request.POST.get(name, "")
        return int(text) if text.isdecimal() else 0

    def ask(self, record: Any, form: Any, *, status: int = 200) -> HttpResponse:
        url = self.views.url("people", record.pk)
        return self.show(
            "sales/people_dialog.html", {"record": record, "form": form, "url": url}, status=status
        )
