"""The dialog by which a record is shared, and the answer to "why can this person see it?"."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity import reasons
from crm.identity.access import access_for
from crm.identity.models import Share, Team, User
from crm.records import sharing
from crm.records.fields import fields_of
from crm.ui.admin.rights import may_administer
from crm.ui.feedback import toast, trigger
from crm.ui.pages import RecordPage

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: What is asked about, in the order in which it is told.
ASKED: tuple[tuple[str, str | Promise], ...] = (
    ("view", gettext_lazy("See the record")),
    ("change", gettext_lazy("Change it")),
    ("delete", gettext_lazy("Delete it")),
    ("export", gettext_lazy("Export it")),
)


def whom_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return colleagues and teams to whom something can be shown."""
    people = User.objects.filter(is_active=True).order_by("full_name", "username")
    teams = Team.objects.filter(is_active=True).order_by("name")
    return [
        (_("Colleagues"), [(f"user:{one.pk}", str(one)) for one in people]),
        (_("Teams"), [(f"team:{one.pk}", str(one)) for one in teams]),
    ]


class ShareForm(forms.Form):
    """With whom, how much, until when, and why."""

    whom = forms.ChoiceField(label=gettext_lazy("With"))
    can_edit = forms.TypedChoiceField(
        label=gettext_lazy("Who gets it may"),
        choices=(("", gettext_lazy("look")), ("1", gettext_lazy("look and change"))),
        coerce=bool,
        required=False,
    )
    until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: until somebody takes it back."),
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whom = self.fields["whom"]
        assert isinstance(whom, forms.ChoiceField)
        whom.choices = whom_choices()
        for field in self.fields.values():
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = kind

    @property
    def target(self) -> User | Team:
        kind, _mark, pk = self.cleaned_data["whom"].partition(":")
        found: User | Team = (User if kind == "user" else Team).objects.get(pk=pk)
        return found

    @property
    def end(self) -> datetime | None:
        """The end of the chosen day, by the clock of who chose it."""
        day = self.cleaned_data["until"]
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None


def said_of(share: Share) -> dict[str, Any]:
    """Return a share as the form asks for it, to be changed."""
    return {
        "whom": f"user:{share.user_id}" if share.user_id else f"team:{share.team_id}",
        "can_edit": "1" if share.can_edit else "",
        "until": timezone.localtime(share.expires_at).date() if share.expires_at else None,
        "reason": share.reason,
    }


class SharePage(RecordPage):
    """``<id>/share/``: to whom the record is open, and a form to open it to more."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk)
        number = request.GET.get("change", "")
        shares = sharing.shares_of(record) if number.isdecimal() else ()
        share = next((one for one in shares if one.pk == int(number)), None)
        return self.dialog(record, ShareForm(initial=said_of(share)) if share else None)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.get_record(pk, action="change")
        if request.POST.get("remove"):
            return self.take_back(record, request.POST["remove"])
        form = ShareForm(request.POST)
        if not form.is_valid():
            return self.dialog(record, form, status=422)
        try:
            sharing.share_record(
                record=record,
                whom=form.target,
                can_edit=bool(form.cleaned_data["can_edit"]),
                reason=form.cleaned_data["reason"],
                until=form.end,
                actor=self.actor,
                at=self.at,
            )
        except ValidationError as refused:
            for name, told in refused.message_dict.items():
                form.add_error(name, told)
            return self.dialog(record, form, status=422)
        return self.done(record, _("Shared."))

    def take_back(self, record: Any, number: str) -> HttpResponse:
        if not number.isdecimal():
            raise Http404
        ref = record.ref
        share = get_object_or_404(Share, pk=number, type_id=ref.type_id, record_id=ref.id)
        sharing.unshare_record(share=share, record=record, actor=self.actor, at=self.at)
        return self.done(record, _("No longer shared."))

    def done(self, record: Any, text: str) -> HttpResponse:
        response = self.dialog(record)
        trigger(response, "recordChanged", {"type": self.views.record_type().key, "id": record.pk})
        return toast(self.request, response, text)

    def dialog(self, record: Any, form: ShareForm | None = None, *, status: int = 200) -> HttpResponse:
        may_share = sharing.may_share(self.request.user, record)
        context = {
            "record": record,
            "title": self.views.title(record),
            "shares": sharing.shares_of(record),
            "form": (form or ShareForm()) if may_share else None,
            "url": self.views.url("share", record.pk),
            "why_url": self.views.url("why", record.pk) if may_administer(self.request.user) else "",
        }
        return self.show("ui/sharing.html", context, status=status)


class WhyPage(RecordPage):
    """``<id>/why/?user=``: for administrators, why somebody can, or can't, see the record."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not may_administer(request.user):
            raise PermissionDenied
        record = self.get_record(pk, needs=("owner", "team"))
        chosen = request.GET.get("user", "")
        user = User.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
        context = {
            "record": record,
            "title": self.views.title(record),
            "people": User.objects.order_by("-is_active", "full_name", "username"),
            "person": user,
            "answers": self.answers(user, record) if user else [],
            "hidden": self.hidden(user) if user else [],
            "url": self.views.url("why", record.pk),
            "page_url": record.get_absolute_url(),
        }
        return self.show("ui/why.html", context)

    def answers(self, user: User, record: Any) -> list[dict[str, Any]]:
        return [
            {
                "label": label,
                "may": reasons.may(user, record, action),
                "paths": reasons.explain(user, record, action),
            }
            for action, label in ASKED
        ]

    def hidden(self, user: User) -> list[str]:
        """Return what the fields are called that this person does not see here."""
        names = access_for(user).hidden(self.model)
        known = {name: one.label for name, one in fields_of(self.model).items()}
        return sorted(str(known[name]) for name in names if name in known)
