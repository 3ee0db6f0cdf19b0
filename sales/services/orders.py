"""Writing orders and invoices: made from quotes and orders, numbered without a gap, voided, paid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Company, Person
from crm.identity.models import Organisation
from crm.lib.money import to_minor
from crm.records.registry import service_for
from crm.records.services import RecordService
from crm.ui.admin.rights import may_administer
from sales.models import (
    Deal,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Issuer,
    Numbered,
    NumberSeries,
    Order,
    OrderLine,
    OrderStatus,
    Quote,
    QuoteStatus,
)
from sales.pricebook import Pricing
from sales.services.deals import primary_teams
from sales.services.lines import LINES, Built, as_rows, build
from sales.services.numbers import take_numbers
from sales.valuing import RateBook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from crm.identity.models import User
    from crm.records.drafts import Draft, WriteContext
    from crm.records.registry import Ref

#: Commands that no door gives: the state that a verb brings about, what the event is called, and
#: the document from which a new one is made.
STATE, EVENT, SOURCE = "state", "told_as", "source"
#: What an order takes over from its quote, and an invoice from its order.
TAKEN = ("name", "deal", "company", "person", "issuer", "language", "currency", "owner", "team")
DAYS_TO_PAY = 14


class DocumentService(RecordService[Any]):
    """What orders and invoices have in common: numbers, lines, sums."""

    kind: ClassVar[Numbered]
    lines_model: ClassVar[Any]
    lines_by: ClassVar[str]
    internal: ClassVar[frozenset[str]] = frozenset({"base_minor", "pdf_id", "discount", "discount_amount"})
    commands: ClassVar[frozenset[str]] = frozenset({LINES, STATE, EVENT, SOURCE})
    money: ClassVar[tuple[str, ...]] = ("net", "tax_sum", "total", "paid")
    covers: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "total": ("base_minor", "net", "tax_sum", "rate", "left")
    }
    titled: ClassVar[frozenset[str]] = frozenset({"number", "name"})
    searched: ClassVar[frozenset[str] | None] = frozenset({"number", "name", "company", "person"})

    def prepare(self, drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
        """Number new documents, reckon their lines, and leave issued ones as they are."""
        organisation = Organisation.load()
        today = ctx.at.astimezone(ZoneInfo(organisation.time_zone)).date()
        teams = primary_teams({draft.record.owner_id for draft in drafts if draft.is_new})
        fresh = [draft for draft in drafts if draft.is_new]
        for draft in fresh:
            record = draft.record
            record.currency = record.currency or organisation.base_currency
            record.language = record.language or organisation.language
            if record.issuer_id is None:
                record.issuer = Issuer.choices_for(None).filter(is_default=True).first()
            if record.team_id is None and "team" not in draft.changes:
                record.team_id = teams.get(record.owner_id or 0)
            if not (record.company_id or record.person_id or record.name.strip()):
                draft.error("company", _("Say whose it is: a company or a person."), code="required")
            self.start(draft, today)
        good = [draft for draft in fresh if not draft.errors]
        numbers = take_numbers(self.kind, on=today, count=len(good)) if good else ()
        for draft, number in zip(good, numbers, strict=True):
            draft.record.number = number
        for draft in drafts:
            self._guard(draft)
            if draft.is_new or LINES in draft.changes:
                self._reckon(draft, today, ctx, organisation)
            if STATE in draft.changes and not draft.errors:
                draft.record.status = draft.changes[STATE]
                draft.event = draft.changes.get(EVENT, "")
                draft.facts |= {"amount": str(draft.record.total), "currency": draft.record.currency}

    def start(self, draft: Draft[Any], today: date) -> None:
        """Give a new document what only its kind needs."""

    def _guard(self, draft: Draft[Any]) -> None:
        """What was issued keeps its customer, its money and its lines."""
        if draft.is_new:
            return
        fixed = ("company", "person", "currency", "issuer", "quote")
        for name in fixed:
            if draft.has_changed(name):
                draft.error(
                    name, _("An issued document is not changed: void it and make another."), code="fixed"
                )
        if LINES in draft.changes:
            draft.error(
                "__all__", _("An issued document is not changed: void it and make another."), code="fixed"
            )

    def _reckon(self, draft: Draft[Any], today: date, ctx: WriteContext, organisation: Organisation) -> None:
        record, source = draft.record, draft.changes.get(SOURCE)
        kept = taken_lines(source) if source is not None else []
        rows = [{**row, "is_optional": False} for row in as_rows(kept)]
        if source is not None:
            record.discount, record.discount_amount = source.discount, source.discount_amount
        try:
            built = build(
                self.lines_model,
                rows or draft.changes.get(LINES) or (),
                pricing=Pricing(currency=record.currency, day=today, company_id=record.company_id),
                user=ctx.actor if ctx.by_hand and source is None else None,
                kept=kept,
                discount=record.discount,
                discount_amount=record.discount_amount,
            )
        except ValidationError as refused:
            draft.error("__all__", refused.messages[0], code="line")
            return
        sums = built.sums
        record.net, record.tax_sum, record.total = map(sums.amount, (sums.net, sums.tax, sums.total))
        rate = RateBook({record.currency}, organisation.base_currency).rate(record.currency, today)
        record.rate = rate or Decimal(1)
        record.base_minor = to_minor(record.total * record.rate, organisation.base_currency) if rate else 0
        record.built = built

    def after_save(self, drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
        for draft in drafts:
            built: Built | None = getattr(draft.record, "built", None)
            if built is not None and draft.is_new:
                for line in built.lines:
                    setattr(line, self.lines_by, draft.record)
                self.lines_model.objects.bulk_create(built.lines)

    def links(self, record: Any) -> Iterable[Ref]:
        """Show its events on the pages of the quote, the deal, the company and the person."""
        for model, pk in (
            (Quote, record.quote_id),
            (Deal, record.deal_id),
            (Company, record.company_id),
            (Person, record.person_id),
        ):
            if pk is not None:
                yield model.record_type.ref(pk)

    def subtitle(self, record: Any) -> str:
        return str(record.company or record.person or "")

    def search_text(self, record: Any) -> str:
        return " ".join(
            str(part) for part in (record.number, record.name, record.company, record.person) if part
        )

    def for_search(self, records: Any) -> Any:
        return records.select_related("company", "person")


class OrderService(DocumentService):
    """The one way in which orders are written."""

    model = Order
    kind, lines_model, lines_by = Numbered.ORDER, OrderLine, "order"


class InvoiceService(DocumentService):
    """The one way in which invoices are written."""

    model = Invoice
    kind, lines_model, lines_by = Numbered.INVOICE, InvoiceLine, "invoice"

    def prepare(self, drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
        """Let the days to pay stay as many when an invoice is dated anew."""
        for draft in drafts:
            invoice = draft.record
            if not draft.is_new and draft.has_changed("issued_on") and "due_on" not in draft.changes:
                invoice.due_on = invoice.due_on and invoice.due_on + (
                    invoice.issued_on - draft.snapshot["issued_on"]
                )
        super().prepare(drafts, ctx)

    def start(self, draft: Draft[Any], today: date) -> None:
        if "issued_on" not in draft.changes:
            draft.record.issued_on = today
        if draft.record.due_on is None:
            draft.record.due_on = draft.record.issued_on + timedelta(days=DAYS_TO_PAY)


@transaction.atomic
def order_from_quote(*, quote: Quote, actor: User | None, at: datetime, via: str = "page") -> Order:
    """Make the order of an accepted quote, with the options that were taken.

    Raises:
        ValidationError: when the quote was not accepted, or has an order that holds.
    """
    locked = Quote.all_objects.select_for_update(of=("self",)).get(pk=quote.pk)
    if locked.status != QuoteStatus.ACCEPTED:
        raise ValidationError(_("An order is made from an accepted quote."))
    if Order.objects.filter(quote=locked).exclude(status=OrderStatus.VOID).exists():
        raise ValidationError(_("This quote has an order already."))
    made: Order = _from(locked, locked, Order, {}, actor=actor, at=at, via=via)
    return made


@transaction.atomic
def invoice_from_order(
    *, order: Order, actor: User | None, at: datetime, due_on: date | None = None, via: str = "page"
) -> Invoice:
    """Make the invoice of an order.

    Raises:
        ValidationError: when the order is void, or has an invoice that holds.
    """
    locked = Order.all_objects.select_for_update(of=("self",)).get(pk=order.pk)
    if locked.status == OrderStatus.VOID:
        raise ValidationError(_("The order is void."))
    if Invoice.objects.filter(order=locked).exclude(status=InvoiceStatus.VOID).exists():
        raise ValidationError(_("This order has an invoice already."))
    row = {"order": locked, **({"due_on": due_on} if due_on else {})}
    made: Invoice = _from(locked, locked.quote, Invoice, row, actor=actor, at=at, via=via)
    return made


def _from(source: Any, quote: Quote | None, model: Any, row: dict[str, Any], **door: Any) -> Any:
    """Make a document with the lines of another, at the prices and taxes that stand there."""
    values = {name: getattr(source, name) for name in TAKEN}
    service: Any = service_for(model)
    return service.create([{**values, **row, "quote": quote, SOURCE: source}], **door)[0].record


def taken_lines(source: Any) -> list[Any]:
    """Return the lines that go over into the next document: options only where they were taken."""
    return [line for line in source.lines.order_by("position", "pk") if line.counts or not line.costs]


def deliver(*, records: Sequence[Order], actor: User | None, at: datetime, via: str = "page") -> Any:
    """Mark orders as delivered."""
    return _to_state(records, OrderStatus.DONE, (OrderStatus.OPEN,), "delivered", actor=actor, at=at, via=via)


def reopen_orders(*, records: Sequence[Order], actor: User | None, at: datetime, via: str = "page") -> Any:
    """Open delivered orders again."""
    return _to_state(records, OrderStatus.OPEN, (OrderStatus.DONE,), "reopened", actor=actor, at=at, via=via)


def may_void(kind: str, user: User | None) -> bool:
    """Tell whether somebody may void documents of a kind: roles named in its series, else administrators."""
    if user is None or may_administer(user):
        return True
    series = NumberSeries.objects.filter(kind=kind).first()
    return series is not None and series.may_void.filter(users=user).exists()


@transaction.atomic
def void_documents(
    *, records: Sequence[Any], actor: User | None, at: datetime, reason: str = "", via: str = "page"
) -> Any:
    """Void orders or invoices: they keep their numbers, and nothing is due for them any more.

    Raises:
        PermissionDenied: when the actor's roles may not.
        ValidationError: when something was paid, or an invoice still holds.
    """
    for record in records:
        if not may_void(service_of(record).kind, actor):
            raise PermissionDenied
        if isinstance(record, Invoice) and record.paid:
            raise ValidationError(_("Something was paid for it already: give that back first."))
        if isinstance(record, Order) and record.invoices.exclude(status=InvoiceStatus.VOID).exists():
            raise ValidationError(_("Void its invoice first."))
    type(records[0]).objects.filter(pk__in=[one.pk for one in records]).update(void_reason=reason[:300])
    states = (OrderStatus.OPEN, OrderStatus.DONE, InvoiceStatus.ISSUED)
    return _to_state(records, "void", states, "voided", actor=actor, at=at, via=via)


def service_of(record: Any) -> DocumentService:
    found: Any = service_for(type(record))
    service: DocumentService = found
    return service


def _to_state(
    records: Sequence[Any], state: str, known: Sequence[str], event: str, *, via: str, **door: Any
) -> Any:
    for record in records:
        if record.status not in known:
            raise ValidationError(_("“%(name)s” is not in a state for that.") % {"name": record})
    changes = {STATE: state, EVENT: f"{records[0]._meta.model_name}.{event}"}
    return service_of(records[0]).update(records, changes, via=via, **door)
