"""Amounts: how they are written for people, and how they are kept as whole numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from crm.lib import money


@pytest.mark.parametrize(
    ("language", "amount", "currency", "text"),
    [
        ("en", "1234.50", "EUR", "€1,234.50"),
        ("en", "1054.00", "USD", "$1,054"),
        ("en", "-5.5", "USD", "-$5.50"),
        ("en", "1000", "JPY", "¥1,000"),
        ("en", "1.2345", "KWD", "KWD\u00a01.235"),
        ("en", "12.3", "", "12.30"),
        ("ru", "1234.50", "RUB", "1\u00a0234,50\u00a0₽"),
        ("ru", "1234567", "USD", "1\u00a0234\u00a0567\u00a0$"),
    ],
)
def test_an_amount_is_written_as_the_language_does(
    language: str, amount: str, currency: str, text: str
) -> None:
    with translation.override(language):
        assert money.format_money(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("en", "950", "$950"),
        ("en", "12345", "$12.3K"),
        ("en", "10005534", "$10M"),
        ("en", "1250000", "$1.3M"),
        ("ru", "1250000", "1,3\u00a0млн\u00a0$"),
    ],
)
def test_an_amount_is_shortened_where_space_is_scarce(language: str, amount: str, text: str) -> None:
    with translation.override(language):
        assert money.format_short(Decimal(amount), "USD").replace(" ", "\u00a0") == text


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("10.005", "USD", 1001), ("-10.005", "USD", -1001), ("5", "JPY", 5), ("1.2345", "KWD", 1235)],
)
def test_amounts_are_kept_in_minor_units_of_their_currency(amount: str, currency: str, minor: int) -> None:
    assert money.to_minor(Decimal(amount), currency) == minor


def test_minor_units_become_the_amount_again() -> None:
    assert money.from_minor(105_400, "USD") == Decimal("1054.00")
    assert money.from_minor(105_400, "JPY") == Decimal(105_400)


def test_currencies_are_named_in_the_readers_language() -> None:
    with translation.override("ru"):
        assert money.label_of("USD") == "USD · Доллар США"
