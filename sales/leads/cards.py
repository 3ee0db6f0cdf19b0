"""A lead on the board: who it is, how to reach them, how long they have waited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.ui.cards import custom_facts_html, title_html
from crm.ui.formats import html_tag
from crm.ui.templatetags.ui import avatar, due_sign
from sales.answering import is_late
from sales.models import Lead
from sales.panels import text_of_days

if TYPE_CHECKING:
    from crm.identity.access import Access
    from crm.ui.boards import Card

TAGS = 2


def state_of(lead: Lead) -> dict[str, Any]:
    """Return what a card says of how a lead is treated."""
    now = timezone.now()
    return {"age": text_of_days((now - lead.status_since).days), "is_late": is_late(lead, now)}


def lead_card(card: Card, access: Access) -> str:
    """Write the inside of a lead's card; what the viewer may not see is left out."""
    lead: Lead = card.record
    shown = [
        str(getattr(lead, name))
        for name in ("company_name", "source")
        if getattr(lead, name) and access.field_level(Lead, name) != "hidden"
    ]
    below = " · ".join(escape(text) for text in shown if text not in lead.name)
    sub = f'<div class="card-sub">{below}</div>' if below else ""
    late = f'<span class="badge tone-danger">{escape(_("No answer yet"))}</span>'
    tags = "" if access.field_level(Lead, "tags") == "hidden" else "".join(map(html_tag, lead.tags[:TAGS]))
    return (
        f"{title_html(card, lead.name)}"
        f"{sub}"
        f'<div class="card-facts">{due_sign(lead.next_due_at, card.now)}</div>'
        f"{custom_facts_html(lead, access, card.now)}"
        f'<div class="card-foot">{avatar(lead.owner, size="xs")}'
        f'<span class="age" title="{escape(_("Time in this status"))}">{escape(card.extra["age"])}</span>'
        f"{late if card.extra['is_late'] else ''}{tags}</div>"
    )
