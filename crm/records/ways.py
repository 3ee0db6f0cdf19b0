"""By which way a change came, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WAYS = {
    "page": _("a page"),
    "board": _("the board"),
    "bulk": _("a change of many"),
    "import": _("an import"),
    "rest": _("the REST interface"),
    "admin": _("the administration"),
    "automation": _("a rule"),
    "undo": _("undoing"),
    "room": _("the customer's page"),
    "quote": _("a quote"),
    "demo": _("the demo company"),
}


def way_label(via: str) -> str:
    """Return what people call the way that events and stage changes name ``via``."""
    return str(WAYS.get(via, via))
