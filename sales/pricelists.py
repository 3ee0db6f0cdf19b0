"""Which price a customer pays for a product: lists with dates, quantities, scopes and formulas.

No database, no clock: ``sales.pricebook`` reads the lists. A list of the customer's own comes
before one for everybody, then the one placed first. Inside of a list the rule that says most
wins: of the product before its category, the nearest category before one further up, then the
larger least quantity, then the later start. Where a list says nothing its parent is asked, and at
last the product's own price holds. A price is rounded to the list's step with halves away from
zero, and never falls below nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

#: A chain of parents longer than this is a circle.
DEPTH = 6
HUNDRED = Decimal(100)
PRICE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Goods:
    """What prices need to know of a product. ``categories`` come from the nearest upwards."""

    id: int
    price: Decimal | None
    cost: Decimal | None
    currency: str
    categories: tuple[int, ...] = ()
    variant_of: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``kind`` is "fixed", "percent" (off the base) or "formula" (base × factor + extra)."""

    id: int
    kind: str
    product: int | None = None
    category: int | None = None
    least: Decimal = Decimal(0)
    starts_on: date | None = None
    ends_on: date | None = None
    price: Decimal | None = None
    percent: Decimal = Decimal(0)
    #: What a percentage or a formula begins with: "price", "cost" or "parent".
    base: str = "price"
    factor: Decimal = Decimal(1)
    extra: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class List:
    """One price list."""

    id: int
    name: str
    currency: str
    parent: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    #: A price is a multiple of ``step``, less ``ending``: 100 and 1 give 99, 199, 299.
    step: Decimal = Decimal(0)
    ending: Decimal = Decimal(0)
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A price for one unit, and which list and rule it comes from."""

    price: Decimal
    currency: str
    list_id: int | None = None
    rule_id: int | None = None


def within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def price_for(
    goods: Goods,
    *,
    quantity: Decimal,
    day: date,
    lists: Mapping[int, List],
    chosen: int | None,
    currency: str,
    rate: Callable[[str, str], Decimal | None],
) -> Found | None:
    """Return what one unit costs in ``currency``; nothing where no price or no rate is known."""
    asked, seen = chosen, 0
    while asked is not None and asked in lists and seen < DEPTH:
        known = lists[asked]
        found = _in_list(known, goods, quantity, day, lists, rate, seen)
        if found is not None:
            return _in_currency(found, currency, rate)
        asked, seen = known.parent, seen + 1
    own = Found(goods.price, goods.currency) if goods.price is not None else None
    return _in_currency(own, currency, rate) if own is not None else None


def _in_list(
    known: List,
    goods: Goods,
    quantity: Decimal,
    day: date,
    lists: Mapping[int, List],
    rate: Callable[[str, str], Decimal | None],
    depth: int,
) -> Found | None:
    """Return what one list says, in its own currency and rounded as it rounds."""
    if not within(day, known.starts_on, known.ends_on):
        return None
    rule = best_rule(known.rules, goods, quantity, day)
    if rule is None:
        return None
    price = rule.price
    if rule.kind != "fixed":
        base = _base_of(rule, known, goods, quantity, day, lists, rate, depth)
        if base is None:
            return None
        off = base * (HUNDRED - rule.percent) / HUNDRED
        price = off if rule.kind == "percent" else base * rule.factor + rule.extra
    if price is None:
        return None
    return Found(stepped(price, known.step, known.ending), known.currency, known.id, rule.id)


def _base_of(
    rule: Rule,
    known: List,
    goods: Goods,
    quantity: Decimal,
    day: date,
    lists: Mapping[int, List],
    rate: Callable[[str, str], Decimal | None],
    depth: int,
) -> Decimal | None:
    """Return what a percentage or a formula begins with, in the currency of the list."""
    if rule.base == "parent":
        if depth >= DEPTH:
            return None
        rest = {pk: one for pk, one in lists.items() if pk != known.id}
        found = price_for(
            goods,
            quantity=quantity,
            day=day,
            lists=rest,
            chosen=known.parent,
            currency=known.currency,
            rate=rate,
        )
        return found.price if found else None
    amount = goods.cost if rule.base == "cost" else goods.price
    if amount is None:
        return None
    worth = rate(goods.currency, known.currency)
    return None if worth is None else amount * worth


def best_rule(rules: Sequence[Rule], goods: Goods, quantity: Decimal, day: date) -> Rule | None:
    """Return the rule that says most of this product at this quantity on this day."""
    ranked = [
        ((*place, -rule.least, -(rule.starts_on.toordinal() if rule.starts_on else 0), rule.id), rule)
        for rule in rules
        if rule.least <= quantity
        and within(day, rule.starts_on, rule.ends_on)
        and (place := nearness(rule, goods)) is not None
    ]
    return min(ranked, key=lambda one: one[0])[1] if ranked else None


def nearness(rule: Rule, goods: Goods) -> tuple[int, int] | None:
    """Return how near a rule is to a product, nearest first; nothing where it is of others."""
    if rule.product is not None:
        if rule.product == goods.id:
            return (0, 0)
        return (1, 0) if rule.product == goods.variant_of else None
    if rule.category is not None:
        return (2, goods.categories.index(rule.category)) if rule.category in goods.categories else None
    return (3, 0)


def stepped(price: Decimal, step: Decimal, ending: Decimal) -> Decimal:
    """Round a price to a multiple of ``step``, then take ``ending`` off."""
    if step > 0:
        price = (price / step).to_integral_value(rounding=ROUND_HALF_UP) * step - ending
    return max(price, Decimal(0)).quantize(PRICE_STEP, rounding=ROUND_HALF_UP)


def _in_currency(found: Found, currency: str, rate: Callable[[str, str], Decimal | None]) -> Found | None:
    if found.currency == currency:
        return found
    worth = rate(found.currency, currency)
    if worth is None:
        return None
    price = (found.price * worth).quantize(PRICE_STEP, rounding=ROUND_HALF_UP)
    return Found(price, currency, found.list_id, found.rule_id)
