"""Pages of sequences: their steps, their figures, who is on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.mail import sequences
from crm.mail.composing import templating
from crm.mail.models import Enrolment, MailTemplate, Sequence, SequenceStep, StepKind, StopReason
from crm.mail.sequence_figures import figures
from crm.mail.views.composing import WritingPage
from crm.records import registry
from crm.ui.admin import may_administer
from crm.ui.feedback import toast, trigger

if TYPE_CHECKING:
    from crm.identity.models import User

MOST = 200
MOST_STEPS = 12


class SequenceForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Sequence
        fields = ("name", "is_active", "stops_on_stage")


class StepForm(forms.Form):
    """One line of steps; a line without a kind is none."""

    kind = forms.ChoiceField(required=False)
    template = forms.ModelChoiceField(MailTemplate.objects.none(), required=False)
    subject = forms.CharField(max_length=250, required=False)
    days = forms.IntegerField(min_value=1, max_value=250, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "—"), *StepKind.choices]  # type: ignore[attr-defined]
        rows = templating.visible_to(user).filter(is_active=True).order_by("name")
        self.fields["template"].queryset = rows  # type: ignore[attr-defined]
        for name, one in self.fields.items():
            css = "form-control" if name in ("subject", "days") else "form-select"
            one.widget.attrs |= {"class": f"{css} form-control-sm", "aria-label": NAMES[name]()}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == StepKind.MAIL and not given.get("template"):
            self.add_error("template", _("Choose a template."))
        if given.get("kind") == StepKind.WAIT and not given.get("days"):
            self.add_error("days", _("Say how many business days."))
        return given


NAMES = {
    "kind": lambda: _("Kind"),
    "template": lambda: _("Template"),
    "subject": lambda: _("What is to be done"),
    "days": lambda: _("Business days"),
}


def may_edit(sequence: Sequence | None, user: User) -> bool:
    return sequence is None or sequence.owner_id == user.pk or may_administer(user)


class SequenceList(WritingPage):
    """``mail/sequences/``: all of them, with how many are on the way."""

    def get(self, request: HttpRequest) -> HttpResponse:
        is_open = Q(enrolments__state__in=sequences.OPEN)
        rows = Sequence.objects.annotate(
            taken_up=Count("enrolments"), on_the_way=Count("enrolments", filter=is_open)
        )
        return render(request, "letters/sequences.html", {"rows": rows.order_by("name")})


class SequencePage(WritingPage):
    """``mail/sequences/5/``: figures per step, and who is on the way."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        sequence = get_object_or_404(Sequence, pk=pk)
        lines = figures(sequence)
        context = {
            "sequence": sequence,
            "lines": lines,
            "total": sum(line.total for line in lines),
            "rows": self.seen(sequence),
            "may_edit": may_edit(sequence, self.user),
        }
        return render(request, "letters/sequence.html", context)

    def seen(self, sequence: Sequence) -> list[dict[str, Any]]:
        """Return the participants whose records one sees, the latest first."""
        rows = list(sequence.enrolments.select_related("author").order_by("-enrolled_at", "-pk")[:MOST])
        found: dict[tuple[int, int], Any] = {}
        for type_id in {one.type_id for one in rows}:
            model: Any = registry.by_id(type_id).model
            ids = [one.record_id for one in rows if one.type_id == type_id]
            for record in model.objects.visible_to(self.user).filter(pk__in=ids):
                found[(type_id, record.pk)] = record
        return [
            {"one": one, "record": found[(one.type_id, one.record_id)]}
            for one in rows
            if (one.type_id, one.record_id) in found
        ]


class SequenceEdit(WritingPage):
    """``mail/sequences/5/edit/``: name and steps."""

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        sequence = self.sequence(pk)
        return self.page(SequenceForm(instance=sequence), self.formset(sequence))

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        sequence = self.sequence(pk)
        form, formset = SequenceForm(request.POST, instance=sequence), self.formset(sequence, request.POST)
        if not form.is_valid() or not formset.is_valid():
            return self.page(form, formset, status=422)
        with transaction.atomic():
            saved = form.save(commit=False)
            saved.owner = saved.owner or self.user
            saved.save()
            self.keep(saved, [one.cleaned_data for one in formset if one.cleaned_data.get("kind")])
        return toast(request, redirect(saved), _("Saved."))

    def keep(self, sequence: Sequence, steps: list[dict[str, Any]]) -> None:
        """Write the steps anew; who is on the way goes on at the same place."""
        sequence.steps.all().delete()
        SequenceStep.objects.bulk_create(
            SequenceStep(
                sequence=sequence,
                position=place,
                kind=one["kind"],
                days=one["days"] or 0 if one["kind"] == StepKind.WAIT else 0,
                template=one["template"] if one["kind"] == StepKind.MAIL else None,
                subject=one["subject"],
            )
            for place, one in enumerate(steps, 1)
        )

    def sequence(self, pk: int | None) -> Sequence | None:
        found = get_object_or_404(Sequence, pk=pk) if pk else None
        if not may_edit(found, self.user):
            raise PermissionDenied
        return found

    def formset(self, sequence: Sequence | None, data: Any = None) -> Any:
        steps = sequence.steps.order_by("position") if sequence else []
        first = [
            {"kind": one.kind, "template": one.template_id, "subject": one.subject, "days": one.days or None}
            for one in steps
        ]
        made = forms.formset_factory(StepForm, extra=max(3, 5 - len(first)), max_num=MOST_STEPS)
        return made(data, initial=first, prefix="steps", form_kwargs={"user": self.user})

    def page(self, form: SequenceForm, formset: Any, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "formset": formset, "sequence": form.instance if form.instance.pk else None}
        return render(self.request, "letters/sequence_edit.html", context, status=status)


class EnrolmentAct(WritingPage):
    """``mail/enrolments/5/do/pause/``: lets one participant rest, go on, or stop."""

    def post(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        row = get_object_or_404(Enrolment.objects.select_related("sequence", "author"), pk=pk)
        model: Any = registry.by_id(row.type_id).model
        record = model.objects.visible_to(self.user).filter(pk=row.record_id).first()
        if record is None or act not in ("pause", "resume", "stop"):
            raise Http404
        if row.author_id != self.user.pk and not access_for(self.user).can(model, "change", record):
            raise PermissionDenied
        if act == "pause":
            sequences.pause(row)
        elif act == "resume":
            sequences.resume(row, at=self.at)
        elif row.is_open:
            sequences.stop(row, StopReason.HAND, at=self.at)
        return trigger(HttpResponse(status=204), "mailChanged", {})
