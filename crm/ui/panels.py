"""Panels that apps add to the pages of records below them: deals on a company's page.

What must reach upward is registered from ``AppConfig.ready``, never imported.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.ui.layouts import Part, Related

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.utils.functional import Promise

    from crm.identity.access import Access


@dataclass(frozen=True)
class RelatedPanel:
    """One panel on the page of another type.

    Either ``type_key`` and ``by`` (a list of records that refer to this one) or
    ``template`` with ``context(record, request)``. ``permission`` is the key of the type
    that one must be able to see. A ``lazy`` one (with an ``icon``) comes after the page, see Part.
    """

    key: str
    title: str | Promise
    type_key: str = ""
    by: str = ""
    columns: tuple[str, ...] = ()
    template: str = ""
    context: Callable[[Any, HttpRequest], dict[str, Any]] | None = None
    permission: str = ""
    order: int = 50
    limit: int = 8
    lazy: str = ""
    icon: str = ""

    def is_open_to(self, access: Access) -> bool:
        """Tell whether this person may see the panel at all."""
        key = self.permission or self.type_key
        return not key or access.can(key, "view")

    def part(self) -> Part:
        """Return the piece of the page that shows it."""
        if self.template:
            return Part(
                self.template,
                self.context,
                key=self.key,
                title=self.title,
                icon=self.icon,
                lazy=self.lazy,
            )
        part = Related(self.type_key, by=self.by, title=self.title, columns=self.columns, limit=self.limit)
        part.part_key, part.icon, part.lazy = self.key, self.icon, self.lazy
        return part


class Panels:
    """Every registered panel, by the type on whose page it stands."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, RelatedPanel]] = defaultdict(dict)

    def register(self, *, on: str, panel: RelatedPanel) -> None:
        """Add ``panel`` to the page of the type ``on`` ("contacts.company"), or of every type ("*")."""
        self._known[on][panel.key] = panel

    def on(self, key: str, access: Access) -> list[RelatedPanel]:
        """Return the panels of a type's page that this person may see, in order."""
        found = [panel for panel in self._of(key) if panel.is_open_to(access)]
        return sorted(found, key=lambda panel: (panel.order, panel.key))

    def _of(self, key: str) -> list[RelatedPanel]:
        return [*self._known[key].values(), *self._known["*"].values()]


panels = Panels()
register = panels.register
