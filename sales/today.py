"""What sales adds to Today: leads whose answer is late, deals that rot, and those with nothing planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.identity.access import access_for
from crm.lib.money import format_money
from crm.timeline.today import TodaySource, register
from crm.ui.formats import text_day, text_moment
from sales.leads.filters import is_unanswered
from sales.models import Deal, Lead
from sales.selectors import nothing_planned, rotting

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from crm.timeline.today import Looking


def rotting_deals(looking: Looking) -> QuerySet[Deal]:
    """Return neglected deals; one with a late activity of its owner stands under "overdue" already."""
    return Deal.objects.filter(rotting(looking.at)).filter(Q(next_due_at=None) | ~looking.plans(Deal))


def unplanned_deals(looking: Looking) -> QuerySet[Deal]:
    """Return open deals with nothing planned that do not rot yet."""
    return Deal.objects.filter(nothing_planned()).exclude(rotting(looking.at))


def rotting_reason(deal: Deal, looking: Looking) -> str:
    """Say how long nobody has touched a deal, and how long its stage allows."""
    days = deal.days_quiet(looking.at)
    quiet = ngettext("No touch for %(count)d day", "No touch for %(count)d days", days) % {"count": days}
    allowed = _("%(stage)s allows %(count)d") % {"stage": deal.stage.name, "count": deal.stage.rot_days or 0}
    return f"{quiet}, {allowed}"


def unplanned_reason(deal: Deal, looking: Looking) -> str:
    """Say that nothing is planned, and when somebody was last in touch."""
    days = deal.days_quiet(looking.at)
    if days < 1:
        return _("Nothing planned, last touch today")
    return ngettext(
        "Nothing planned, last touch %(count)d day ago",
        "Nothing planned, last touch %(count)d days ago",
        days,
    ) % {"count": days}


def deal_facts(deal: Deal, looking: Looking) -> list[str]:
    """Return stage, amount and expected close, as far as the viewer sees them."""
    hidden = access_for(looking.user).hidden(Deal)
    facts = [] if "stage" in hidden else [deal.stage.name]
    if deal.amount is not None and "amount" not in hidden:
        facts.append(format_money(deal.amount, deal.currency))
    if deal.expected_on is not None and "expected_on" not in hidden:
        facts.append(_("closes %(day)s") % {"day": text_day(deal.expected_on)})
    return facts


def deal_list(query: str) -> Callable[[Looking], str]:
    def url(looking: Looking) -> str:
        return f"{reverse('sales:deal_list')}?{query}&{looking.query}".rstrip("&")

    return url


def late_leads(looking: Looking) -> QuerySet[Lead]:
    """Return open leads whose first answer is late."""
    return Lead.objects.filter(is_unanswered(looking.user, looking.at))


def late_reason(lead: Lead, looking: Looking) -> str:
    """Say until when the answer was due."""
    assert lead.response_due_at is not None
    return _("Answer was due %(when)s") % {"when": text_moment(lead.response_due_at)}


def lead_list(looking: Looking) -> str:
    return f"{reverse('sales:lead_list')}?late=yes&{looking.query}".rstrip("&")


def register_sources() -> None:
    """Add the sections."""
    register(
        TodaySource(
            key="unanswered",
            title=gettext_lazy("Leads waiting for an answer"),
            order=15,
            type_key="sales.lead",
            rows=late_leads,
            reason=late_reason,
            sort=("response_due_at", "pk"),
            list_url=lead_list,
            icon="magnet",
            tone="danger",
            needs=("company", "person"),
        )
    )
    register(
        TodaySource(
            key="rotting",
            title=gettext_lazy("Neglected deals"),
            order=30,
            type_key="sales.deal",
            rows=rotting_deals,
            reason=rotting_reason,
            sort=("last_touch_at", "pk"),
            list_url=deal_list("rotting=yes"),
            icon="clock-exclamation",
            tone="warning",
            needs=("company", "person", "stage"),
            facts=deal_facts,
        )
    )
    register(
        TodaySource(
            key="unplanned",
            title=gettext_lazy("Nothing planned"),
            order=40,
            type_key="sales.deal",
            rows=unplanned_deals,
            reason=unplanned_reason,
            sort=("last_touch_at", "pk"),
            list_url=deal_list("status=open&planned=none"),
            icon="calendar-off",
            needs=("company", "person", "stage"),
            facts=deal_facts,
        )
    )
