"""Through whose eyes figures are read: which deals, over which period.

Every figure and every list that a figure opens are cut by the same lens, so they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from crm.identity.access import access_for
from crm.identity.models import Organisation
from crm.timeline.models import Activity
from crm.ui.periods import Period, period_of
from sales.models import Deal

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.models import User

#: Whose records a figure counts, as the address says it.
WHOSE = ("mine", "team", "all")
DEFAULT_PERIOD = "this_month"


@dataclass(frozen=True, slots=True)
class Lens:
    """A viewer, whose deals they look at, and a period by its name in addresses."""

    user: User
    at: datetime
    period_name: str = DEFAULT_PERIOD
    whose: str = "all"

    @property
    def period(self) -> Period:
        return self.named_period(self.period_name)

    def named_period(self, name: str) -> Period:
        """Return a period by name, counted from the lens's day in the organisation's fiscal year."""
        return period_of(
            name,
            today=timezone.localtime(self.at).date(),
            fiscal=lambda: Organisation.load().fiscal_year_start,
        )

    def deals(self) -> QuerySet[Deal]:
        """Return the deals that the viewer may see and looks at."""
        return Deal.objects.visible_to(self.user).filter(self._whose())

    def closed(self, period: Period | None = None) -> QuerySet[Deal]:
        """Return the deals won or lost in the period."""
        return self.deals().filter(within("closed_at", period or self.period))

    def activities(self) -> QuerySet[Activity]:
        return Activity.objects.visible_to(self.user).filter(self._whose())

    def rows(self, name: str = "sales:deal_list", **asked: Any) -> str:
        """Return the address of the list that holds exactly these rows."""
        whose: dict[str, Any] = {}
        if self.whose == "mine":
            whose = {"owner": "me"}
        elif self.whose == "team":
            whose = {"team": "mine"}
        return f"{reverse(name)}?{urlencode({**asked, **whose}, doseq=True)}"

    def _whose(self) -> Q:
        if self.whose == "mine":
            return Q(owner=self.user)
        if self.whose == "team":
            return Q(team_id__in=sorted(access_for(self.user).team_ids))
        return Q()


def within(name: str, period: Period) -> Q:
    """Return the half-open condition that the instant ``name`` lies in ``period``."""
    start, end = period.moments()
    condition = Q(**{f"{name}__isnull": False})
    if start is not None:
        condition &= Q(**{f"{name}__gte": start})
    if end is not None:
        condition &= Q(**{f"{name}__lt": end})
    return condition
