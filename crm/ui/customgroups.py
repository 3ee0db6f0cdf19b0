"""Grouping a list by a custom field: the expression whose values are the groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Func

from crm.records.fields import Kind

if TYPE_CHECKING:
    from crm.records.customfields.field import Made

VALUE = "(%(expressions)s ->> '{key}')"
#: Days are kept as ISO text: its first signs name the month and the year.
SPANS = {"month": f"left({VALUE}, 7) || '-01'", "year": f"left({VALUE}, 4) || '-01-01'"}
#: One row per choice. What was one choice before the field took several is a text still.
EACH = (
    "jsonb_array_elements_text(CASE jsonb_typeof(%(expressions)s -> '{key}') "
    "WHEN 'array' THEN CASE WHEN %(expressions)s -> '{key}' = '[]' THEN '[null]' "
    "ELSE %(expressions)s -> '{key}' END "
    "ELSE jsonb_build_array(%(expressions)s -> '{key}') END)"
)


def group_value(one: Made, span: str = "") -> Func:
    """Return what a record's group is: the value as text, the first day of a month or year, or NULL."""
    template = SPANS[span] if span else EACH if one.kind is Kind.CHOICES else VALUE
    return Func(
        F("custom"),
        template=template.replace("{key}", one.custom_key),
        output_field=models.TextField(null=True),
    )
