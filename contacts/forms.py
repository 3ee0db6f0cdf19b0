"""What people fill in: a person, a company, and the rows around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from contacts.models import AddressKind, Company, Person, PointKind
from crm.accounts.zones import zone_labels
from crm.lib import countries, money
from crm.ui.drawn import Drawn
from crm.ui.fields import ReferenceField
from crm.ui.forms import ActionForm, RecordForm

if TYPE_CHECKING:
    from collections.abc import Iterable


class WordsField(forms.CharField):
    """Several words in one line, with commas between them."""

    def to_python(self, value: Any) -> Any:
        parts = value if isinstance(value, list | tuple) else str(value or "").replace(";", ",").split(",")
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value


def select(label: Any, choices: Any, **extra: Any) -> forms.ChoiceField:
    """Return a select that may stay empty."""
    return forms.ChoiceField(label=label, choices=lambda: [("", "—"), *choices()], required=False, **extra)


def zone_choices() -> list[tuple[str, str]]:
    return list(zone_labels(get_language() or "en"))


class PersonForm(RecordForm):
    """A person: who, how to reach them, where they work."""

    time_zone = select(_("Time zone"), zone_choices)

    class Meta:
        model = Person
        fields = (
            "first_name",
            "middle_name",
            "last_name",
            "email",
            "phone",
            "company",
            "job_title",
            "city",
            "country",
            "owner",
            "team",
            "source",
            "tags",
            "salutation",
            "birthday",
            "language",
            "time_zone",
            "do_not_contact",
            "description",
        )
        sections = (
            (_("How to reach"), ("email", "phone", "city", "country")),
            (_("Work"), ("company", "job_title")),
            (_("Whose contact it is"), ("owner", "team", "source", "tags")),
            (
                _("Personal"),
                ("salutation", "birthday", "language", "time_zone", "do_not_contact", "description"),
            ),
        )
        quick = ("first_name", "last_name", "email", "phone", "company", "job_title")

    def __init__(self, *args: Any, names: Iterable[str] | None = None, **kwargs: Any) -> None:
        wanted = list(names) if names is not None else list(self.Meta.fields)
        if (get_language() or "").startswith("ru") and "last_name" in wanted:
            # In Russian the surname comes first.
            wanted.insert(0, wanted.pop(wanted.index("last_name")))
        super().__init__(*args, names=wanted, **kwargs)

    @property
    def dupes_url(self) -> str:
        """Where one learns, while typing, that the person is on record already."""
        return reverse("contacts:person_duplicates") if self.record is None else ""


class CompanyForm(RecordForm):
    """A company: names, numbers, whose customer it is."""

    domains = WordsField(
        label=_("Domains"),
        required=False,
        help_text=_("Mail from these domains belongs to this company. Several with commas."),
    )
    revenue_currency = select(_("Currency of the revenue"), money.choices)

    class Meta:
        model = Company
        fields = (
            "name",
            "kind",
            "industry",
            "parent",
            "phone",
            "email",
            "website",
            "domains",
            "city",
            "country",
            "owner",
            "team",
            "source",
            "tags",
            "employees",
            "annual_revenue",
            "revenue_currency",
            "founded_year",
            "legal_name",
            "inn",
            "kpp",
            "ogrn",
            "vat",
            "description",
        )
        sections = (
            (_("How to reach"), ("phone", "email", "website", "domains", "city", "country")),
            (_("Whose customer it is"), ("owner", "team", "source", "tags")),
            (_("Size"), ("employees", "annual_revenue", "revenue_currency", "founded_year")),
            (_("Requisites"), ("legal_name", "inn", "kpp", "ogrn", "vat")),
            (_("More"), ("description",)),
        )
        quick = ("name", "kind", "phone", "email", "website", "industry")

    @property
    def dupes_url(self) -> str:
        """Where one learns, while typing, that the company is on record already."""
        return reverse("contacts:company_duplicates") if self.record is None else ""


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def day(label: Any, **extra: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput(), **extra)


class MoveForm(ActionForm):
    """Where somebody works from now on."""

    title = forms.CharField(label=_("Job title"), max_length=160, required=False)
    department = forms.CharField(label=_("Department"), max_length=120, required=False)
    started_on = day(_("Since"), help_text=_("The job before ends this day. Empty means today."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        company = ReferenceField(Company, self.user, label=_("Company"))
        self.fields = {"company": company, **self.fields}


class LeaveForm(ActionForm):
    """When somebody left."""

    on = day(_("Last day"), help_text=_("Empty means today."))


class RowForm(Drawn, forms.Form):
    """A row around a person or company; ``user`` chooses among what they see."""

    #: Where one begins to type.
    first = ""

    def __init__(self, data: Any = None, *, user: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(data, **kwargs)
        if self.first in self.fields:
            self.fields[self.first].widget.attrs["autofocus"] = True


class PointForm(RowForm):
    """One way to reach somebody."""

    first = "value"

    kind = forms.ChoiceField(label=_("Kind"), choices=PointKind.choices)
    value = forms.CharField(label=_("Value"), max_length=300)
    label = forms.CharField(
        label=_("Label"), max_length=40, required=False, help_text=_("Such as work, mobile, Telegram.")
    )


class JobForm(RowForm):
    """One job of a person."""

    title = forms.CharField(label=_("Job title"), max_length=160, required=False)
    department = forms.CharField(label=_("Department"), max_length=120, required=False)
    started_on = day(_("Since"))
    ended_on = day(_("Until"))


class NewJobForm(JobForm):
    """A job beside the main one, or the first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["ended_on"]
        self.fields = {"company": ReferenceField(Company, self.user, label=_("Company")), **self.fields}


class AddressForm(RowForm):
    """One postal address."""

    first = "street"

    kind = forms.ChoiceField(label=_("Kind"), choices=AddressKind.choices)
    street = forms.CharField(label=_("Street and house"), max_length=300, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    region = forms.CharField(label=_("Region"), max_length=120, required=False)
    country = select(_("Country"), countries.choices)


class AccountForm(RowForm):
    """One bank account."""

    first = "number"

    number = forms.CharField(label=_("Account or IBAN"), max_length=42)
    bank_name = forms.CharField(label=_("Bank"), max_length=200, required=False)
    bik = forms.CharField(label=_("BIK"), max_length=12, required=False)
    correspondent_account = forms.CharField(label=_("Correspondent account"), max_length=26, required=False)
    swift = forms.CharField(label=_("SWIFT"), max_length=14, required=False)
    currency = select(_("Currency"), money.choices)
