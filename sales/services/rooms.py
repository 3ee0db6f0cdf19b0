"""What a customer does in a quote room: opens, ticks, asks, says yes or no. Nobody has to sign in.

Every act is judged anew on the server: the link must be open, the revision the newest that was
sent, its days not over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.identity.models import Organisation
from crm.lib.money import to_minor
from crm.records.events import emit
from crm.records.registry import service_for
from sales import quotenotices
from sales.models import (
    Quote,
    QuoteAcceptance,
    QuoteFamily,
    QuoteLine,
    QuoteOpening,
    QuoteQuestion,
    QuoteStatus,
)
from sales.models.quote import SHOWN
from sales.services.lines import add_up
from sales.versions import version_hash

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from crm.identity.models import User

#: By which way a customer acts.
VIA = "room"
#: The same browser that comes back within so long is one visit.
VISIT = timedelta(minutes=30)
MOST_QUESTIONS = 200
DRAWING_BYTES = 200_000
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who acts, as far as one can tell without signing in."""

    address: str | None
    browser: str


def family_of(token: str) -> QuoteFamily | None:
    """Return the family behind a link that is open."""
    return QuoteFamily.objects.filter(token=token, revoked_at=None).first()


def shown_revisions(family: QuoteFamily) -> list[Quote]:
    """Return the revisions that were sent, the newest first."""
    rows = Quote.objects.filter(family=family, status__in=SHOWN).order_by("-revision")
    return list(rows.select_related("company", "person", "owner", "issuer", "template"))


def today_here(at: datetime) -> date:
    return at.astimezone(ZoneInfo(Organisation.load().time_zone)).date()


def is_expired(quote: Quote, at: datetime) -> bool:
    """Tell whether the days of an offer are over, whatever its status says yet."""
    if quote.status == QuoteStatus.EXPIRED:
        return True
    late = quote.valid_until is not None and quote.valid_until < today_here(at)
    return late and quote.status == QuoteStatus.SENT


@transaction.atomic
def note_opening(*, quote: Quote, visitor: Visitor, at: datetime) -> bool:
    """Keep that a customer has opened the room; tell whether it was a new visit."""
    recent = QuoteOpening.objects.filter(
        family=quote.family_id,
        quote=quote,
        at__gt=at - VISIT,
        address=visitor.address,
        browser=visitor.browser,
    )
    if recent.exists():
        return False
    QuoteOpening.objects.create(
        family_id=quote.family_id, quote=quote, at=at, address=visitor.address, browser=visitor.browser
    )
    locked = Quote.all_objects.select_for_update(of=("self",)).get(pk=quote.pk)
    first = locked.opened_at is None
    locked.opened_at, locked.openings = locked.opened_at or at, locked.openings + 1
    locked.save(update_fields=["opened_at", "openings"])
    if first:
        links = tuple(service_for(Quote).links(locked))
        emit("quote.opened", record=locked, actor=None, at=at, via=VIA, links=links)
    quotenotices.opened(locked, at=at)
    return True


def open_quote(family: QuoteFamily, pk: int, at: datetime) -> Quote:
    """Return the revision on which a customer may act now, held until the transaction ends.

    Raises:
        ValidationError: when it was superseded, answered, or has expired.
    """
    rows = Quote.objects.select_for_update(of=("self",)).filter(family=family, status__in=SHOWN)
    newest = rows.order_by("-revision").first()
    if newest is None or newest.pk != pk:
        raise ValidationError(_("There is a newer version of this offer. Please look at that one."))
    if is_expired(newest, at):
        raise ValidationError(_("This offer has expired. Please ask for a new one."))
    if newest.status != QuoteStatus.SENT:
        raise ValidationError(_("This offer has been answered already."))
    return newest


def ticked(quote: Quote, keys: Collection[str]) -> tuple[list[QuoteLine], Any]:
    """Return the lines as they would be with these options taken, and what they come to. Writes nothing."""
    lines = list(quote.lines.order_by("position", "pk"))
    for line in lines:
        if line.is_optional:
            line.is_chosen = line.key in keys
    sums = add_up(
        lines, currency=quote.currency, discount=quote.discount, discount_amount=quote.discount_amount
    )
    return lines, sums


