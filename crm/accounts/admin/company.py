"""The company's own profile, and the rates by which its currencies are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext_lazy as _

from crm.accounts.pictures import redraw
from crm.accounts.zones import zone_choices
from crm.identity.models import Organisation
from crm.lib import countries, money
from crm.records.models import CurrencyRate
from crm.ui.admin import SetupAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    ModelForm = forms.ModelForm[Any]
else:
    ModelForm = forms.ModelForm

#: ISO numbers: Monday is 1; Django counts from 0.
DAYS = [(number + 1, name) for number, name in WEEKDAYS.items()]


class DaysField(forms.TypedMultipleChoiceField):
    """Days of the week, ticked."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return [int(day) for day in value] if value else []


class CompanyForm(ModelForm):
    """The one row about the company itself."""

    country = forms.ChoiceField(
        label=_("Country"), help_text=_("Phones without a country code are read as of here.")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Of those who have not chosen their own, and of nightly work.")
    )
    base_currency = forms.ChoiceField(
        label=_("Base currency"),
        choices=money.choices,
        help_text=_("All totals are in it. Choose it before the first deals: rates are entered against it."),
    )
    fiscal_year_start = forms.TypedChoiceField(
        label=_("Fiscal year starts in"), choices=list(MONTHS.items()), coerce=int
    )
    working_days = DaysField(label=_("Working days"), choices=DAYS, coerce=int)

    class Meta:
        model = Organisation
        fields = (
            "name",
            "legal_name",
            "logo",
            "requisites",
            "base_currency",
            "fiscal_year_start",
            "working_days",
            "work_starts",
            "work_ends",
            "anybody_makes_tags",
            "country",
            "time_zone",
            "language",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("country", list(countries.choices())),
            ("time_zone", zone_choices(timezone.now())),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def clean_logo(self) -> Any:
        logo = self.cleaned_data.get("logo")
        return redraw(logo, side=640, square=False) if logo and "logo" in self.changed_data else logo

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("work_starts"), cleaned.get("work_ends")
        if starts and ends and starts >= ends:
            self.add_error("work_ends", _("The working day has to end after it starts."))
        return cleaned


@admin.register(Organisation)
class CompanyAdmin(SetupAdmin):
    """One page: who we are, in which money and by which clock we work."""

    section, order = "company", 10
    form = CompanyForm
    fieldsets = (
        (None, {"fields": ("name", "legal_name", "logo", "requisites")}),
        (_("Money"), {"fields": ("base_currency", "fiscal_year_start")}),
        (_("Working week"), {"fields": ("working_days", ("work_starts", "work_ends"))}),
        (_("Tags"), {"fields": ("anybody_makes_tags",)}),
        (_("Place and language"), {"fields": ("country", "time_zone", "language")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one company, so there is no list."""
        company = Organisation.load()
        return HttpResponseRedirect(reverse("admin:identity_organisation_change", args=[company.pk]))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:identity_organisation_change", args=[obj.pk]))


class RateForm(ModelForm):
    """What one unit of a currency costs from a day on."""

    currency = forms.ChoiceField(label=_("Currency"), choices=money.choices)

    class Meta:
        model = CurrencyRate
        fields = ("currency", "on", "rate")

    def clean_currency(self) -> str:
        currency: str = self.cleaned_data["currency"]
        if currency == Organisation.load().base_currency:
            raise forms.ValidationError(_("The base currency costs one of itself; it needs no rate."))
        return currency


@admin.register(CurrencyRate)
class RateAdmin(SetupAdmin):
    """Rates by day. Closed deals keep the rate of their day; open ones follow the latest."""

    section, order = "company", 20
    deletable = True
    form = RateForm
    list_display = ("currency", "on", "rate")
    list_filter = ("currency",)
    date_hierarchy = "on"
    search_fields = ("currency",)
    search_help_text = _("Code of a currency, such as EUR.")
    ordering = ("-on", "currency")
