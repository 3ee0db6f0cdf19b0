"""Writing quotes: what a new one starts with, what may still be changed, and from which state to which.

Every door writes here, so a draft is priced alike on its page, by a rule and over REST, what
the customer has seen is changed only by a new revision, and a discount beyond somebody's limit
is never sent without approval.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from contacts.models import Company, Person
from crm.identity.models import Organisation
from crm.lib.money import to_minor
from crm.lib.names import sort_key
from crm.records.services import RecordService
from sales import quotestates
from sales.models import Deal, DealLine, Issuer, Numbered, Quote, QuoteFamily, QuoteLine, QuoteTemplate
from sales.pricebook import Pricing
from sales.services import quoteeffects
from sales.services.deals import primary_teams
from sales.services.lines import LINES, Built, as_rows, build
from sales.services.numbers import take_numbers
from sales.valuing import RateBook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from crm.identity.models import User
    from crm.records.drafts import Draft, WriteContext
    from crm.records.registry import Ref

#: A command: the revision that this one follows.
REVISES = "revises"
#: What a quote's sums follow from.
RECKONED_BY = ("discount", "discount_amount", "currency", "price_list", "company")
DAYS_VALID = 30


class QuoteService(RecordService[Quote]):
    """The one way in which quotes are written."""

    model = Quote
    internal: ClassVar[frozenset[str]] = frozenset(
        {"sort_name", "board_rank", "base_minor", "family", "cost", "pdf_id", "off_list", "is_current"}
    )
    commands: ClassVar[frozenset[str]] = frozenset({LINES, REVISES})
    filled: ClassVar[frozenset[str]] = frozenset({"status"})
    money: ClassVar[tuple[str, ...]] = ("net", "tax_sum", "total", "discount_amount")
    covers: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "total": ("base_minor", "net", "tax_sum", "rate", "lines")
    }
    titled: ClassVar[frozenset[str]] = frozenset({"name", "number", "revision"})
    searched: ClassVar[frozenset[str] | None] = frozenset({"name", "number", "company", "person"})
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "name": ("title", "subject", "тема", "название"),
        "company": ("customer", "client", "клиент", "компания"),
        "valid_until": ("expires", "действует до"),
    }

    def prepare(self, drafts: Sequence[Draft[Quote]], ctx: WriteContext) -> None:
        """Give new quotes what they lack, guard what was sent, reckon lines, and judge the next state."""
        organisation = Organisation.load()
        today = ctx.at.astimezone(ZoneInfo(organisation.time_zone)).date()
        for draft in drafts:
            if not draft.is_new:
                continue
            if REVISES in draft.changes:
                self._follow(draft, today)
            else:
                self._start(draft, today, organisation)
        self._give_team(drafts)
        self._number([draft for draft in drafts if draft.is_new and not draft.errors], today, ctx)
        for draft in drafts:
            quotestates.guard(draft, today)
            if draft.is_new or LINES in draft.changes or any(map(draft.has_changed, RECKONED_BY)):
                self._reckon(draft, today, ctx)
            self._value(draft, today, organisation)
            quotestates.step(draft, ctx, today)
            draft.record.sort_name = sort_key(draft.record.name or draft.record.number)[:250]

    def after_save(self, drafts: Sequence[Draft[Quote]], ctx: WriteContext) -> None:
        """Write the lines, and do what follows from a new state."""
        for draft in drafts:
            built: Built | None = getattr(draft.record, "built", None)
            if built is not None:
                if not draft.is_new:
                    QuoteLine.objects.filter(quote=draft.record).delete()
                for line in built.lines:
                    line.quote = draft.record
                QuoteLine.objects.bulk_create(built.lines)
        quoteeffects.follow(drafts, ctx)

    def links(self, record: Quote) -> Iterable[Ref]:
        """Show a quote's events on the pages of its deal, its company and its person."""
        if record.deal_id is not None:
            yield Deal.record_type.ref(record.deal_id)
        if record.company_id is not None:
            yield Company.record_type.ref(record.company_id)
        if record.person_id is not None:
            yield Person.record_type.ref(record.person_id)

    def subtitle(self, record: Quote) -> str:
        return str(record.company or record.person or "")

    def search_text(self, record: Quote) -> str:
        parts = (record.number, record.name, record.company, record.person)
        return " ".join(str(part) for part in parts if part)

    def for_search(self, records: Any) -> Any:
        return records.select_related("company", "person")

    # What a new quote starts with.

    def _start(self, draft: Draft[Quote], today: date, organisation: Organisation) -> None:
        """Take over from the deal, and choose our company, language, template and days."""
        quote = draft.record
        if quote.deal_id is not None:
            self._take_deal(draft)
        quote.currency = quote.currency or organisation.base_currency
        if quote.issuer_id is None:
            quote.issuer = Issuer.choices_for(None).filter(is_default=True).first()
        if quote.template_id is not None and not quote.language:
            quote.language = quote.template.language if quote.template else ""
        quote.language = quote.language or language_for(quote, organisation)
        template = quote.template or template_for(quote.language, quote.issuer_id)
        quote.template = template
        if template is not None:
            quote.intro = quote.intro or template.intro
            quote.terms = quote.terms or template.terms
        if quote.valid_until is None:
            quote.valid_until = today + timedelta(days=template.days_valid if template else DAYS_VALID)

    def _follow(self, draft: Draft[Quote], today: date) -> None:
        """Make the draft the next revision of the quote that it follows."""
        quote, before = draft.record, draft.changes[REVISES]
        quote.family_id, quote.number, quote.revision = before.family_id, before.number, before.revision + 1
        days = quote.template.days_valid if quote.template else DAYS_VALID
        quote.valid_until = today + timedelta(days=days)

    def _take_deal(self, draft: Draft[Quote]) -> None:
        quote = draft.record
        deal = Deal.all_objects.filter(pk=quote.deal_id or 0).first()
        if deal is None:
            draft.error("deal", _("There is no such deal."))
            return
        for name in ("company_id", "person_id"):
            if name.removesuffix("_id") not in draft.changes:
                setattr(quote, name, getattr(deal, name))
        quote.currency = quote.currency or deal.currency
        quote.name = quote.name or deal.name
        if LINES not in draft.changes:
            draft.changes[LINES] = rows_of_deal(deal)

    def _give_team(self, drafts: Sequence[Draft[Quote]]) -> None:
        """Let the team follow the owner, unless somebody named one."""
        following = [
            draft
            for draft in drafts
            if draft.record.owner_id and "team" not in draft.changes and draft.has_changed("owner")
        ]
        teams = primary_teams({draft.record.owner_id for draft in following})
        for draft in following:
            draft.record.team_id = teams.get(draft.record.owner_id or 0)

    def _number(self, fresh: Sequence[Draft[Quote]], today: date, ctx: WriteContext) -> None:
        """Give new quotes a family and the next numbers; a revision has those of the one before."""
        first = [draft for draft in fresh if REVISES not in draft.changes]
        numbers = take_numbers(Numbered.QUOTE, on=today, count=len(first)) if first else ()
        families = QuoteFamily.objects.bulk_create([QuoteFamily(created_at=ctx.at) for _one in first])
        for draft, number, family in zip(first, numbers, families, strict=True):
            draft.record.number, draft.record.family = number, family

    # What lines come to.

    def _reckon(self, draft: Draft[Quote], today: date, ctx: WriteContext) -> None:
        quote = draft.record
        kept = [] if draft.is_new else list(quote.lines.order_by("position"))
        rows = draft.changes.get(LINES)
        if rows is None:
            rows = as_rows(kept)
        elif isinstance(rows, (str, bytes)) or not all(hasattr(row, "get") for row in rows):
            draft.error("__all__", _("Lines are a list of objects."))
            return
        try:
            built = build(
                QuoteLine,
                rows,
                pricing=pricing_of(quote, today),
                kept=kept,
                user=ctx.actor if ctx.by_hand else None,
                discount=quote.discount or Decimal(0),
                discount_amount=quote.discount_amount or Decimal(0),
            )
        except ValidationError as refused:
            draft.error("__all__", refused.messages[0], code="line")
            return
        put_sums(quote, built)
        if LINES in draft.changes and not draft.is_new:
            draft.event = "quote.lines_changed"
            draft.facts |= {"count": len(built.lines), "amount": str(quote.total), "currency": quote.currency}
            # Lines live in a table of their own: the record counts as changed with them.
            draft.notes[LINES] = (len(kept), len(built.lines))

    def _value(self, draft: Draft[Quote], today: date, organisation: Organisation) -> None:
        """Keep the value in the base currency, at the rate of the day on which it last changed."""
        quote = draft.record
        if not (draft.has_changed("total") or draft.has_changed("currency")):
            return
        rate = RateBook({quote.currency}, organisation.base_currency).rate(quote.currency, today)
        quote.rate = rate or Decimal(1)
        quote.base_minor = to_minor(quote.total * quote.rate, organisation.base_currency) if rate else 0