@transaction.atomic
def accept(
    *,
    family: QuoteFamily,
    pk: int,
    keys: Collection[str],
    name: str,
    drawing: bytes,
    visitor: Visitor,
    at: datetime,
    seen_hash: str,
) -> Quote:
    """Take a customer's yes: to this very version, with these options, by a typed or drawn name.

    Raises:
        ValidationError: with a sentence for the customer.
    """
    quote = open_quote(family, pk, at)
    if version_hash(quote) != seen_hash:
        raise ValidationError(_("The offer has changed since you opened it. Please look at it again."))
    name = " ".join(name.split())[:200]
    if not name:
        raise ValidationError(_("Please write your name."))
    if drawing and (not drawing.startswith(PNG) or len(drawing) > DRAWING_BYTES):
        raise ValidationError(_("The drawn name could not be read. Please draw it again, or type it only."))
    lines, sums = ticked(quote, keys)
    QuoteLine.objects.bulk_update(lines, ["is_chosen", "net", "tax_sum", "total"])
    quote.net, quote.tax_sum, quote.total = map(sums.amount, (sums.net, sums.tax, sums.total))
    quote.cost = sums.amount(sums.cost) if sums.cost is not None else None
    organisation = Organisation.load()
    quote.base_minor = _base(quote, organisation.base_currency)
    quote.save(update_fields=["net", "tax_sum", "total", "cost", "base_minor"])
    QuoteAcceptance.objects.create(
        quote=quote,
        name=name,
        drawing=drawing,
        version_hash=version_hash(quote),
        total=quote.total,
        options=[line.name for line in lines if line.is_optional and line.is_chosen],
        at=at,
        address=visitor.address,
        browser=visitor.browser,
    )
    return _answered(quote, QuoteStatus.ACCEPTED, at)


def _base(quote: Quote, base: str) -> int:
    from_total = quote.total * (quote.rate or Decimal(1))
    return to_minor(from_total, base)


@transaction.atomic
def decline(*, family: QuoteFamily, pk: int, reason: str, at: datetime) -> Quote:
    """Take a customer's no, and why."""
    quote = open_quote(family, pk, at)
    quote.decline_reason = reason.strip()[:500]
    quote.save(update_fields=["decline_reason"])
    return _answered(quote, QuoteStatus.DECLINED, at)


def _answered(quote: Quote, status: str, at: datetime) -> Quote:
    service: Any = service_for(Quote)
    drafts = service.update([quote], {"status": status}, actor=None, at=at, via=VIA)
    found: Quote = drafts[0].record
    return found


@transaction.atomic
def ask(*, quote: Quote, line_key: str, text: str, name: str, at: datetime) -> QuoteQuestion:
    """Keep a customer's question about a line, or about the whole, and tell the owner.

    Raises:
        ValidationError: when nothing is asked, or far too much.
    """
    made = _write(quote, line_key, text, at, name=name, author=None)
    links = tuple(service_for(Quote).links(quote))
    data = {"text": made.text[:500], "line": made.line_name, "who": made.name}
    emit("quote.asked", record=quote, actor=None, at=at, via=VIA, data=data, links=links)
    quotenotices.asked(quote, made.text, at=at)
    return made


@transaction.atomic
def answer(*, quote: Quote, line_key: str, text: str, actor: User, at: datetime) -> QuoteQuestion:
    """Answer in the room; the customer reads it where they asked."""
    made = _write(quote, line_key, text, at, name=str(actor), author=actor)
    links = tuple(service_for(Quote).links(quote))
    data = {"text": made.text[:500], "line": made.line_name}
    emit("quote.answered", record=quote, actor=actor, at=at, data=data, links=links)
    return made


def _write(
    quote: Quote, line_key: str, text: str, at: datetime, *, name: str, author: User | None
) -> QuoteQuestion:
    text = text.strip()[:4000]
    if not text:
        raise ValidationError(_("Please write your question."))
    if QuoteQuestion.objects.filter(family=quote.family_id).count() >= MOST_QUESTIONS:
        raise ValidationError(_("There are too many questions here. Please write to us by mail."))
    line = quote.lines.filter(key=line_key).first() if line_key else None
    return QuoteQuestion.objects.create(
        family_id=quote.family_id,
        quote=quote,
        line_key=line.key if line else "",
        line_name=str(line)[:300] if line else "",
        text=text,
        author=author,
        name=" ".join(name.split())[:120],
        at=at,
    )
