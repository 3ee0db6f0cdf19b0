"""Quotes, orders and invoices through their services, as few as a test needs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from sales import setup
from sales.models import DiscountLimit, Product, Quote
from sales.services import (
    ProductService,
    QuoteService,
    invoice_from_order,
    order_from_quote,
    rooms,
    send_quotes,
)
from sales.services.rooms import Visitor
from sales.versions import version_hash
from tests.factories.identity import builtin_role
from tests.factories.sales import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.identity.models import User
    from crm.records.models import Record
    from sales.models import Invoice

R = TypeVar("R", bound="Record")
VISITOR = Visitor("203.0.113.7", "Test browser")


def product(name: str = "Lamp", price: int = 100, **values: Any) -> Product:
    """Make a product with a price in dollars."""
    row = {"name": name, "price": Decimal(price), "currency": "USD", **values}
    return ProductService().create([row], actor=None, at=NOON)[0].record


def line(name: str = "Work", price: Any = 100, quantity: Any = 1, **more: Any) -> dict[str, Any]:
    """Return a line as the editor sends it."""
    return {"name": name, "price": price, "quantity": quantity, **more}


def made_quote(
    actor: User | None = None, lines: Sequence[dict[str, Any]] | None = None, **values: Any
) -> Quote:
    """Make a draft by the service."""
    setup.ensure_defaults()
    row = {"name": "An offer", **values}
    if lines is not None:
        row["lines"] = list(lines)
    elif "deal" not in values:
        row["lines"] = [line()]
    return QuoteService().create([row], actor=actor, at=NOON)[0].record


def sent_quote(actor: User | None = None, **values: Any) -> Quote:
    """Make a quote that the customer sees."""
    quote = made_quote(actor, **values)
    send_quotes(records=[quote], actor=actor, at=NOON)
    return seen(quote)


def accepted_quote(actor: User | None = None, keys: Sequence[str] = (), **values: Any) -> Quote:
    """Make a quote to which the customer said yes."""
    return accept(sent_quote(actor, **values), keys)


def accept(quote: Quote, keys: Sequence[str] = (), *, at: Any = NOON) -> Quote:
    """Say yes as the customer does."""
    made = rooms.accept(
        family=quote.family,
        pk=quote.pk,
        keys=keys,
        name="Carl Customer",
        drawing=b"",
        visitor=VISITOR,
        at=at,
        seen_hash=version_hash(quote),
    )
    return seen(made)


def made_invoice(actor: User | None = None, **values: Any) -> Invoice:
    """Make the invoice of an accepted quote."""
    order = order_from_quote(quote=accepted_quote(actor, **values), actor=actor, at=NOON)
    return invoice_from_order(order=order, actor=actor, at=NOON)


def limit(role: str, percent: int, **people: Any) -> DiscountLimit:
    """Limit the discounts of a role."""
    return DiscountLimit.objects.create(role=builtin_role(role), percent=Decimal(percent), **people)


def seen(record: R) -> R:
    """Return a record as the database has it."""
    return type(record).all_objects.get(pk=record.pk)
