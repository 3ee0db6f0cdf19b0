"""Forms of quotes, and the dialogs of their verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.ui.forms import ActionForm
from sales.forms import PricedForm
from sales.models import Quote
from sales.quotes import letters

if TYPE_CHECKING:
    from collections.abc import Sequence


class QuoteForm(PricedForm):
    """The form of a quote. Its lines are edited on its page."""

    class Meta:
        model = Quote
        fields = (
            "deal",
            "company",
            "person",
            "name",
            "valid_until",
            "currency",
            "price_list",
            "issuer",
            "template",
            "language",
            "intro",
            "terms",
            "internal_note",
            "owner",
            "team",
            "tags",
        )
        quick = ("deal", "company", "person", "name", "currency")
        sections = (
            (_("Prices and paper"), ("currency", "price_list", "issuer", "template", "language")),
            (_("Words"), ("intro", "terms", "internal_note")),
            (_("More"), ("owner", "team", "tags")),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record is None:
            # From a deal the quote has the deal's currency, else the base one.
            self.initial.pop("currency", None)


class ReasonForm(ActionForm):
    """Why approval is asked for."""

    reason = forms.CharField(
        label=_("Why it should go below the limit"), widget=forms.Textarea(attrs={"rows": 3})
    )


class CommentForm(ActionForm):
    """What whoever decides wants to say."""

    comment = forms.CharField(label=_("Comment"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class NeededCommentForm(ActionForm):
    """What must be changed."""

    comment = forms.CharField(label=_("What must be changed"), widget=forms.Textarea(attrs={"rows": 3}))


class AcceptedForm(ActionForm):
    """Who said yes by other means."""

    name = forms.CharField(
        label=_("Who said yes"), max_length=200, help_text=_("By telephone, by mail, on paper.")
    )

    def __init__(self, data: Any = None, *, records: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(data, records=records, **kwargs)
        if len(records) == 1 and records[0].person_id:
            self.fields["name"].initial = str(records[0].person)


class DeclinedForm(ActionForm):
    """Why the customer said no."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=500)


class LinesForm(ActionForm):
    """The lines of a document, as REST gives them."""

    lines = forms.JSONField(label=_("Lines"))


class MailForm(ActionForm):
    """The letter that brings a quote to its customer."""

    to = forms.EmailField(label=_("To"))
    subject = forms.CharField(label=_("Subject"), max_length=300)
    body = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 9}))
    with_pdf = forms.BooleanField(label=_("Attach the PDF"), required=False, initial=True)

    def __init__(self, data: Any = None, *, records: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(data, records=records, **kwargs)
        if len(records) == 1:
            for name, value in letters.proposed(records[0], self.user).items():
                self.fields[name].initial = value
