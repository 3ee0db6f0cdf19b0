"""The board of quotes: the newest revision of each, by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.lib.money import format_money
from crm.ui.boards import Board, BoardColumn
from crm.ui.cards import title_html
from crm.ui.formats import text_day
from crm.ui.templatetags.ui import avatar, drawn
from sales.models import Quote, QuoteStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from crm.identity.access import Access
    from crm.ui.boards import Card

COLUMNS = (
    (QuoteStatus.DRAFT, "hue-7", "open"),
    (QuoteStatus.WAITING, "hue-4", "open"),
    (QuoteStatus.APPROVED, "hue-5", "open"),
    (QuoteStatus.SENT, "hue-0", "open"),
    (QuoteStatus.EXPIRED, "hue-1", "open"),
    (QuoteStatus.ACCEPTED, "tone-success", "won"),
    (QuoteStatus.DECLINED, "tone-danger", "lost"),
)
OPEN = [status for status, _color, kind in COLUMNS if kind == "open"]


def columns(_request: HttpRequest) -> Sequence[BoardColumn]:
    return [
        BoardColumn(value=status.value, label=status.label, color=color, kind=kind)
        for status, color, kind in COLUMNS
    ]


def state_of(quote: Quote) -> dict[str, Any]:
    late = quote.valid_until is not None and quote.valid_until < timezone.localdate()
    return {"customer": str(quote.company or ""), "is_late": late and quote.status == QuoteStatus.SENT}


def quote_card(card: Card, access: Access) -> str:
    """Write the inside of a quote's card; what the viewer may not see is left out."""
    quote: Quote = card.record
    hidden = access.hidden(Quote)
    customer = escape(card.extra["customer"]) if "company" not in hidden else ""
    total = f'<b><span class="num">{escape(format_money(quote.total, quote.currency))}</span></b>'
    seen = (
        f'<span class="age" title="{escape(_("Opened by the customer"))}">'
        f"{drawn('eye')}{quote.openings}</span>"
        if quote.openings and "openings" not in hidden
        else ""
    )
    day = escape(text_day(quote.valid_until)) if "valid_until" not in hidden else ""
    css = "badge tone-danger" if card.extra["is_late"] else "age"
    return (
        f"{title_html(card, str(quote))}"
        f"{f'<div class=card-sub>{customer}</div>' if customer else ''}"
        f'<div class="card-facts">{total if "total" not in hidden else ""}</div>'
        f'<div class="card-foot">{avatar(quote.owner, size="xs")}'
        f'<span class="{css}" title="{escape(_("Valid until"))}">{day}</span>{seen}</div>'
    )


QUOTE_BOARD = Board(
    by="status",
    columns=columns,
    where=Q(is_current=True, status__in=OPEN),
    sum="base_minor",
    sum_of="total",
    rank="board_rank",
    card=quote_card,
    needs=("company", "owner"),
    shows=(
        *("company__name", "company__owner", "company__team"),
        *("owner__username", "owner__full_name", "owner__photo"),
    ),
    state=state_of,
)
