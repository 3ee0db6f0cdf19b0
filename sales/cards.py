"""A deal on the board: what it is, what it is worth, what comes next, and how it is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.lib.money import format_money
from crm.ui.cards import custom_facts_html, title_html
from crm.ui.formats import html_tag
from crm.ui.hidden import as_seen
from crm.ui.templatetags.ui import avatar, due_sign
from sales.models import Deal
from sales.panels import text_of_days

if TYPE_CHECKING:
    from crm.identity.access import Access
    from crm.ui.boards import Card

#: So many tags have room on a card.
TAGS = 2


def state_of(deal: Deal) -> dict[str, Any]:
    """Return what a card says of a deal's health."""
    now = timezone.now()
    company = str(deal.company or "")
    return {
        # Deals named after their company need not say it twice.
        "customer": "" if company.casefold() in deal.name.casefold() else company,
        "age": text_of_days((now - deal.stage_entered_at).days),
        "is_rotting": deal.is_rotting(now),
        "is_late": deal.expected_on is not None and deal.expected_on < timezone.localdate(),
    }


def deal_card(card: Card, access: Access) -> str:
    """Write the inside of a deal's card; what the viewer may not see is left out."""
    deal: Deal = card.record
    shown = {name for name in ("company", "amount", "tags") if access.field_level(Deal, name) != "hidden"}
    is_seen = as_seen(deal.company, access) is deal.company
    customer = escape(card.extra["customer"]) if "company" in shown and is_seen else ""
    below = f'<div class="card-sub">{customer}</div>' if customer else ""
    return (
        f"{title_html(card, deal.name)}{below}"
        f'<div class="card-facts">{amount(deal) if "amount" in shown else ""} '
        f"{due_sign(deal.next_due_at, card.now)}</div>"
        f"{custom_facts_html(deal, access, card.now)}"
        f'<div class="card-foot">{avatar(deal.owner, size="xs")}'
        f'<span class="age" title="{escape(_("Time in this stage"))}">{escape(card.extra["age"])}</span>'
        f"{marks(card.extra)}{tags(deal) if 'tags' in shown else ''}</div>"
    )


def amount(deal: Deal) -> str:
    if deal.amount is None:
        return f'<span class="muted">{escape(_("No amount"))}</span>'
    return f'<b><span class="num">{escape(format_money(deal.amount, deal.currency))}</span></b>'


def marks(extra: dict[str, Any]) -> str:
    """Write what calls for attention."""
    rotting = f'<span class="badge tone-warning">{escape(_("Rotting"))}</span>' if extra["is_rotting"] else ""
    late = f'<span class="badge tone-danger">{escape(_("Late"))}</span>' if extra["is_late"] else ""
    return rotting + late


def tags(deal: Deal) -> str:
    return "".join(html_tag(tag) for tag in deal.tags[:TAGS])
