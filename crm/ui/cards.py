"""The cards of a board as markup: eighty stand on a page, so they are joined as text, like rows of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.records.customfields.known import made_of
from crm.ui.formats import safe
from crm.ui.tables import BoundColumn, Column
from crm.ui.templatetags.ui import avatar, due_sign

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.utils.safestring import SafeString

    from crm.identity.access import Access
    from crm.ui.boards import Board, Card


def cards_html(cards: Iterable[Card], board: Board, access: Access) -> SafeString:
    """Write cards, each in its place of the list."""
    return safe("".join(card_html(card, board, access) for card in cards))


def card_html(card: Card, board: Board, access: Access) -> str:
    """Write one card: its frame is the board's, what stands inside the type's own."""
    pk = card.record.pk
    return (
        f'<li class="board-card" id="card-{pk}" data-id="{pk}" tabindex="0" data-url="{escape(card.url)}" '
        f'data-title="{escape(str(card.record))}">{board.card(card, access)}</li>'
    )


def plain_card(card: Card, access: Access) -> str:
    """Write the inside of a card: title, what is planned, whose it is, since when it stands there."""
    record = card.record
    age = ""
    if card.days is not None:
        days = escape(_("%(days)s d") % {"days": card.days})
        age = f'<span class="age" title="{escape(_("Days in this column"))}">{days}</span>'
    return (
        f"{title_html(card, str(record))}"
        f'<div class="card-facts">{due_sign(record.next_due_at, card.now)}</div>'
        f"{custom_facts_html(record, access, card.now)}"
        f'<div class="card-foot">{avatar(record.owner, size="xs")}{age}</div>'
    )


def title_html(card: Card, title: str) -> str:
    return f'<a class="card-title" href="{escape(card.url)}" tabindex="-1">{escape(title)}</a>'


def custom_facts_html(record: Any, access: Access, at: datetime) -> str:
    """Write the custom fields that an administrator wants on cards, those that hold a value."""
    parts = []
    for one in made_of(type(record)).values():
        if not one.definition.on_card or one.stored(record) is None:
            continue
        if access.field_level(type(record), one.name) == "hidden":
            continue
        html = BoundColumn(Column(one.name), type(record), at, access).html(record)
        label = str(one.label)
        parts.append(f'<span title="{escape(label[:1].upper() + label[1:])}">{html}</span>')
    return f'<div class="card-facts">{" ".join(parts)}</div>' if parts else ""
