"""The rows of a list as markup.

Four hundred cells pass through here on every page, so they are joined as text; a template
per cell would cost more than the database does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.records.fields import Kind, fields_of
from crm.ui.formats import page_pattern, safe
from crm.ui.templatetags.ui import drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.utils.safestring import SafeString

    from crm.ui.tables import BoundColumn, Table

#: Columns beyond these are left out on a phone.
ON_PHONE = 5


class Cell(NamedTuple):
    """How the cells of one column are written."""

    opening: str
    opening_empty: str
    edit: str
    html: Callable[[Any], SafeString]


class RowWriter:
    """Writes the rows of one table for one viewer."""

    def __init__(self, table: Table, *, may_select: bool = True) -> None:
        self.table = table
        self.access = table.access
        self.model: Any = table.model_shown
        self.may_select = may_select
        self.detail = page_pattern(self.model) or ("", "")
        self.preview = page_pattern(self.model, "preview") or ("", "")
        self.words = {"select": escape(_("Select")), "preview": escape(_("Preview"))}
        self.peek = drawn("eye")
        self.cells = [self.cell(number, column) for number, column in enumerate(table.bound)]

    def write(self, records: Sequence[Any]) -> SafeString:
        """Return the rows of ``records``."""
        return safe("".join(self.row(record) for record in records))

    def row(self, record: Any) -> str:
        pk = record.pk
        url = f"{self.detail[0]}{pk}{self.detail[1]}"
        preview = f"{self.preview[0]}{pk}{self.preview[1]}"
        may_change = self.access.can(self.model, "change", record)
        parts = [f'<tr data-id="{pk}" data-url="{url}" data-preview="{preview}">']
        if self.may_select:
            parts.append(
                f'<td class="list-check"><input type="checkbox" class="form-check-input" name="ids" '
                f'value="{pk}" form="bulk" aria-label="{self.words["select"]} {escape(record)}"></td>'
            )
        for cell in self.cells:
            html: str = cell.html(record)
            opening = cell.opening if html else cell.opening_empty
            if cell.edit and may_change:
                html = f'<inline-edit url="{url}cell/{cell.edit}/?place=row">{html}</inline-edit>'
            parts.append(f"{opening}{html}</td>")
        parts.append(
            f'<td class="list-actions cell-minor"><button type="button" '
            f'class="btn btn-icon btn-ghost row-peek" hx-get="{preview}" hx-target="#panel" '
            f'aria-label="{self.words["preview"]} {escape(record)}" title="{self.words["preview"]}">'
            f"{self.peek}</button></td></tr>"
        )
        return "".join(parts)

    def cell(self, number: int, column: BoundColumn) -> Cell:
        """Return how a column's cells are written."""
        css = f"{column.css} cell-minor" if number >= ON_PHONE else column.css
        label = escape(column.label)
        return Cell(
            opening=f'<td class="{css}" data-label="{label}">',
            # An empty value is not worth a line on a phone.
            opening_empty=f'<td class="{column.css} cell-minor" data-label="{label}">',
            edit=self.edited_field(column),
            html=column.html,
        )

    def edited_field(self, column: BoundColumn) -> str:
        """Return the field that a double click or the key e edits; a link is opened by a click still."""
        one = fields_of(self.model).get(column.name)
        if one is None or not one.writable or one.kind is Kind.FILE:
            return ""
        if self.access.field_level(self.model, column.name):
            return ""
        if column.name in ("owner", "team") and not self.access.can(self.model, "assign"):
            return ""
        return column.name
