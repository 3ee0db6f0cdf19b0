"""Sorting lists by a custom field: an expression that looks like a column to whoever pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F, Func

if TYPE_CHECKING:
    from django.db import models

    from crm.records.customfields.field import Made


def value_of(one: Made) -> Func:
    """Return the expression that lists are sorted and ranges are compared by.

    It is written exactly as the index is, or the database would not recognise it.
    """
    return Func(
        F("custom"),
        template=one.of.sql(one).replace("{custom}", "%(expressions)s"),
        output_field=one.of.sort_type(),
    )


def sort_column(one: Made) -> models.Field[Any, Any] | None:
    """Return a stand-in for the column that sorts by ``one``; None when lists can't be."""
    if not one.definition.is_sortable or not one.of.sort:
        return None
    column: Any = one.of.sort_type()
    column.null = True
    column.name = column.attname = column.column = one.name
    column.made = one
    return column  # type: ignore[no-any-return]


def made_behind(column: Any) -> Made | None:
    """Return the custom field that a stand-in sorts by."""
    found: Made | None = getattr(column, "made", None)
    return found
