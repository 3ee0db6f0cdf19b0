"""Writes figures: numbers, shares and lengths of time as the viewer's language has them."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import ngettext

register = template.Library()


@register.simple_tag
def number(value: float | None, digits: int = 0) -> str:
    """Write 8800 as 8,800."""
    return (
        "" if value is None else number_format(value, decimal_pos=digits, use_l10n=True, force_grouping=True)
    )


@register.simple_tag
def percent(share: float, digits: int = 0) -> str:
    """Write 0.6315 as 63.2 %."""
    return f"{number_format(share * 100, decimal_pos=digits, use_l10n=True)}\N{NO-BREAK SPACE}%"


@register.simple_tag
def days(value: float) -> str:
    """Write 57.0 as "57 days", 0.4 as "0.4 days"."""
    digits = 0 if value >= 10 or value == int(value) else 1
    text = number_format(value, decimal_pos=digits, use_l10n=True)
    unit = ngettext("day", "days", round(value) if not digits else 2)
    return f"{text}\N{NO-BREAK SPACE}{unit}"


@register.filter
def unlocalised(value: float) -> str:
    """Write a number as attributes need it."""
    return f"{value:.4f}"
