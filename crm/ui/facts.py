"""A value as a fact on the page of its own record: no link to itself, addresses to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.html import escape

from crm.records.fields import Kind
from crm.ui.formats import safe
from crm.ui.tables import BoundColumn, Column
from crm.ui.templatetags.ui import copyable

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

    from crm.identity.access import Access
    from crm.ui.declaration import Declaration

SCHEMES = {Kind.EMAIL: "mailto:", Kind.PHONE: "tel:"}


def fact_column(views: type[Declaration], name: str, at: datetime, access: Access) -> BoundColumn:
    """Return the column that writes a fact: as the list does, but for the title's link."""
    declared = next((one for one in views.table.columns if one.name == name), None) or Column(name)
    if declared.link:
        declared = Column(name, declared.label, declared.kind)
    return BoundColumn(declared, views.model, at, access)


def fact_html(column: BoundColumn, record: Any) -> SafeString:
    """Write a fact: long text in full, what one dials or writes to with a button that copies it."""
    if column.kind is Kind.LONG_TEXT:
        return safe(escape(column.read(record) or "").replace("\n", "<br>"))
    scheme = SCHEMES.get(column.kind)
    value = column.read(record) if scheme else None
    return copyable(value, href=f"{scheme}{value}") if value else column.html(record)
