"""Leads, made through their service."""

from __future__ import annotations

from typing import Any

from crm.records.registry import service_for
from sales import setup
from sales.models import DropReason, Lead
from tests.factories.sales import NOON


def made_lead(**values: Any) -> Lead:
    """Make a lead: Maria Sokolova of Northwood, who wrote."""
    row = {
        "person_name": "Maria Sokolova",
        "company_name": "Northwood",
        "email": "maria@northwood.example",
        "phone": "+12125550123",
        "message": "What does an assembly line cost?",
        **values,
    }
    service: Any = service_for(Lead)
    lead: Lead = service.create([row], actor=None, at=NOON)[0].record
    return lead


def drop_reason(name: str = "No need") -> DropReason:
    """Return a reason that every installation starts with."""
    setup.ensure_defaults()
    return DropReason.objects.get(name=name)
