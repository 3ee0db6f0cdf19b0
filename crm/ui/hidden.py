"""Records that a visible one points at, but that its viewer may not see.

A rep may see a deal whose company is another team's. The deal's row, page, card and file then
say that there is a company, and nothing of it; REST gives ids only, behind which is a 404.
One rule for all doors: decision 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.records.models import Record

if TYPE_CHECKING:
    from crm.identity.access import Access


class Hidden:
    """Stands in the place of a record that the viewer may not see."""

    pk = None

    def __str__(self) -> str:
        return _("hidden")

    def __html__(self) -> str:
        title = escape(_("You may not see this record."))
        return f'<span class="text-secondary" title="{title}">{escape(self)}</span>'


HIDDEN = Hidden()


def as_seen(value: Any, access: Access | None) -> Any:
    """Return a related record, or what stands for it when the viewer may not see it.

    Costs no query: the related row is joined and tells its owner and team.
    """
    if access is None or not isinstance(value, Record) or access.can(type(value), "view", value):
        return value
    return HIDDEN
