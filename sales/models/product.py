"""What is sold: its name and code, what it costs, how it is taxed, and its variants."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.lib import money
from crm.records.models import Record
from crm.records.registry import RecordType
from sales.models.catalogue import Period

ALIVE = models.Q(deleted_at=None)
IN_BIN = models.Q(deleted_at__isnull=False)


class Product(Record):
    """One thing or service that deals are about."""

    record_type = RecordType(id=3, slug="products", trade="catalogue", icon="package", new=_("New product"))

    name = models.CharField(_("name"), max_length=200)
    sort_name = models.CharField(max_length=200, editable=False)
    code = models.CharField(_("code"), max_length=60, blank=True, help_text=_("Article number or SKU."))
    series = models.CharField(_("series"), max_length=120, blank=True)
    price = models.DecimalField(
        _("price"), max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3, choices=money.choices, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True, help_text=_("Such as pcs, hour, kg."))
    tax = models.ForeignKey(
        "sales.Tax",
        verbose_name=_("tax"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="products",
    )
    cost = models.DecimalField(
        _("cost"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("What one unit costs us, in the currency of the price. Who sees it sees margins."),
    )
    period = models.CharField(
        _("paid"),
        max_length=8,
        choices=Period,
        blank=True,
        default=Period.ONCE,
        help_text=_("How often the price is due; once, unless it recurs."),
    )
    category = models.ForeignKey(
        "sales.ProductCategory",
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="products",
    )
    variant_of = models.ForeignKey(
        "self",
        verbose_name=_("variant of"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="variants",
    )
    variant = models.CharField(
        _("variant"), max_length=120, blank=True, help_text=_("What makes it another: red, 64 GB.")
    )
    is_active = models.BooleanField(
        _("on sale"), default=True, help_text=_("What is off sale stays on old deals but is not offered.")
    )
    description = models.TextField(_("description"), blank=True)

    class Meta(Record.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = (
            models.CheckConstraint(condition=~models.Q(name=""), name="product_has_name"),
            models.CheckConstraint(
                condition=models.Q(price=None) | models.Q(price__gte=0), name="product_price_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(cost=None) | models.Q(cost__gte=0),
                name="product_cost_not_negative",
                violation_error_message=_("A cost can't be negative."),
            ),
            models.CheckConstraint(
                condition=models.Q(variant_of=None) | ~models.Q(variant_of=models.F("id")),
                name="product_not_own_variant",
                violation_error_message=_("A product can't be a variant of itself."),
            ),
            models.UniqueConstraint(
                Lower("code"),
                name="product_code_unique",
                condition=~models.Q(code="") & ALIVE,
                violation_error_message=_("There is a product with this code already."),
            ),
        )
        indexes = (
            models.Index(fields=["sort_name", "id"], name="product_by_name", condition=ALIVE),
            models.Index(fields=["code", "id"], name="product_by_code", condition=ALIVE),
            models.Index(fields=["series", "id"], name="product_by_series", condition=ALIVE),
            models.Index(fields=["price", "id"], name="product_by_price", condition=ALIVE),
            models.Index(fields=["cost", "id"], name="product_by_cost", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="product_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="product_by_updated", condition=ALIVE),
            GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="product_name_trgm"),
            models.Index(fields=["-deleted_at", "-id"], name="product_bin", condition=IN_BIN),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="product_custom"),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.variant}" if self.variant else self.name

    def get_absolute_url(self) -> str:
        return reverse("sales:product_detail", args=[self.pk])
