"""What products are sorted and priced by: taxes and a tree of categories, kept by administrators."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.identity.small import SmallTable


class Period(models.TextChoices):
    """How often something is paid; empty is once."""

    ONCE = "", _("Once")
    MONTH = "month", _("A month")
    QUARTER = "quarter", _("A quarter")
    YEAR = "year", _("A year")


#: So many months one payment covers.
MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


class Tax(SmallTable):
    """One rate of tax, added on top of prices or included in them."""

    name = models.CharField(_("name"), max_length=80, help_text=_("As documents print it: VAT 20%."))
    rate = models.DecimalField(
        _("rate, %"),
        max_digits=7,
        decimal_places=4,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    is_included = models.BooleanField(
        _("included in prices"), default=False, help_text=_("Else it is added on top of them.")
    )
    is_default = models.BooleanField(_("default"), default=False, help_text=_("Of new products and lines."))
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("tax")
        verbose_name_plural = _("taxes")
        constraints = (
            models.UniqueConstraint(Lower("name"), name="tax_name_unique"),
            models.UniqueConstraint(
                fields=["is_default"],
                name="tax_one_default",
                condition=models.Q(is_default=True),
                violation_error_message=_("Another tax is the default one. Switch that off first."),
            ),
            models.CheckConstraint(
                condition=models.Q(rate__gte=0, rate__lte=100),
                name="tax_rate_percent",
                violation_error_message=_("A rate is between 0 and 100."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = cls.objects.filter(is_active=True).order_by("position", "pk")
        return found


class ProductCategory(SmallTable):
    """A branch of the catalogue; branches form a tree."""

    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("part of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        constraints = (
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="product_category_unique",
                nulls_distinct=False,
                violation_error_message=_("There is a category of this name here already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a circle in the tree."""
        above, seen = self.parent, {self.pk}
        while above is not None:
            if above.pk in seen:
                raise ValidationError({"parent": _("A category can't be part of itself.")})
            seen.add(above.pk)
            above = above.parent
