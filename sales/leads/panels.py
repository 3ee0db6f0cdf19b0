"""Beside a lead: what it became, and other leads of the same person or company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from crm.identity.access import access_for
from crm.ui.hidden import as_seen
from sales import likelihood
from sales.leads.matching import leads_alike

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sales.models import Deal, Lead
    from sales.scoring import Score


def became(record: Lead, request: HttpRequest) -> dict[str, Any]:
    """Return the records that the lead was converted to, or is known to belong to."""
    access = access_for(request.user)
    known = (record.deal, record.person, record.company)
    return {
        "became": [as_seen(one, access) for one in known if one is not None],
        **convert_offer(record, request),
    }


def convert_offer(record: Lead, request: HttpRequest) -> dict[str, Any]:
    """Return where the lead is converted, if it is open and the viewer may."""
    may = record.is_live and access_for(request.user).can(type(record), "change", record)
    return {"convert_url": reverse("sales:lead_convert", args=[record.pk]) if may else ""}


def likelihood_of_lead(record: Lead, request: HttpRequest) -> dict[str, Any]:
    """Return how likely the lead is to be won one day, and why."""
    return spoken(likelihood.score_lead(record) if record.is_live else None, record, request)


def likelihood_of_deal(record: Deal, request: HttpRequest) -> dict[str, Any]:
    """Return how likely the deal is to be won, and why."""
    return spoken(likelihood.score_deal(record), record, request)


def spoken(score: Score | None, record: Any, request: HttpRequest) -> dict[str, Any]:
    """Put a score into words, without reasons that would tell what the viewer may not see."""
    hidden = access_for(request.user).hidden(type(record))
    return {"told": likelihood.told(score, hidden) if score is not None else None}


def alike(record: Lead, request: HttpRequest) -> dict[str, Any]:
    """Return other leads of the same people."""
    return {"leads": leads_alike(record, request.user)}
