"""What lists of people and companies can be asked."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Person
from crm.lib import countries
from crm.ui.filters import (
    ChoiceFilter,
    ConditionFilter,
    PeriodFilter,
    RangeFilter,
    RecordFilters,
    ReferenceFilter,
    TextFilter,
    YesNoFilter,
)

#: Countries in use change seldom.
KEEP_SECONDS = 600


class CountryFilter(ChoiceFilter):
    """One or several countries; those in use are offered."""

    @property
    def labels(self) -> dict[str, str]:
        key = f"contacts:countries:{self.model._meta.model_name}"
        codes: list[str] | None = cache.get(key)
        if codes is None:
            rows = self.model._default_manager.exclude(country="").order_by()
            codes = list(rows.values_list("country", flat=True).distinct())
            cache.set(key, codes, KEEP_SECONDS)
        named = {code: countries.name_of(code) for code in codes}
        return dict(sorted(named.items(), key=lambda pair: pair[1]))

    def parse(self, raw: Any) -> Any:
        return [code for text in raw if (code := countries.recognise(text))]

    def sentence(self, value: Any) -> str:
        return str(_(" or ")).join(countries.name_of(code) for code in value)


class PersonFilters(RecordFilters):
    """Questions about people."""

    company = ReferenceFilter()
    source = ReferenceFilter()
    country = CountryFilter(slow=True)
    city = TextFilter(slow=True)
    job_title = TextFilter(slow=True)
    language = ChoiceFilter(slow=True)
    birthday = PeriodFilter(slow=True)
    do_not_contact = YesNoFilter(slow=True)
    unreachable = ConditionFilter(
        label=_("No e-mail and no phone"), q=lambda _user, _at: Q(email="", phone=""), slow=True
    )

    class Meta:
        model = Person
        fields = ()


class CompanyFilters(RecordFilters):
    """Questions about companies."""

    kind = ChoiceFilter()
    industry = ReferenceFilter()
    country = CountryFilter()
    city = TextFilter(slow=True)
    employees = RangeFilter()
    annual_revenue = RangeFilter()
    founded_year = RangeFilter(slow=True)
    parent = ReferenceFilter()
    source = ReferenceFilter()
    unreachable = ConditionFilter(
        label=_("No e-mail and no phone"), q=lambda _user, _at: Q(email="", phone=""), slow=True
    )

    class Meta:
        model = Company
        fields = ()
