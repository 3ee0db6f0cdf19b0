"""All price lists at one moment, read once and kept, and the prices that they give."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from contacts.models import Company
from crm.identity.models import Organisation
from crm.lib.kept import Kept
from sales.models import PriceList, PriceRule, ProductCategory, Tax
from sales.pricelists import Found, Goods, List, Rule, price_for, within
from sales.valuing import RateBook

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sales.models import Product

#: A group of companies is at most so deep.
GROUP_DEPTH = 8


@dataclass(slots=True)
class PriceBook:
    """Active lists in order, whom they are for, the tree of categories. Shared: not to be changed."""

    lists: dict[int, List] = field(default_factory=dict)
    only_for: dict[int, frozenset[int]] = field(default_factory=dict)
    above: dict[int, int | None] = field(default_factory=dict)
    taxes: dict[int, Tax] = field(default_factory=dict)

    def fitting(self, company_ids: Iterable[int], currency: str, day: date) -> int | None:
        """Return the first list for these companies (the customer and those it belongs to).

        A list of their own comes before one for everybody, one in the currency before another.
        """
        own = frozenset(company_ids)
        found = [
            (not self.only_for[pk], known.currency != currency, place, pk)
            for place, (pk, known) in enumerate(self.lists.items())
            if (not self.only_for[pk] or self.only_for[pk] & own)
            and within(day, known.starts_on, known.ends_on)
        ]
        return min(found)[3] if found else None

    def categories_of(self, category_id: int | None) -> tuple[int, ...]:
        """Return a category and those above it, the nearest first."""
        found: list[int] = []
        while category_id is not None and category_id not in found:
            found.append(category_id)
            category_id = self.above.get(category_id)
        return tuple(found)

    def goods(self, product: Product) -> Goods:
        return Goods(
            product.pk,
            product.price,
            product.cost,
            product.currency,
            self.categories_of(product.category_id),
            product.variant_of_id,
        )

    @property
    def default_tax(self) -> Tax | None:
        return next((tax for tax in self.taxes.values() if tax.is_default and tax.is_active), None)


def read_book() -> PriceBook:
    """Read all price lists that are switched on."""
    rules: dict[int, list[Rule]] = {}
    for row in PriceRule.objects.order_by("pk"):
        rules.setdefault(row.price_list_id, []).append(
            Rule(
                row.pk,
                row.kind,
                row.product_id,
                row.category_id,
                row.least,
                row.starts_on,
                row.ends_on,
                row.price,
                row.percent,
                row.base,
                row.factor,
                row.extra,
            )
        )
    book = PriceBook()
    for one in PriceList.objects.filter(is_active=True).order_by("position", "pk"):
        book.lists[one.pk] = List(
            one.pk,
            one.name,
            one.currency,
            one.parent_id,
            one.starts_on,
            one.ends_on,
            one.step,
            one.ending,
            tuple(rules.get(one.pk, ())),
        )
        book.only_for[one.pk] = frozenset()
    for list_id, company_id in PriceList.companies.through.objects.values_list("pricelist_id", "company_id"):
        if list_id in book.lists:
            book.only_for[list_id] |= {company_id}
    book.above = dict(ProductCategory.objects.values_list("pk", "parent_id"))
    book.taxes = {tax.pk: tax for tax in Tax.objects.order_by("position", "pk")}
    return book


price_book = Kept("sales.prices", read_book)


def group_of(company_id: int | None) -> tuple[int, ...]:
    """Return a company and those it belongs to, the nearest first."""
    found: list[int] = []
    while company_id is not None and company_id not in found and len(found) < GROUP_DEPTH:
        found.append(company_id)
        company_id = Company.all_objects.filter(pk=company_id).values_list("parent_id", flat=True).first()
    return tuple(found)


class Pricing:
    """Prices for one customer on one day in one currency."""

    def __init__(
        self, *, currency: str, day: date, company_id: int | None, price_list_id: int | None = None
    ) -> None:
        self.book: PriceBook = price_book()
        self.currency, self.day = currency, day
        own = () if price_list_id or not any(self.book.only_for.values()) else group_of(company_id)
        self.list_id = price_list_id or self.book.fitting(own, currency, day)
        self._rates: RateBook | None = None

    def rate(self, source: str, target: str) -> Decimal | None:
        """Return what one unit of ``source`` is worth in ``target`` on the day."""
        if source == target:
            return Decimal(1)
        base = Organisation.load().base_currency
        if self._rates is None or not {source, target} <= {base, *self._rates.days}:
            known = {one.currency for one in self.book.lists.values()}
            self._rates = RateBook({source, target, self.currency, *known}, base)
        first, second = self._rates.rate(source, self.day), self._rates.rate(target, self.day)
        return first / second if first is not None and second else None

    def price(self, product: Product, quantity: Decimal) -> Found | None:
        """Return what one unit of a product costs this customer."""
        return price_for(
            self.book.goods(product),
            quantity=quantity,
            day=self.day,
            lists=self.book.lists,
            chosen=self.list_id,
            currency=self.currency,
            rate=self.rate,
        )

    def cost(self, product: Product) -> Decimal | None:
        """Return what one unit costs us, in the customer's currency."""
        worth = self.rate(product.currency, self.currency) if product.cost is not None else None
        if product.cost is None or worth is None:
            return None
        return (product.cost * worth).quantize(Decimal("0.0001"))
