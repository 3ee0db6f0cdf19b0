"""The lines of deals, quotes, orders and invoices: alike in all of them, so that one copies another."""

from __future__ import annotations

from decimal import Decimal
from secrets import token_hex
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from sales.models.catalogue import Period


class LineKind(models.TextChoices):
    PRODUCT = "product", _("Product")
    SECTION = "section", _("Section")
    TEXT = "text", _("Text")
    SUBTOTAL = "subtotal", _("Subtotal")


def line_key() -> str:
    """Return what names a line through all revisions of its document."""
    return token_hex(6)


class Line(models.Model):
    """One line of a document. What it comes to is kept as it was reckoned when the document was saved."""

    #: What is copied when a document is made from another.
    COPIED: ClassVar[tuple[str, ...]] = (
        *("key", "kind", "position", "product_id", "name", "text", "quantity", "unit", "price"),
        *("list_price", "cost", "discount", "tax_id", "tax_rate", "tax_included", "period"),
        *("is_optional", "is_chosen", "net", "tax_sum", "total"),
    )

    key = models.CharField(max_length=12, default=line_key, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=LineKind, default=LineKind.PRODUCT)
    position = models.PositiveIntegerField(_("position"), default=0)
    product = models.ForeignKey(
        "sales.Product",
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
    )
    name = models.CharField(_("name"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=4, default=Decimal(1))
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    price = models.DecimalField(_("price"), max_digits=18, decimal_places=4, default=Decimal(0))
    list_price = models.DecimalField(max_digits=18, decimal_places=4, null=True, editable=False)
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=4, null=True, editable=False)
    discount = models.DecimalField(_("discount, %"), max_digits=7, decimal_places=4, default=Decimal(0))
    tax = models.ForeignKey(
        "sales.Tax",
        verbose_name=_("tax"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
    )
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(0), editable=False)
    tax_included = models.BooleanField(default=False, editable=False)
    period = models.CharField(_("paid"), max_length=8, choices=Period, blank=True, default=Period.ONCE)
    is_optional = models.BooleanField(_("optional"), default=False)
    is_chosen = models.BooleanField(_("chosen"), default=False)
    net = models.DecimalField(max_digits=18, decimal_places=3, default=Decimal(0), editable=False)
    tax_sum = models.DecimalField(max_digits=18, decimal_places=3, default=Decimal(0), editable=False)
    total = models.DecimalField(
        _("total"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name or self.text[:80]

    @property
    def costs(self) -> bool:
        """Whether the line is one that money is asked for."""
        return self.kind == LineKind.PRODUCT

    @property
    def counts(self) -> bool:
        """Whether the line adds to the total: an option only when it was taken."""
        return self.costs and (not self.is_optional or self.is_chosen)


class DealLine(Line):
    """What a deal is about, line by line; the deal's amount follows from it."""

    deal = models.ForeignKey(
        "sales.Deal", verbose_name=_("deal"), on_delete=models.CASCADE, related_name="lines"
    )

    class Meta:
        verbose_name = _("line of a deal")
        verbose_name_plural = _("lines of deals")
        indexes = (models.Index(fields=["deal", "position"], name="deal_line_in_order"),)
