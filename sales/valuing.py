"""What a deal is worth in the base currency, so that unlike currencies are never added.

An open deal follows the rate of the day; when it closes, the rate of that day is frozen,
so that last year's revenue does not move with this year's rates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.money import to_minor
from crm.records.models import CurrencyRate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.identity.models import Organisation
    from crm.records.drafts import Draft
    from sales.models import Deal

#: What a column of whole numbers can hold.
MAX_MINOR = 2**63 - 1
MISSING_RATE = "missing_rate"
#: A change of one of these asks for the value anew.
VALUED_BY = ("amount", "currency", "status", "closed_at")


class RateBook:
    """The known rates of some currencies, read at once and asked by day."""

    def __init__(self, currencies: Iterable[str], base: str) -> None:
        self.base = base
        self.days: dict[str, list[date]] = defaultdict(list)
        self.rates: dict[str, list[Decimal]] = defaultdict(list)
        wanted = sorted(set(currencies) - {base, ""})
        rows = CurrencyRate.objects.filter(currency__in=wanted).order_by("on") if wanted else ()
        for row in rows:
            self.days[row.currency].append(row.on)
            self.rates[row.currency].append(row.rate)

    def rate(self, currency: str, day: date) -> Decimal | None:
        """Return the rate in force on ``day``; None when none is known yet."""
        if currency in (self.base, ""):
            return Decimal(1)
        place = bisect_right(self.days.get(currency, []), day)
        return self.rates[currency][place - 1] if place else None


def value(drafts: Iterable[Draft[Deal]], at: datetime, organisation: Organisation) -> None:
    """Set rate and value in the base currency of every draft where something asks for it."""
    stale = [draft for draft in drafts if any(draft.has_changed(name) for name in VALUED_BY)]
    if not stale:
        return
    book = RateBook({draft.record.currency for draft in stale}, organisation.base_currency)
    zone = ZoneInfo(organisation.time_zone)
    for draft in stale:
        deal = draft.record
        if not is_frozen(draft):
            day = (deal.closed_at or at).astimezone(zone).date()
            rate = book.rate(deal.currency, day)
            if rate is None and deal.amount is not None:
                text = _("No exchange rate is known for %(currency)s on %(day)s.")
                problem = text % {"currency": deal.currency, "day": day.isoformat()}
                draft.error("currency", problem, code=MISSING_RATE)
            deal.rate = rate or Decimal(1)
        deal.base_minor = base_minor(deal, organisation.base_currency)
        if deal.base_minor > MAX_MINOR:
            draft.error("amount", _("The amount is too large."))


def is_frozen(draft: Draft[Deal]) -> bool:
    """Tell whether the deal keeps its rate: closed before and now, on the same day, in the same currency."""
    if draft.is_new or draft.record.is_open or draft.snapshot["is_open"]:
        return False
    return not (draft.has_changed("closed_at") or draft.has_changed("currency"))


def base_minor(deal: Deal, base: str) -> int:
    """Return the deal's amount in minor units of the base currency."""
    return to_minor(deal.amount * deal.rate, base) if deal.amount is not None else 0


def as_closing_moment(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return when a deal closed: a bare day, read as midnight, becomes its noon.

    At noon of the organisation's zone the day is the same for readers of nearly all zones,
    so that a deal closed on 31 March counts in the first quarter everywhere.
    """
    for local in (moment.astimezone(zone), timezone.localtime(moment)):
        if local.time() == time(0):
            return noon(local.date(), zone)
    return moment


def noon(day: date, zone: ZoneInfo) -> datetime:
    """Return the middle of a day in the organisation's zone."""
    return datetime.combine(day, time(12), zone)
