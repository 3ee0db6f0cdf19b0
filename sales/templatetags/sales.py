"""What the templates of deals ask of the viewer's rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from sales.models import Deal

if TYPE_CHECKING:
    from crm.identity.access import Access

register = template.Library()


@register.filter
def shows(access: Access, name: str) -> bool:
    """Tell whether the viewer sees a field of deals."""
    return access.field_level(Deal, name) != "hidden"
