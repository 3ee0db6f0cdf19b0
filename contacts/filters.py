"""What lists of people and companies can be asked."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext
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

#: What is in use changes seldom.
KEEP_SECONDS = 600


class InUseFilter(ChoiceFilter):
    """One or several of many choices; those in use are offered."""

    @property
    def labels(self) -> dict[str, str]:
        key = f"contacts:in_use:{self.model._meta.model_name}:{self.column}"
        values: list[str] | None = cache.get(key)
        if values is None:
            rows = self.model._default_manager.exclude(**{self.column: ""}).order_by()
            values = list(rows.values_list(self.column, flat=True).distinct())
            cache.set(key, values, KEEP_SECONDS)
        named = {value: self.label_of(value) for value in values}
        return dict(sorted(named.items(), key=lambda pair: pair[1]))

    def label_of(self, value: str) -> str:
        """Return what a choice is called."""
        return str(dict(self.model_field.flatchoices).get(value, value))

    def parse(self, raw: Any) -> Any:
        known = dict(self.model_field.flatchoices)
        return [one for one in raw if one in known]

    def sentence(self, value: Any) -> str:
        return gettext(" or ").join(self.label_of(one) for one in value)


class CountryFilter(InUseFilter):
    """Countries, by their code or any name that we recognise."""

    def label_of(self, value: str) -> str:
        return countries.name_of(value)

    def parse(self, raw: Any) -> Any:
        return [code for text in raw if (code := countries.recognise(text))]


class PersonFilters(RecordFilters):
    """Questions about people."""

    company = ReferenceFilter()
    source = ReferenceFilter()
    country = CountryFilter(slow=True)
    city = TextFilter(slow=True)
    job_title = TextFilter(slow=True)
    language = InUseFilter(slow=True)
    birthday = PeriodFilter(slow=True)
    do_not_contact = YesNoFilter(slow=True)
    unreachable = ConditionFilter(
        label=_("No e-mail and no phone"),
        q=lambda _user, _at: Q(email="", phone=""),
        slow=True,
        reads=("email", "phone"),
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
        label=_("No e-mail and no phone"),
        q=lambda _user, _at: Q(email="", phone=""),
        slow=True,
        reads=("email", "phone"),
    )

    class Meta:
        model = Company
        fields = ()
