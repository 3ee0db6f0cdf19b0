"""Beside a lead: what it became, and other leads of the same person or company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from crm.identity.access import access_for
from crm.ui.hidden import as_seen
from sales.leads.matching import leads_alike

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sales.models import Lead


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


def alike(record: Lead, request: HttpRequest) -> dict[str, Any]:
    """Return other leads of the same people."""
    return {"leads": leads_alike(record, request.user)}
