"""The timeline of a record, and small signs of activities, for templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import template
from django.template.loader import render_to_string
from django.utils import timezone

from crm.timeline import additions
from crm.timeline.drawing import days_html, kind_sign, plan_html, today_html
from crm.timeline.entries import FILTERS
from crm.timeline.showing import composer_piece, filter_piece, next_piece, parts_of
from crm.timeline.states import due_html
from crm.timeline.timelines import Feed, Timeline

if TYPE_CHECKING:
    from django.template.context import Context
    from django.utils.safestring import SafeString

    from crm.timeline.models import Activity
    from crm.timeline.today import TodayRow

register = template.Library()


def values_of(context: Context) -> dict[str, Any]:
    """Return everything that a template knows."""
    return cast("dict[str, Any]", context.flatten())


@register.inclusion_tag("timeline/timeline.html", takes_context=True)
def timeline(context: Context, record: Any) -> dict[str, Any]:
    """Draw the composer, what is planned, and what happened with ``record``."""
    request = context["request"]
    kind = request.GET.get("timeline", "")
    at = context.get("at") or timezone.now()
    shown = Timeline(record, request.user, at, kind if kind in FILTERS else "", is_first=True)
    return {**parts_of(shown, request), "csrf_token": context.get("csrf_token")}


@register.simple_tag(takes_context=True)
def composer(context: Context) -> SafeString:
    """Draw the composer: with what was typed when that was refused, else as it is kept."""
    flat = values_of(context)
    if "form" in flat:
        return render_to_string("timeline/composer.html", flat)
    return composer_piece(flat)


@register.simple_tag(takes_context=True)
def next_step(context: Context) -> SafeString:
    """Draw what plans the next step; after an act also what came of it."""
    flat = values_of(context)
    if flat.get("just") or flat.get("problem"):
        return render_to_string("timeline/next.html", {**flat, "may_add": flat["timeline"].may_add})
    return next_piece(flat)


@register.simple_tag(takes_context=True)
def timeline_filter(context: Context) -> SafeString:
    """Draw the buttons that narrow a timeline to one kind."""
    return filter_piece(values_of(context))


@register.simple_tag(takes_context=True)
def timeline_strips(context: Context) -> SafeString:
    """Draw what apps above put on top of the lines."""
    return additions.strips(context["timeline"].record, context["request"])


@register.simple_tag
def day_lines(feed: Feed, on: str, last_day: str = "") -> SafeString:
    """Write what happened, under its days."""
    return days_html(feed.days, on, last_day)


@register.simple_tag
def plan_lines(timeline: Timeline, on: str) -> SafeString:
    """Write what is planned."""
    return plan_html(timeline.plan, on, timeline.at)


@register.simple_tag
def today_lines(rows: list[TodayRow], whose: str) -> SafeString:
    """Write rows of Today; whose matter each is only where others' are among them."""
    return today_html(rows, with_owner=whose != "mine")


@register.simple_tag
def kind_icon(kind: str) -> SafeString:
    """Draw the sign of a kind of activity."""
    return kind_sign(kind)


@register.simple_tag(takes_context=True)
def due(context: Context, activity: Activity) -> SafeString:
    """Write when an open activity is due, as urgent as it is."""
    return due_html(activity, context.get("at") or timezone.now())