def pricing_of(quote: Quote, day: date) -> Pricing:
    """Return the prices that hold for a quote's customer."""
    return Pricing(
        currency=quote.currency, day=day, company_id=quote.company_id, price_list_id=quote.price_list_id
    )


def put_sums(quote: Quote, built: Built) -> None:
    """Write on a quote what its lines come to; the lines wait to be saved with it."""
    sums = built.sums
    quote.net, quote.tax_sum, quote.total = map(sums.amount, (sums.net, sums.tax, sums.total))
    quote.cost = sums.amount(sums.cost) if sums.cost is not None else None
    quote.off_list = min(sums.off_list, Decimal("99999"))
    quote.built = built  # type: ignore[attr-defined]


def rows_of_deal(deal: Deal) -> list[dict[str, Any]]:
    """Return the lines of a deal; of one without lines its product at its amount."""
    rows = as_rows(DealLine.objects.filter(deal=deal).order_by("position"))
    if rows or deal.product_id is None:
        return rows
    price = {"price": deal.amount} if deal.amount is not None else {}
    return [{"kind": "product", "product": deal.product_id, "quantity": 1, **price}]


def language_for(quote: Quote, organisation: Organisation) -> str:
    """Return the customer's language where we know it, else ours."""
    spoken = getattr(quote.person, "language", "") if quote.person_id else ""
    return str(spoken)[:2] if str(spoken)[:2] in ("en", "ru") else organisation.language


def template_for(language: str, issuer_id: int | None) -> QuoteTemplate | None:
    """Return the template of a language: that of our company before one for all, defaults first."""
    rows = list(QuoteTemplate.objects.filter(is_active=True, language=language))
    fitting = [one for one in rows if one.issuer_id in (None, issuer_id)]
    order = sorted(fitting, key=lambda one: (one.issuer_id is None, not one.is_default, one.pk))
    return order[0] if order else None


def set_lines(
    *,
    records: Sequence[Quote],
    actor: User | None,
    at: Any,
    lines: Sequence[Mapping[str, Any]],
    seen_version: int | None = None,
    via: str = "page",
    **values: Any,
) -> list[Draft[Quote]]:
    """Give a draft new lines, and with them other fields such as its discount."""
    changes = {LINES: list(lines), **{name: value for name, value in values.items() if value is not None}}
    return QuoteService().update(records, changes, actor=actor, at=at, via=via, seen_version=seen_version)
