"""The rows of a list as markup.

Four hundred cells pass through here on every page, so they are joined as text; a template
per cell would cost more than the database does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.records.fields import fields_of
from crm.ui.formats import page_pattern, safe
from crm.ui.templatetags.ui import drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from crm.ui.tables import BoundColumn, Table

#: Columns beyond these are left out on a phone.
ON_PHONE = 5


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
                f'<td class="list-check"><input type="checkbox" class="form-check-input" name="ids" value="{pk}" '
                f'form="bulk" aria-label="{self.words["select"]} {escape(record)}"></td>'
            )
        for opening, edit, html in self.cells:
            if edit and may_change:
                parts.append(
                    f'{opening}<inline-edit url="{url}cell/{edit}/?place=row">{html(record)}</inline-edit></td>'
                )
            else:
                parts.append(f"{opening}{html(record)}</td>")
        parts.append(
            f'<td class="list-actions"><button type="button" class="btn btn-icon btn-ghost row-peek" data-peek '
            f'hx-get="{preview}" hx-target="#panel" aria-label="{self.words["preview"]} {escape(record)}" '
            f'title="{self.words["preview"]}">{self.peek}</button></td></tr>'
        )
        return "".join(parts)

    def cell(self, number: int, column: BoundColumn) -> tuple[str, str, Any]:
        """Return how a cell begins, the field it edits ("" for none), and its writer."""
        css = f"{column.css} cell-minor" if number >= ON_PHONE else column.css
        opening = f'<td class="{css}" data-label="{escape(column.label)}">'
        return opening, self.edited_field(column), column.html

    def edited_field(self, column: BoundColumn) -> str:
        """Return the field that a double click edits; links and what has a rule of its own stay links."""
        one = fields_of(self.model).get(column.name)
        if one is None or not one.writable or column.link:
            return ""
        if self.access.field_level(self.model, column.name):
            return ""
        if column.name in ("owner", "team") and not self.access.can(self.model, "assign"):
            return ""
        return column.name
