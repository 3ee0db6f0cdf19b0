"""Money that comes in for invoices, in parts or at once, by hand or through a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.lib.money import from_minor, to_minor
from crm.records.events import emit
from crm.records.registry import service_for
from sales import quotenotices
from sales.models import Invoice, InvoiceStatus, Payment
from sales.services.orders import EVENT, STATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from crm.identity.models import User


@transaction.atomic
def record_payment(
    *,
    invoice: Invoice,
    amount: Decimal,
    paid_on: date,
    actor: User | None,
    at: datetime,
    note: str = "",
    provider: str = "",
    reference: str = "",
    via: str = "page",
) -> Payment:
    """Write down what was paid for an invoice; what a provider tells twice counts once.

    Raises:
        ValidationError: when nothing is due, or more was paid than that.
    """
    locked = Invoice.all_objects.select_for_update(of=("self",)).get(pk=invoice.pk)
    if reference:
        known = Payment.objects.filter(provider=provider, reference=reference).first()
        if known is not None:
            return known
    if locked.status == InvoiceStatus.VOID:
        raise ValidationError(_("The invoice is void."))
    amount = from_minor(to_minor(amount, locked.currency), locked.currency)
    if amount <= 0:
        raise ValidationError({"amount": _("Say how much was paid.")})
    if amount > locked.left:
        raise ValidationError({"amount": _("More than is still to be paid.")})
    payment = Payment.objects.create(
        invoice=locked,
        amount=amount,
        paid_on=paid_on,
        note=note[:300],
        provider=provider,
        reference=reference,
        recorded_by=actor,
        at=at,
    )
    _settle(locked, amount, actor=actor, at=at, via=via)
    return payment


def _settle(invoice: Invoice, amount: Decimal, *, actor: User | None, at: datetime, via: str) -> None:
    """Bring paid sum and state in line with what came in."""
    paid = invoice.paid + amount
    is_full = paid >= invoice.total
    state = InvoiceStatus.PAID if is_full else InvoiceStatus.PART
    invoice.paid, invoice.paid_at = paid, at if is_full else None
    invoice.save(update_fields=["paid", "paid_at"])
    service: Any = service_for(Invoice)
    if invoice.status != state:
        event = "invoice.paid" if is_full else "invoice.paid_in_part"
        service.update([invoice], {STATE: state, EVENT: event}, actor=actor, at=at, via=via)
    else:
        data = {"amount": str(amount), "currency": invoice.currency}
        emit(
            "invoice.paid_in_part",
            record=invoice,
            actor=actor,
            at=at,
            via=via,
            data=data,
            links=tuple(service.links(invoice)),
        )
    if is_full and actor is None:
        quotenotices.paid(invoice, at=at)


def pay(
    *,
    records: Sequence[Invoice],
    actor: User | None,
    at: datetime,
    amount: Decimal | None = None,
    paid_on: date | None = None,
    note: str = "",
    via: str = "page",
) -> list[Payment]:
    """Write down payments of invoices: so much, or all that is left."""
    return [
        record_payment(
            invoice=one,
            amount=one.left if amount is None else amount,
            paid_on=paid_on or at.date(),
            actor=actor,
            at=at,
            note=note,
            via=via,
        )
        for one in records
    ]
