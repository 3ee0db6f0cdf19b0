"""What the templates of deals ask of the viewer's rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from crm.ui.hidden import as_seen
from sales.leads.tables import TONES
from sales.models import Deal, Lead, LeadStatus

if TYPE_CHECKING:
    from crm.identity.access import Access

register = template.Library()


@register.filter
def sees(access: Access, record: Any) -> bool:
    """Tell whether the viewer sees a record that this one points at."""
    return as_seen(record, access) is record


@register.filter
def shows(access: Access, name: str) -> bool:
    """Tell whether the viewer sees a field of deals."""
    return access.field_level(Deal, name) != "hidden"


@register.filter
def lead_tone(status: str) -> str:
    """Return the tone in which a status of a lead is shown."""
    return TONES.get(LeadStatus(status), "neutral")


@register.filter
def shows_lead(access: Access, name: str) -> bool:
    """Tell whether the viewer sees a field of leads."""
    return access.field_level(Lead, name) != "hidden"
