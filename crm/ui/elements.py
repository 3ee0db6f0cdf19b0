"""Our custom elements: each is one script, fetched when its tag first stands on a page."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.templatetags.static import static

#: Tag names; the script is static/js/elements/<tag>.js.
ELEMENTS = (
    "bar-stack",
    "board-keys",
    "card-board",
    "combo-box",
    "command-palette",
    "condition-builder",
    "confirm-box",
    "copy-text",
    "draft-save",
    "drop-menu",
    "due-choice",
    "file-drop",
    "file-panel",
    "fold-box",
    "group-fold",
    "inline-edit",
    "key-map",
    "list-view",
    "live-bell",
    "live-times",
    "look-choice",
    "mention-box",
    "meter-bar",
    "modal-box",
    "nav-drawer",
    "pick-columns",
    "row-ticks",
    "rule-builder",
    "save-codes",
    "scroll-start",
    "spark-bars",
    "tab-set",
    "toast-stack",
    "sort-rows",
    "when-field",
    "work-list",
)
#: Scripts that elements bring along when they need them.
LIBRARIES = {
    "sortable": "vendor/sortablejs/Sortable.min.js",
    "tom-select": "vendor/tom-select/tom-select.complete.min.js",
}


def addresses() -> dict[str, str]:
    """Return the address of each script, by name."""
    own = {name: static(f"js/elements/{name}.js") for name in ELEMENTS}
    return own | {name: static(path) for name, path in LIBRARIES.items()}


#: Names with a hash never change while the process lives.
element_addresses = addresses if settings.DEBUG else cache(addresses)
