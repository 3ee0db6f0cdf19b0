"""What lists of leads can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
from sales.filters import OrderedFilter
from sales.models import Lead

if TYPE_CHECKING:
    from datetime import datetime


def is_unanswered(_user: Any, at: datetime) -> Q:
    """Leads whose first answer is late."""
    return Q(is_live=True, responded_at=None, response_due_at__lt=at)


class LeadFilters(RecordFilters):
    """What leads can be asked."""

    status = ChoiceFilter(says=pgettext_lazy("status of a lead", "%(value)s"))
    is_live = YesNoFilter()
    source = ReferenceFilter()
    pipeline = OrderedFilter()
    product = ReferenceFilter()
    company = ReferenceFilter()
    person = ReferenceFilter()
    campaign = TextFilter(field_name="utm_campaign", label=_("Campaign"), slow=True)
    points = RangeFilter()
    late = ConditionFilter(label=_("Answer is late"), q=is_unanswered, reads=("status",))
    drop_reason = OrderedFilter()
    converted = PeriodFilter(field_name="converted_at", slow=True)
    email = TextFilter(slow=True)

    class Meta:
        model = Lead
        fields: tuple[str, ...] = ()
