"""What lines, discounts and taxes come to, to the last minor unit. No database, no clock.

The rule of rounding, the same in every currency, with halves away from zero:

1. quantity × price is rounded to the minor unit, then the line's own discount is.
2. The discount on the whole document is rounded once and shared among the lines in proportion
   to what each comes to.
3. Tax is reckoned once for all lines of one rate, rounded, and shared among them alike. A tax
   that is included is taken out of the price; one on top is added to it.

Sharing gives whole minor units by the largest remainder, so that the lines always add up to the
document: total = net + tax, and both are the sums of their lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from crm.lib.money import digits_of, from_minor

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

HUNDRED = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Item:
    """One line that costs something. ``counts`` is off for an option that nobody has taken."""

    quantity: Decimal
    price: Decimal
    discount: Decimal = ZERO
    tax_rate: Decimal = ZERO
    tax_included: bool = False
    counts: bool = True
    list_price: Decimal | None = None
    cost: Decimal | None = None


@dataclass(slots=True)
class LineSum:
    """What one line comes to, in minor units. ``share`` is its part of the document's discount."""

    gross: int = 0
    discount: int = 0
    share: int = 0
    net: int = 0
    tax: int = 0

    @property
    def after(self) -> int:
        """What is left of the price after the line's own discount."""
        return self.gross - self.discount

    @property
    def total(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True, slots=True)
class TaxSum:
    """All that is taxed at one rate."""

    rate: Decimal
    is_included: bool
    net: int
    tax: int


@dataclass(slots=True)
class Sums:
    """What a document comes to, in minor units of its currency, and how."""

    currency: str
    lines: list[LineSum]
    gross: int = 0
    line_discounts: int = 0
    document_discount: int = 0
    net: int = 0
    tax: int = 0
    cost: int | None = None
    #: At list prices, for telling how much of a discount all of it is.
    at_list: int = 0
    taxes: list[TaxSum] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.net + self.tax

    @property
    def margin(self) -> int | None:
        """What is left after what the goods cost, without tax; nothing where a cost is not known."""
        return None if self.cost is None else self.net - self.cost

    @property
    def margin_percent(self) -> Decimal | None:
        if self.margin is None or not self.net:
            return None
        return (Decimal(self.margin) * HUNDRED / self.net).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)

    @property
    def off_list(self) -> Decimal:
        """How many percent below list prices all of it is sold, to a hundredth; never below zero."""
        if self.at_list <= 0:
            return ZERO
        sold = self.gross - self.line_discounts - self.document_discount
        off = Decimal(self.at_list - sold) * HUNDRED / self.at_list
        return max(off.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP), ZERO)

    def amount(self, minor: int) -> Decimal:
        return from_minor(minor, self.currency)


def rounded(value: Decimal) -> int:
    """Return whole minor units, halves away from zero."""
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))


def shared(total: int, weights: Sequence[int]) -> list[int]:
    """Share ``total`` in proportion to ``weights`` so that the parts add up to it exactly.

    What is left after whole units goes to the largest remainders, of equal ones to the first.
    """
    whole = sum(weights)
    if not whole or not total:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    order = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for place in order[:left]:
        parts[place] += 1
    return parts


def reckon(
    items: Sequence[Item],
    *,
    currency: str,
    discount_percent: Decimal = ZERO,
    discount_amount: Decimal = ZERO,
) -> Sums:
    """Return what ``items`` come to. A discount on the whole is a percentage or an amount, or both.

    Lines that don't count are reckoned by themselves, to show what they would add.
    """
    scale = Decimal(10) ** digits_of(currency)
    lines = [_own(item, scale) for item in items]
    counted = [place for place, item in enumerate(items) if item.counts]
    sums = Sums(currency, lines)
    sums.gross = sum(lines[place].gross for place in counted)
    sums.line_discounts = sum(lines[place].discount for place in counted)
    base = sums.gross - sums.line_discounts
    off = rounded(base * discount_percent / HUNDRED) + rounded(discount_amount * scale)
    sums.document_discount = min(max(off, 0), base)
    for place, share in zip(
        counted, shared(sums.document_discount, [lines[place].after for place in counted]), strict=True
    ):
        lines[place].share = share
    _tax(items, sums, counted)
    sums.at_list = sum(_at_list(items[place], lines[place], scale) for place in counted)
    sums.cost = _cost([items[place] for place in counted], scale)
    return sums


def _own(item: Item, scale: Decimal) -> LineSum:
    gross = rounded(item.quantity * item.price * scale)
    return LineSum(gross=gross, discount=rounded(gross * item.discount / HUNDRED))


def _tax(items: Sequence[Item], sums: Sums, counted: Sequence[int]) -> None:
    """Reckon tax once per rate, and share it; options that don't count are each a rate of their own."""
    groups: dict[Hashable, list[int]] = {}
    for place, item in enumerate(items):
        key = (item.tax_rate, item.tax_included) if item.counts else place
        groups.setdefault(key, []).append(place)
    inside = set(counted)
    for places in groups.values():
        first = items[places[0]]
        bases = [sums.lines[place].after - sums.lines[place].share for place in places]
        tax = _tax_on(sum(bases), first.tax_rate, is_included=first.tax_included)
        for place, base, part in zip(places, bases, shared(tax, bases), strict=True):
            sums.lines[place].tax = part
            sums.lines[place].net = base - part if first.tax_included else base
        if places[0] in inside:
            net = sum(sums.lines[place].net for place in places)
            sums.net, sums.tax = sums.net + net, sums.tax + tax
            sums.taxes.append(TaxSum(first.tax_rate, first.tax_included, net, tax))
    sums.taxes.sort(key=lambda one: (-one.rate, one.is_included))


def _tax_on(base: int, rate: Decimal, *, is_included: bool) -> int:
    return rounded(base * rate / (HUNDRED + rate if is_included else HUNDRED))


def _at_list(item: Item, line: LineSum, scale: Decimal) -> int:
    """Return the line at its list price, or at the price asked where that is higher or there is no list."""
    if item.list_price is None:
        return line.gross
    return max(rounded(item.quantity * item.list_price * scale), line.gross)


def _cost(items: Sequence[Item], scale: Decimal) -> int | None:
    """Return what the goods cost; nothing unless the cost of some is known. Services may have none."""
    if not any(item.cost is not None for item in items):
        return None
    return sum(rounded(item.quantity * item.cost * scale) for item in items if item.cost is not None)
