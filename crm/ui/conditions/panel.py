"""The builder over a list or a board: its form sends the whole state, the condition with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm.ui.conditions.field import builder_html
from crm.ui.conditions.tree import Tree
from crm.ui.states import PLACE

if TYPE_CHECKING:
    from crm.ui.states import ListState


def conditions_context(state: ListState, what: str) -> dict[str, Any]:
    """Return what the dialog's template needs; ``what`` is the page that shows the answer."""
    tree = state.filters.active.get("where")
    keep = [("view", str(state.view.pk))] if state.view else []
    for key, values in state.params.lists():
        if key not in ("where", "view", *PLACE):
            keep += [(key, value) for value in values if value]
    return {
        "builder": builder_html(
            state.views.model, tree if isinstance(tree, Tree) else None, user=state.user, at=state.at
        ),
        "action": state.views.url(what),
        "keep": keep,
    }
