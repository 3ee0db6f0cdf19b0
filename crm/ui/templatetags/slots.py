"""The template tag that draws what apps above put into a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from crm.ui import slots

if TYPE_CHECKING:
    from django.template.context import Context
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context: Context, place: str, **more: Any) -> SafeString:
    """Draw a place: ``{% slot "record_head" record=record %}``."""
    return slots.drawn(place, context["request"], **more)
