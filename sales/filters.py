"""What lists and boards of deals and products can be asked."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import DataError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from crm.identity.models import Organisation
from crm.lib.money import to_minor
from crm.ui.asking import RecordFilter, fiscal_month
from crm.ui.filters import (
    ChoiceFilter,
    ConditionFilter,
    PeriodFilter,
    PlannedFilter,
    RangeFilter,
    RecordFilters,
    ReferenceFilter,
    TextFilter,
    YesNoFilter,
)
from crm.ui.periods import period_of
from sales import selectors, stays
from sales.models import Deal, DealPerson, Product, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet


class StageFilter(ReferenceFilter):
    """Stages, in the order of their pipelines; named with the pipeline where there are several."""

    control = "options"

    def rows(self) -> QuerySet[Any]:
        ordered = Stage.objects.select_related("pipeline")
        return ordered.order_by("pipeline__position", "pipeline_id", "position", "pk")

    def options(self, value: Any) -> list[Any]:
        found = super().options(value)
        pipelines = {str(stage.pk): stage.pipeline for stage in self.rows()}
        if len({pipeline.pk for pipeline in pipelines.values()}) < 2:
            return found
        return [
            type(one)(one.value, f"{pipelines[one.value]} · {one.label}", one.is_chosen)
            if one.value in pipelines
            else one
            for one in found
        ]


class OrderedFilter(ReferenceFilter):
    """Rows of a list that an administrator keeps, in that order."""

    def rows(self) -> QuerySet[Any]:
        return super().rows().order_by("position", "pk")


class ValueFilter(RangeFilter):
    """Amounts from … to, compared in the base currency."""

    @cached_property
    def currency(self) -> str:
        return Organisation.load().base_currency

    @property
    def caption(self) -> str:
        return _("Amount, %(currency)s") % {"currency": self.currency}

    def q(self, value: Any) -> Q:
        first, last = (None if end is None else to_minor(Decimal(end), self.currency) for end in value)
        return super().q((first, last))


class PersonFilter(ReferenceFilter):
    """Deals in which a person has a say, as the contact or otherwise."""

    def q(self, value: Any) -> Q:
        ids = [int(one) for one in value if one not in self.words]
        found = super().q(value)
        if ids:
            found |= Q(pk__in=DealPerson.objects.filter(person__in=ids).values("deal_id"))
        return found


class DealPlannedFilter(PlannedFilter):
    """Deals by their next activity; only an open deal can lack one."""

    def q(self, value: Any) -> Q:
        found = super().q([one for one in value if one != "none"])
        if "none" not in value:
            return found
        return (found | selectors.nothing_planned()) if len(value) > 1 else selectors.nothing_planned()


class StayFilter(RecordFilter):
    """Deals that left a stage in a period, "12.this_month"; what the figure of stage times opens.

    "unknown.this_month": closed in it without a record of the stages they went through.
    """

    in_panel = False
    in_tree = False

    def parse(self, raw: Sequence[str]) -> Any:
        stage, _dot, name = raw[0].partition(".")
        period = period_of(name, today=timezone.localtime(self.at).date(), fiscal=fiscal_month)
        if stage == "unknown":
            return None, period
        return Stage.objects.get(pk=int(stage)), period

    def parse_or_none(self, raw: Sequence[str]) -> Any:
        """What names no stage or no period asks nothing."""
        try:
            return self.parse(raw)
        except (ValueError, OverflowError, DataError, Stage.DoesNotExist):
            return None

    def q(self, value: Any) -> Q:
        stage, period = value
        if stage is None:
            return stays.closed_without_stays(period.moments())
        return stays.left_stage(stage.pk, period.moments())

    def sentence(self, value: Any) -> str:
        stage, period = value
        if stage is None:
            return _("closed %(period)s without recorded stages") % {"period": period}
        return _("%(stage)s, %(period)s") % {"stage": stage.name, "period": period}


def is_rotting(_user: Any, at: datetime) -> Q:
    return selectors.rotting(at)


class DealFilters(RecordFilters):
    """What deals can be asked."""

    status = ChoiceFilter(says=pgettext_lazy("status of a deal", "%(value)s"))
    pipeline = OrderedFilter()
    stage = StageFilter()
    company = ReferenceFilter()
    person = PersonFilter()
    product = ReferenceFilter()
    source = ReferenceFilter()
    amount = ValueFilter(field_name="base_minor")
    expected = PeriodFilter(field_name="expected_on")
    closed = PeriodFilter(field_name="closed_at")
    opened = PeriodFilter(field_name="opened_on")
    entered = PeriodFilter(field_name="stage_entered_at")
    planned = DealPlannedFilter(field_name="next_due_at", label=gettext_lazy("Next activity"))
    left = StayFilter(field_name="stage", label=gettext_lazy("Left a stage"))
    rotting = ConditionFilter(label=gettext_lazy("Rotting"), q=is_rotting, reads=("stage",))
    lost_reason = OrderedFilter()
    currency = ChoiceFilter(slow=True)
    next_step = TextFilter(slow=True)

    class Meta:
        model = Deal
        fields: tuple[str, ...] = ()


class ProductFilters(RecordFilters):
    """What products can be asked."""

    code = TextFilter(slow=True)
    series = TextFilter(slow=True)
    category = OrderedFilter(slow=True)
    tax = OrderedFilter(slow=True)
    period = ChoiceFilter(slow=True)
    variant_of = ReferenceFilter(slow=True)
    is_active = YesNoFilter(slow=True)
    price = RangeFilter(slow=True)

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()
