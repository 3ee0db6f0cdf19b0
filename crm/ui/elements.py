"""Our custom elements and style sheets: many small files to write, few large ones to fetch.

While one develops, each element is a script of its own, fetched when its tag first stands on a
page. Served, all of them are one file, and so are the style sheets of every page: fewer requests.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.templatetags.static import static

if TYPE_CHECKING:
    from collections.abc import Callable

#: Tag names; the script is static/js/elements/<tag>.js.
ELEMENTS = (
    "bar-stack",
    "board-keys",
    "card-board",
    "col-widths",
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
    "line-editor",
    "line-keys",
    "list-view",
    "live-bell",
    "live-times",
    "look-choice",
    "mail-composer",
    "mail-inbox",
    "mail-people",
    "mention-box",
    "meter-bar",
    "modal-box",
    "nav-drawer",
    "pick-columns",
    "rich-text",
    "product-search",
    "quote-room",
    "row-ticks",
    "rule-builder",
    "save-codes",
    "scroll-start",
    "sign-pad",
    "spark-bars",
    "tab-set",
    "toast-stack",
    "sort-rows",
    "when-field",
    "work-calendar",
    "work-list",
    "zone-guess",
)
#: The style sheets of every page, in their order.
STYLES = (
    "vendor/tabler.css",
    "css/tokens.css",
    "css/base.css",
    "css/frame.css",
    "css/list.css",
    "css/board.css",
    "css/record.css",
    "css/timeline.css",
    "css/form.css",
    "css/lines.css",
    "css/figures.css",
    "css/mail.css",
)
SCRIPT, STYLE = "js/artel.js", "css/artel.css"
#: Scripts that elements bring along when they need them.
LIBRARIES = {
    "fullcalendar": "vendor/fullcalendar/fullcalendar.js",
    "calendarRussian": "vendor/fullcalendar/ru.js",
    "calendarTheme": "vendor/fullcalendar/classic.js",
    "sortable": "vendor/sortablejs/Sortable.min.js",
    "tom-select": "vendor/tom-select/tom-select.complete.min.js",
    "trix": "vendor/trix/trix.umd.min.js",
}


def is_bundled() -> bool:
    """Tell whether files are served in bundles, which are made when they are gathered."""
    return not (settings.DEBUG or settings.TESTING)


def styles() -> list[str]:
    """Return the addresses of every page's style sheets."""
    return [static(STYLE)] if is_bundled() else [static(path) for path in STYLES]


def script() -> str:
    """Return the address of every page's script."""
    return static(SCRIPT if is_bundled() else "js/elements.js")


def bundles(read: Callable[[str], str]) -> dict[str, str]:
    """Return the content of each bundle; ``read`` gives that of a file."""
    scripts = ["js/elements.js", *(f"js/elements/{name}.js" for name in ELEMENTS)]
    return {
        STYLE: "\n".join(read(path) for path in STYLES),
        # Each keeps its names to itself, as a file of its own would not even have to.
        SCRIPT: "\n".join(f"(() => {{\n{read(path)}\n}})();" for path in scripts),
    }


def addresses() -> dict[str, str]:
    """Return the address of each script that is fetched by itself, by name."""
    own = {} if is_bundled() else {name: static(f"js/elements/{name}.js") for name in ELEMENTS}
    return own | {name: static(path) for name, path in LIBRARIES.items()}


#: Names with a hash never change while the process lives.
element_addresses = addresses if settings.DEBUG else cache(addresses)
