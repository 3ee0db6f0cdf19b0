"""Lines as somebody gave them become lines of a document: named, priced, taxed and added up.

The same for deals and quotes, for the page, for REST, and for the reckoning while one types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.records.fields import Field, FieldError, Kind
from sales.models import Line, LineKind, Period, Product
from sales.models.line import line_key
from sales.pricing import Item, Sums, reckon

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm.identity.models import User
    from sales.pricebook import Pricing

L = TypeVar("L", bound=Line)

#: The command by which documents are given their lines.
LINES = "lines"
#: A command beside it: the discounts on all of the document whose lines these are.
DISCOUNTS = "discounts"
MOST_LINES = 1000
LARGEST = Decimal(10) ** 12
_NUMBER = Field("", "", Kind.NUMBER)
#: Of the numbers of a line: what each may hold at least and at most, and how many digits it keeps.
NUMBERS = {
    "quantity": (Decimal(0), Decimal(10) ** 9, Decimal("0.0001")),
    "price": (Decimal(0), LARGEST, Decimal("0.0001")),
    "discount": (Decimal(0), Decimal(100), Decimal("0.0001")),
}


@dataclass(slots=True)
class Built:
    """The lines of a document and what they come to."""

    lines: list[Any] = field(default_factory=list)
    sums: Sums = field(default_factory=lambda: Sums("", []))


def build(
    model: type[L],
    rows: Iterable[Mapping[str, Any]],
    *,
    pricing: Pricing,
    kept: Sequence[Line] = (),
    user: User | None = None,
    discount: Decimal = Decimal(0),
    discount_amount: Decimal = Decimal(0),
) -> Built:
    """Make lines of ``model`` from ``rows`` and reckon them; ``kept`` are the lines as they were.

    A line names what differs from what its product says: without a price it gets that of the
    price list. ``user`` may use products that they see, and those that stood there before.

    Raises:
        ValidationError: naming the line.
    """
    given = list(rows)
    if len(given) > MOST_LINES:
        raise ValidationError(_("A document has at most %(count)d lines.") % {"count": MOST_LINES})
    products = _products(given, kept, user)
    known = {line.key: line for line in kept}
    lines = []
    for place, row in enumerate(given, start=1):
        try:
            lines.append(_line(model, row, place, products, known, pricing))
        except (FieldError, ValidationError) as refused:
            text = refused.messages[0] if isinstance(refused, ValidationError) else str(refused)
            raise ValidationError(
                _("Line %(number)d: %(problem)s") % {"number": place, "problem": text}
            ) from None
    for line, twin in _twins(lines):
        line.key = twin
    return Built(
        lines, add_up(lines, currency=pricing.currency, discount=discount, discount_amount=discount_amount)
    )


def add_up(
    lines: Sequence[Line],
    *,
    currency: str,
    discount: Decimal = Decimal(0),
    discount_amount: Decimal = Decimal(0),
) -> Sums:
    """Reckon lines and write on each what it comes to; a subtotal is what stands above it in its section."""
    costing = [line for line in lines if line.costs]
    sums = reckon(
        [item_of(line) for line in costing],
        currency=currency,
        discount_percent=discount,
        discount_amount=discount_amount,
    )
    for line, found in zip(costing, sums.lines, strict=True):
        line.net, line.tax_sum = sums.amount(found.net), sums.amount(found.tax)
        line.total = sums.amount(found.total)
    running = Decimal(0)
    for line in lines:
        if line.kind == LineKind.SECTION:
            running = Decimal(0)
        elif line.counts:
            running += line.total
        elif line.kind == LineKind.SUBTOTAL:
            line.total, running = running, Decimal(0)
    return sums


def item_of(line: Line) -> Item:
    return Item(
        line.quantity,
        line.price,
        line.discount,
        line.tax_rate,
        line.tax_included,
        line.counts,
        line.list_price,
        line.cost,
    )


def copies(model: type[L], lines: Iterable[Line]) -> list[L]:
    """Return unsaved lines of ``model`` that say what ``lines`` say."""
    return [model(**{name: getattr(line, name) for name in Line.COPIED}) for line in lines]


def as_rows(lines: Iterable[Line], *, shows_cost: bool = False) -> list[dict[str, Any]]:
    """Return lines as the editor and REST know them: numbers as text."""
    return [row_of(line, shows_cost=shows_cost) for line in lines]


def row_of(line: Line, *, shows_cost: bool = False) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": line.key,
        "kind": line.kind,
        "name": line.name,
        "text": line.text,
        "total": plain(line.total),
    }
    if not line.costs:
        return row
    row |= {
        "product": line.product_id,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "price": plain(line.price),
        "list_price": plain(line.list_price),
        "discount": plain(line.discount),
        "tax": line.tax_id,
        "period": line.period,
        "is_optional": line.is_optional,
        "is_chosen": line.is_chosen,
        "net": plain(line.net),
        "tax_sum": plain(line.tax_sum),
    }
    return row | {"cost": plain(line.cost)} if shows_cost else row


def plain(value: Decimal | None) -> str | None:
    """Write a number without needless digits: 12.5, 1000."""
    if value is None:
        return None
    return f"{value.normalize():f}" if value else "0"


def _products(
    rows: Sequence[Mapping[str, Any]], kept: Sequence[Line], user: User | None
) -> dict[int, Product]:
    ids = {pk for row in rows if (pk := number(row.get("product"))) is not None}
    old = {line.product_id for line in kept if line.product_id}
    found = dict(Product.all_objects.filter(pk__in=ids & old).in_bulk()) if ids & old else {}
    fresh = ids - old
    if fresh:
        seen = Product.objects.visible_to(user) if user is not None else Product.objects.all()
        found |= seen.filter(pk__in=fresh).in_bulk()
    return found


def _line(
    model: type[L],
    row: Mapping[str, Any],
    place: int,
    products: Mapping[int, Product],
    known: Mapping[str, Line],
    pricing: Pricing,
) -> L:
    kind = str(row.get("kind") or LineKind.PRODUCT)
    if kind not in LineKind.values:
        raise ValidationError(_("There is no such kind of line."))
    key = str(row.get("key") or "")[:12]
    line = model(kind=kind, position=place, key=key or line_key())
    line.name = " ".join(str(row.get("name") or "").split())[:300]
    line.text = str(row.get("text") or "").strip()[:20_000]
    if kind == LineKind.PRODUCT:
        _fill(line, row, products, known.get(key), pricing)
    return line


def _fill(
    line: Line,
    row: Mapping[str, Any],
    products: Mapping[int, Product],
    before: Line | None,
    pricing: Pricing,
) -> None:
    """Give a line that costs something its product, numbers and tax."""
    asked = number(row.get("product"))
    product = products.get(asked) if asked is not None else None
    if asked is not None and product is None:
        raise ValidationError(_("There is no such product."))
    line.product_id = product.pk if product else None
    line.name = line.name or (str(product)[:300] if product else "")
    if not line.name:
        raise ValidationError(_("Say what it is."))
    line.quantity = read(row, "quantity", Decimal(1))
    line.unit = str(row["unit"] if row.get("unit") is not None else product.unit if product else "")[:20]
    found = pricing.price(product, line.quantity) if product else None
    line.list_price = found.price if found else None
    line.cost = pricing.cost(product) if product else None
    line.price = read(row, "price", found.price if found else Decimal(0))
    line.discount = read(row, "discount", Decimal(0))
    period = row.get("period")
    line.period = str(period if period is not None else product.period if product else "")
    if line.period not in Period.values:
        raise ValidationError(_("There is no such period."))
    line.is_optional = bool(row.get("is_optional"))
    line.is_chosen = line.is_optional and bool(row.get("is_chosen"))
    _tax(line, row, product, before, pricing)


def _tax(
    line: Line, row: Mapping[str, Any], product: Product | None, before: Line | None, pricing: Pricing
) -> None:
    """Give a line its tax: as asked, else the product's, else the default one."""
    taxes = pricing.book.taxes
    if "tax" in row:
        asked = number(row["tax"])
    else:
        default = pricing.book.default_tax
        asked = product.tax_id if product and product.tax_id else default.pk if default else None
    tax = taxes.get(asked) if asked is not None else None
    if asked is not None and tax is None:
        raise ValidationError(_("There is no such tax."))
    if tax is None:
        return
    line.tax_id = tax.pk
    # A line keeps the rate with which it was written; a new rate is for new lines.
    same = before is not None and before.tax_id == tax.pk
    line.tax_rate = before.tax_rate if same and before else tax.rate
    line.tax_included = before.tax_included if same and before else tax.is_included


def read(row: Mapping[str, Any], name: str, default: Decimal) -> Decimal:
    """Read one number of a line: as JSON has it, or as somebody types it ("1 234,50")."""
    value = row.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return default
    found = value if isinstance(value, Decimal) else _NUMBER.parse(str(value).strip().rstrip("%"))
    least, most, digits = NUMBERS[name]
    if found is None or not found.is_finite() or not least <= found <= most:
        raise ValidationError(_("“%(value)s” is no number that fits here.") % {"value": str(value)[:40]})
    rounded: Decimal = found.quantize(digits)
    return rounded


def number(value: Any) -> int | None:
    """Read an id; nothing where there is none.

    Raises:
        ValidationError: when it is something else.
    """
    if value in (None, "", False):
        return None
    text = str(getattr(value, "pk", value))
    if not text.isdecimal() or len(text) > 18:
        raise ValidationError(_("“%(value)s” is no number that fits here.") % {"value": text[:40]})
    return int(text)


def _twins(lines: Sequence[Line]) -> list[tuple[Line, str]]:
    """Return lines whose key another line above has already, each with a new one."""
    seen: set[str] = set()
    found = []
    for line in lines:
        if line.key in seen:
            found.append((line, line_key()))
        seen.add(line.key)
    return found
