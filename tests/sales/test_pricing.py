"""Money adds up: lines, discounts and taxes make the total in every currency, whatever is rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.lib.money import CURRENCIES
from sales.pricing import Item, reckon, shared

RATES = st.sampled_from([Decimal(text) for text in ("0", "5", "7.7", "10", "19", "20", "21.5", "33.333")])
PERCENTS = st.decimals(0, 100, places=4)


@st.composite
def items(draw: st.DrawFn) -> Item:
    return Item(
        quantity=draw(st.decimals(0, 5000, places=4)),
        price=draw(st.decimals(0, 100_000, places=4)),
        discount=draw(PERCENTS),
        tax_rate=draw(RATES),
        tax_included=draw(st.booleans()),
        counts=draw(st.booleans()),
    )


@given(
    st.lists(items(), max_size=30),
    st.sampled_from(sorted(CURRENCIES)),
    PERCENTS,
    st.decimals(0, 1_000_000, places=2),
)
def test_lines_discounts_and_taxes_make_the_total(
    lines: list[Item], currency: str, percent: Decimal, amount: Decimal
) -> None:
    sums = reckon(lines, currency=currency, discount_percent=percent, discount_amount=amount)

    counted = [line for item, line in zip(lines, sums.lines, strict=True) if item.counts]
    assert sums.total == sum(line.total for line in counted)
    assert sums.net == sum(line.net for line in counted)
    assert sums.tax == sum(line.tax for line in counted) == sum(one.tax for one in sums.taxes)
    assert sums.document_discount == sum(line.share for line in counted)
    on_top = sum(one.tax for one in sums.taxes if not one.is_included)
    assert sums.total == sums.gross - sums.line_discounts - sums.document_discount + on_top
    assert sums.total >= 0
    assert all(line.net >= 0 and line.tax >= 0 and line.share >= 0 for line in sums.lines)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), max_size=40))
def test_what_is_shared_is_neither_lost_nor_made(total: int, weights: list[int]) -> None:
    parts = shared(total, weights)

    assert sum(parts) == (total if sum(weights) else 0)
    assert all(
        abs(part * sum(weights) - total * weight) < sum(weights)
        for part, weight in zip(parts, weights, strict=True)
        if sum(weights)
    )


def test_tax_on_top_is_added_and_tax_included_is_taken_out() -> None:
    on_top = reckon([Item(Decimal(1), Decimal(100), tax_rate=Decimal(20))], currency="EUR")
    inside = reckon([Item(Decimal(1), Decimal(120), tax_rate=Decimal(20), tax_included=True)], currency="EUR")

    assert (on_top.net, on_top.tax, on_top.total) == (10000, 2000, 12000)
    assert (inside.net, inside.tax, inside.total) == (10000, 2000, 12000)


@pytest.mark.parametrize(("currency", "total"), [("JPY", 333), ("USD", 33333), ("KWD", 333330)])
def test_a_line_is_rounded_to_the_minor_unit_of_its_currency(currency: str, total: int) -> None:
    sums = reckon([Item(Decimal("3.3333"), Decimal("100.0001"))], currency=currency)

    assert sums.total == total


def test_halves_are_rounded_away_from_zero() -> None:
    sums = reckon([Item(Decimal(1), Decimal("0.125"))], currency="USD")

    assert sums.total == 13


def test_an_option_that_nobody_took_adds_nothing_but_shows_its_price() -> None:
    lines = [
        Item(Decimal(1), Decimal(100)),
        Item(Decimal(1), Decimal(50), counts=False, tax_rate=Decimal(20)),
    ]

    sums = reckon(lines, currency="USD", discount_percent=Decimal(10))

    assert sums.total == 9000
    assert sums.lines[1].total == 6000


def test_a_lower_price_than_the_list_counts_as_a_discount() -> None:
    lines = [Item(Decimal(2), Decimal(75), list_price=Decimal(100), discount=Decimal(10))]

    sums = reckon(lines, currency="USD")

    assert sums.off_list == Decimal("32.50")


def test_margin_is_what_is_left_without_tax() -> None:
    lines = [Item(Decimal(1), Decimal(120), tax_rate=Decimal(20), tax_included=True, cost=Decimal(60))]

    sums = reckon(lines, currency="USD")

    assert (sums.margin, sums.margin_percent) == (4000, Decimal("40.0"))
