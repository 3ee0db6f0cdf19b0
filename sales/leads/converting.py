"""``<id>/convert/``: a lead becomes a person, a company and a deal, new ones or known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.models import Company, Person
from crm.identity.models import Organisation
from crm.records.drafts import RecordErrors
from crm.records.fields import Field, Kind
from crm.ui.feedback import go_to, toast
from crm.ui.fields import KindField, ReferenceField
from crm.ui.formats import page_url
from crm.ui.forms import as_notes
from crm.ui.pages import RecordPage
from sales.forms import currencies, grouped_stages
from sales.leads.matching import Matches, matches_of
from sales.models import Deal, Lead, Stage
from sales.selectors import catalogue, first_stage
from sales.services import LeadIsConverted, Wish, convert_lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from crm.identity.access import Access

NEW, NONE, OTHER = "new", "none", "other"


class ConvertForm(forms.Form):
    """What the lead becomes: for each of the three a new record, one that is known, or none."""

    company = forms.ChoiceField()
    company_name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    person = forms.ChoiceField()
    person_name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    deal = forms.ChoiceField()
    deal_name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=250,
        required=False,
        help_text=gettext_lazy("Left empty, it is made of company and product."),
    )
    stage = forms.ModelChoiceField(label=gettext_lazy("Stage"), queryset=Stage.objects.none(), required=False)
    amount = KindField(Field("amount", "", Kind.MONEY), label=gettext_lazy("Amount"), required=False)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)

    def __init__(self, data: Any = None, *, lead: Lead, matches: Matches, user: Any, access: Access) -> None:
        super().__init__(data)
        self.lead, self.matches, self.user, self.access = lead, matches, user, access
        self.known: dict[str, Sequence[Any]] = {
            "company": matches.seen_companies,
            "person": matches.seen_people,
            "deal": matches.deals,
        }
        for name, model in (("company", Company), ("person", Person), ("deal", Deal)):
            self._offer(name, model)
        self._begin()

    def _offer(self, name: str, model: Any) -> None:
        """Offer what was found, a new record where one may make it, any other, and none."""
        known = self.known[name]
        values = [str(one.pk) for one in known] + [OTHER, NONE]
        if self.access.can(model, "add"):
            values.append(NEW)
        field: Any = self.fields[name]
        field.choices = [(value, value) for value in values]
        has_name = {"company": self.lead.company_name, "person": self.lead.person_name or self.lead.email}
        if known and (name != "deal" or len(known) == 1):
            field.initial = str(known[0].pk)
        elif NEW in values and has_name.get(name, True):
            field.initial = NEW
        else:
            field.initial = NONE
        self.fields[f"{name}_other"] = ReferenceField(
            model, self.user, label=gettext_lazy("Another one"), required=False
        )

    def _begin(self) -> None:
        lead = self.lead
        self.fields["company_name"].initial = lead.company_name
        self.fields["person_name"].initial = lead.person_name
        stages: Any = self.fields["stage"]
        stages.queryset = Stage.choices_for(self.user)
        stages.widget.choices = grouped_stages(self.user)
        stages.initial = self._first_stage()
        codes: Any = self.fields["currency"]
        codes.choices = currencies()
        codes.initial = Organisation.load().base_currency

    def _first_stage(self) -> Stage | None:
        wanted = catalogue().first(self.lead.pipeline_id) if self.lead.pipeline_id else None
        return wanted or first_stage(self.access)

    def clean(self) -> dict[str, Any]:
        """Ask for what a choice needs."""
        given = super().clean() or {}
        for name in ("company", "person", "deal"):
            if (
                given.get(name) == OTHER
                and not given.get(f"{name}_other")
                and f"{name}_other" not in self.errors
            ):
                self.add_error(f"{name}_other", _("Choose which."))
        if given.get("company") == NEW and not given.get("company_name"):
            self.add_error("company_name", _("Give the company a name."))
        chosen = [given.get(name) for name in ("company", "person", "deal")]
        if not self.errors and all(value == NONE for value in chosen):
            self.add_error(None, _("Choose at least one of the three; else drop the lead."))
        return given

    def chosen(self, name: str) -> Any:
        """Return the record that is known and was chosen, if any."""
        value = self.cleaned_data[name]
        if value == OTHER:
            return self.cleaned_data[f"{name}_other"]
        return next((one for one in self.known[name] if str(one.pk) == value), None)

    def wish(self) -> Wish:
        """Return what was asked for, as the service takes it."""
        given = self.cleaned_data
        wish = Wish(company=self.chosen("company"), person=self.chosen("person"), deal=self.chosen("deal"))
        if given["company"] == NEW:
            wish.new_company = {"name": given["company_name"]}
        if given["person"] == NEW:
            wish.new_person = {"name": given["person_name"]}
        if given["deal"] == NEW:
            wish.new_deal = {
                "name": given["deal_name"],
                "stage": given["stage"],
                "amount": given["amount"],
                "currency": given["currency"],
            }
        return wish


class ConvertPage(RecordPage):
    """Shows whom we know already and what will be made; then does it."""

    permission = "change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        lead = self.get_record(pk, action="change", needs=("person", "company", "deal", "source", "product"))
        if lead.is_converted:
            return self.already(lead)
        return self.ask(lead, self.form(lead))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        lead = self.get_record(pk, action="change", needs=("person", "company", "deal", "source", "product"))
        form = self.form(lead, request.POST)
        if not form.is_valid():
            return self.ask(lead, form, status=422)
        try:
            done, job = convert_lead(lead=lead, wish=form.wish(), actor=self.actor, at=self.at)
        except LeadIsConverted:
            return self.already(Lead.objects.get(pk=pk))
        except (RecordErrors, ValidationError) as refused:
            for messages in as_notes(refused).values():
                form.add_error(None, messages)
            return self.ask(lead, form, status=422)
        goal = done.deal or done.person or done.company
        undo = reverse("ui:job_undo", args=[job.pk])
        return toast(request, go_to(request, page_url(goal or done)), _("Lead converted."), undo=undo)

    def already(self, lead: Lead) -> HttpResponse:
        """Lead on to what somebody made of the lead before."""
        response = go_to(self.request, page_url(lead))
        return toast(self.request, response, _("The lead is converted already."), tone="danger")

    def form(self, lead: Lead, data: Any = None) -> ConvertForm:
        user = self.request.user
        return ConvertForm(data, lead=lead, matches=matches_of(lead, user), user=user, access=self.access)

    def ask(self, lead: Lead, form: ConvertForm, *, status: int = 200) -> HttpResponse:
        context = {
            "record": lead,
            "form": form,
            "matches": form.matches,
            "chosen": {name: str(form[name].value()) for name in ("company", "person", "deal")},
            "may_make": {
                "company": self.access.can(Company, "add"),
                "person": self.access.can(Person, "add"),
                "deal": self.access.can(Deal, "add"),
            },
            "url": self.views.url("convert", lead.pk),
            "back_url": page_url(lead),
        }
        return self.show("sales/leads/convert.html", context, status=status)
