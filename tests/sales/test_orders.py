"""Orders and invoices: numbers without a gap, what was agreed, payments in parts, who may void."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction

from sales.models import NumberCounter, NumberSeries, Tax
from sales.orders.views import is_overdue
from sales.services import (
    invoice_from_order,
    order_from_quote,
    record_payment,
    void_documents,
)
from sales.services.numbers import take_numbers, written
from tests.factories.quotes import accepted_quote, line, made_invoice, seen, sent_quote
from tests.factories.sales import NOON

if TYPE_CHECKING:
    from crm.identity.models import User


@pytest.mark.django_db(transaction=True)
def test_two_hundred_issued_at_once_with_twenty_failing_are_numbered_without_a_gap() -> None:
    class Failed(Exception):
        pass

    def issue(turn: int) -> str | None:
        try:
            with transaction.atomic():
                (number,) = take_numbers("invoice", on=date(2026, 3, 2))
                if turn % 10 == 0:
                    raise Failed
                return number
        except Failed:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crew:
        found = sorted(number for number in crew.map(issue, range(200)) if number)

    assert found == [f"2026-{number:05}" for number in range(1, 181)]
    NumberCounter.objects.all().delete()


def test_a_pattern_is_filled_in() -> None:
    assert written("Q-{year}-{number:4}", 7, date(2026, 3, 2)) == "Q-2026-0007"
    assert written("{month}/{number}", 12, date(2026, 3, 2)) == "03/12"


@pytest.mark.django_db
def test_numbers_begin_anew_each_year() -> None:
    assert list(take_numbers("order", on=date(2026, 1, 1), count=2)) == ["O-2026-0001", "O-2026-0002"]
    assert list(take_numbers("order", on=date(2027, 1, 1))) == ["O-2027-0001"]


@pytest.mark.django_db
def test_an_order_and_its_invoice_say_what_was_accepted(ann: User) -> None:
    rows = [
        line("Work", 100),
        line("Taken", 10, is_optional=True, key="a"),
        line("Left", 5, is_optional=True, key="b"),
    ]
    quote = accepted_quote(ann, ["a"], lines=rows, discount=Decimal(10))

    order = order_from_quote(quote=quote, actor=ann, at=NOON)
    invoice = invoice_from_order(order=order, actor=ann, at=NOON)

    assert order.total == invoice.total == quote.total == Decimal(99)
    assert [one.name for one in invoice.lines.order_by("position")] == ["Work", "Taken"]


@pytest.mark.django_db
def test_an_invoice_keeps_the_tax_of_its_quote_when_the_rate_changes(ann: User) -> None:
    sent_quote(ann)
    tax = Tax.objects.get(rate=20, is_included=False)
    quote = accepted_quote(ann, lines=[line("Work", 100, tax=tax.pk)])
    Tax.objects.filter(pk=tax.pk).update(rate=22)

    order = order_from_quote(quote=quote, actor=ann, at=NOON)

    assert order.total == quote.total == Decimal(120)


@pytest.mark.django_db
def test_only_an_accepted_quote_becomes_an_order_and_only_once(ann: User) -> None:
    with pytest.raises(ValidationError, match="accepted"):
        order_from_quote(quote=sent_quote(ann), actor=ann, at=NOON)
    quote = accepted_quote(ann)
    order_from_quote(quote=quote, actor=ann, at=NOON)

    with pytest.raises(ValidationError, match="already"):
        order_from_quote(quote=quote, actor=ann, at=NOON)


def pay(invoice: Any, amount: str, **more: Any) -> Any:
    return record_payment(
        invoice=invoice, amount=Decimal(amount), paid_on=NOON.date(), actor=None, at=NOON, **more
    )


@pytest.mark.django_db
def test_an_invoice_is_paid_in_parts_and_never_more_than_it_says(ann: User) -> None:
    invoice = made_invoice(ann)

    pay(invoice, "30")
    assert (seen(invoice).status, seen(invoice).left) == ("part", Decimal(70))
    with pytest.raises(ValidationError, match="More than"):
        pay(invoice, "70.01")
    pay(invoice, "70")

    assert (seen(invoice).status, seen(invoice).left) == ("paid", Decimal(0))


@pytest.mark.django_db
def test_what_a_provider_tells_twice_counts_once(ann: User) -> None:
    invoice = made_invoice(ann)

    for _turn in range(2):
        pay(invoice, "30", provider="bank", reference="A1")

    assert seen(invoice).paid == Decimal(30)


@pytest.mark.django_db
def test_an_unpaid_invoice_is_overdue_the_day_after(ann: User) -> None:
    invoice = made_invoice(ann)

    assert invoice.due_on is not None
    assert not invoice.is_overdue(invoice.due_on)
    assert invoice.is_overdue(date(2026, 12, 1))
    assert type(invoice).objects.filter(is_overdue(None, NOON)).count() == 0


@pytest.mark.django_db
def test_only_named_roles_void_and_the_number_stays_taken(ann: User, boss: User) -> None:
    invoice = made_invoice(ann)
    series = NumberSeries.objects.get(kind="invoice")

    with pytest.raises(PermissionDenied):
        void_documents(records=[invoice], actor=ann, at=NOON, reason="Wrong")
    series.may_void.set(boss.roles.all())
    void_documents(records=[invoice], actor=boss, at=NOON, reason="Wrong")

    assert (seen(invoice).status, seen(invoice).void_reason) == ("void", "Wrong")
    again = invoice_from_order(order=invoice.order, actor=ann, at=NOON)
    assert again.number != invoice.number
