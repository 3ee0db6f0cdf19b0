"""What is sold, in plain form: a name, a code, a price."""

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
            models.Index(fields=["created_at", "id"], name="product_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="product_by_updated", condition=ALIVE),
            GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="product_name_trgm"),
            models.Index(fields=["-deleted_at", "-id"], name="product_bin", condition=IN_BIN),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="product_custom"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sales:product_detail", args=[self.pk])
