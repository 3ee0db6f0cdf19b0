"""The timeline of a record, and small signs of activities, for templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils import timezone
from django.utils.html import format_html

from crm.timeline.entries import FILTERS, KIND_ICONS
from crm.timeline.showing import parts_of
from crm.timeline.states import due_html
from crm.timeline.timelines import Timeline
from crm.ui import formats
from crm.ui.templatetags.ui import drawn

if TYPE_CHECKING:
    from datetime import datetime

    from django.template.context import Context
    from django.utils.safestring import SafeString

    from crm.timeline.models import Activity

register = template.Library()


@register.inclusion_tag("timeline/timeline.html", takes_context=True)
def timeline(context: Context, record: Any) -> dict[str, Any]:
    """Draw the composer, what is planned, and what happened with ``record``."""
    request = context["request"]
    kind = request.GET.get("timeline", "")
    at = context.get("at") or timezone.now()
    shown = Timeline(record, request.user, at, kind if kind in FILTERS else "")
    return {**parts_of(shown, request), "csrf_token": context.get("csrf_token")}


@register.simple_tag
def kind_icon(kind: str) -> SafeString:
    """Draw the sign of a kind of activity."""
    return drawn(KIND_ICONS.get(kind, "circle"))


@register.simple_tag(takes_context=True)
def due(context: Context, activity: Activity) -> SafeString:
    """Write when an open activity is due, as urgent as it is."""
    return due_html(activity, context.get("at") or timezone.now())


@register.simple_tag
def clock(moment: datetime) -> SafeString:
    """Write the time of a line whose day stands above it; all of it on hover."""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        formats.text_moment(moment),
        f"{local:%H:%M}",
    )
