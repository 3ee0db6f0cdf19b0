"""Forms of leads: the lead itself, and why one is dropped."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.ui.forms import ActionForm, RecordForm
from sales.models import DropReason, Lead


class LeadForm(RecordForm):
    """The form of a lead."""

    class Meta:
        model = Lead
        fields = (
            "person_name",
            "company_name",
            "email",
            "phone",
            "name",
            "message",
            "job_title",
            "website",
            "city",
            "country",
            "product",
            "pipeline",
            "source",
            "utm_campaign",
            "person",
            "company",
            "owner",
            "team",
            "tags",
        )
        quick = ("person_name", "company_name", "email", "phone", "message", "source")
        sections = (
            (_("What about"), ("name", "message", "product", "pipeline")),
            (_("Where from"), ("source", "utm_campaign")),
            (_("Known already"), ("person", "company")),
            (_("More"), ("job_title", "website", "city", "country", "owner", "team", "tags")),
        )


class DropForm(ActionForm):
    """The dialog of dropping leads: why, in the words of the list and in one's own."""

    drop_reason = forms.ModelChoiceField(label=_("Reason"), queryset=DropReason.objects.none())
    drop_note = forms.CharField(
        label=_("What happened"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["drop_reason"]
        field.queryset = DropReason.choices_for(self.user)
