"""Which price holds: the nearest rule, its dates and quantities, formulas, parents, rounding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sales.pricelists import Found, Goods, List, Rule, price_for
from sales.sumwords import in_words

DAY = date(2026, 3, 2)
LAMP = Goods(1, price=Decimal(100), cost=Decimal(40), currency="USD", categories=(7, 3))
RATES = {("USD", "EUR"): Decimal("0.5"), ("EUR", "USD"): Decimal(2)}


def rate(source: str, target: str) -> Decimal | None:
    return Decimal(1) if source == target else RATES.get((source, target))


def asked(*lists: List, quantity: int = 1, currency: str = "USD", goods: Goods = LAMP) -> Found | None:
    return price_for(
        goods,
        quantity=Decimal(quantity),
        day=DAY,
        lists={one.id: one for one in lists},
        chosen=lists[0].id if lists else None,
        currency=currency,
        rate=rate,
    )


def price(*lists: List, **more: Any) -> Decimal | None:
    found = asked(*lists, **more)
    return found.price if found else None


def of(*rules: Rule, **more: Any) -> List:
    return List(**{"id": 1, "name": "Retail", "currency": "USD", "rules": rules, **more})


def fixed(number: int, amount: int, **more: Any) -> Rule:
    return Rule(number, "fixed", price=Decimal(amount), **more)


def test_without_a_list_the_price_is_the_products_own() -> None:
    assert price() == 100
    assert price(currency="EUR") == 50


def test_the_nearest_rule_wins() -> None:
    everything, upper, near, own = (
        fixed(1, 90),
        fixed(2, 80, category=3),
        fixed(3, 70, category=7),
        fixed(4, 60, product=1),
    )

    assert price(of(everything)) == 90
    assert price(of(everything, upper)) == 80
    assert price(of(everything, upper, near)) == 70
    assert price(of(own, everything, upper, near)) == 60
    assert price(of(fixed(5, 1, product=2), everything)) == 90


def test_larger_quantities_have_their_own_price() -> None:
    known = of(fixed(1, 90), fixed(2, 80, least=Decimal(10)), fixed(3, 70, least=Decimal(100)))

    assert [price(known, quantity=number) for number in (1, 9, 10, 99, 100)] == [90, 90, 80, 80, 70]


def test_a_rule_holds_on_its_days_only() -> None:
    summer = fixed(1, 50, starts_on=date(2026, 6, 1))
    winter = fixed(2, 60, starts_on=date(2026, 1, 1), ends_on=DAY)

    assert price(of(summer, winter, fixed(3, 90))) == 60
    assert price(of(fixed(1, 50), ends_on=date(2026, 3, 1))) == 100


def test_a_percentage_and_a_formula_begin_with_what_they_name() -> None:
    assert price(of(Rule(1, "percent", percent=Decimal(15)))) == 85
    assert price(of(Rule(1, "formula", base="cost", factor=Decimal("1.5"), extra=Decimal(2)))) == 62


def test_a_list_leans_on_its_parent() -> None:
    parent = List(2, "Base", "EUR", rules=(fixed(9, 30),))
    child = of(Rule(1, "percent", percent=Decimal(10), base="parent"), parent=2)
    silent = of(fixed(5, 1, product=2), parent=2)

    assert price(child, parent) == 54
    assert price(silent, parent) == 60
    assert price(silent, parent, currency="EUR") == 30


def test_lists_that_lean_on_each_other_end_with_the_own_price() -> None:
    rule = Rule(1, "percent", percent=Decimal(10), base="parent")
    first, second = of(rule, parent=2), List(2, "Other", "USD", parent=1, rules=(rule,))

    assert price(first, second) == 81


def test_prices_are_rounded_to_a_step_and_end_as_the_list_says() -> None:
    known = of(Rule(1, "percent", percent=Decimal("12.3")), step=Decimal(10), ending=Decimal("0.01"))

    assert price(known) == Decimal("89.99")


def test_a_variant_has_the_price_of_its_product_unless_it_has_its_own() -> None:
    red = Goods(8, price=Decimal(110), cost=None, currency="USD", variant_of=1)

    assert price(of(fixed(1, 60, product=1)), goods=red) == 60
    assert price(of(fixed(1, 60, product=1), fixed(2, 65, product=8)), goods=red) == 65


def test_without_a_rate_there_is_no_price() -> None:
    assert price(currency="JPY") is None


def test_sums_are_written_in_words() -> None:
    said = {
        ("12341.50", "RUB", "ru"): "Двенадцать тысяч триста сорок один рубль 50 копеек",
        ("1002.01", "RUB", "ru"): "Одна тысяча два рубля 01 копейка",
        ("2000000", "USD", "ru"): "Два миллиона долларов США 00 центов",
        ("1", "EUR", "ru"): "Одно евро 00 евроцентов",
        ("0", "RUB", "ru"): "Ноль рублей 00 копеек",
        ("111.11", "UAH", "ru"): "Сто одиннадцать гривен 11 копеек",
        ("1234.05", "USD", "en"): "One thousand two hundred thirty-four US dollars and 05/100",
        ("500", "JPY", "en"): "Five hundred JPY",
    }

    for (amount, currency, language), text in said.items():
        assert in_words(Decimal(amount), currency, language) == text
