"""Price lists: for whom, when, in which currency, and by which rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.identity.small import SmallTable
from crm.lib import money

NOT_NEGATIVE = MinValueValidator(Decimal(0))


class PriceList(SmallTable):
    """Prices of a currency for everybody, or for some companies only."""

    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3, choices=money.choices)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("leans on"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        help_text=_("Asked where this list says nothing, and what “the parent list's price” means."),
    )
    companies: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "contacts.Company",
        verbose_name=_("only for"),
        blank=True,
        related_name="+",
        help_text=_("These companies and those that belong to them. Empty: everybody."),
    )
    starts_on = models.DateField(_("from day"), null=True, blank=True)
    ends_on = models.DateField(_("to day"), null=True, blank=True)
    step = models.DecimalField(
        _("round to"),
        max_digits=12,
        decimal_places=4,
        default=Decimal("0.01"),
        validators=[NOT_NEGATIVE],
        help_text=_("Prices become multiples of this: 0.01, 1, 10. 0: they stay as they are."),
    )
    ending = models.DecimalField(
        _("less"),
        max_digits=12,
        decimal_places=4,
        default=Decimal(0),
        validators=[NOT_NEGATIVE],
        help_text=_("Taken off after rounding: 10 and 0.01 make 19.99, 29.99."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Of several lists that fit, the first one is used.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        constraints = (
            models.UniqueConstraint(Lower("name"), name="price_list_name_unique"),
            models.CheckConstraint(
                condition=models.Q(starts_on=None)
                | models.Q(ends_on=None)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="price_list_days_in_order",
                violation_error_message=_("The last day comes before the first one."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = cls.objects.filter(is_active=True).order_by("position", "pk")
        return found

    def clean(self) -> None:
        """Refuse lists that lean on each other."""
        above, seen = self.parent, {self.pk}
        while above is not None:
            if above.pk in seen:
                raise ValidationError({"parent": _("A price list can't lean on itself.")})
            seen.add(above.pk)
            above = above.parent


class RuleKind(models.TextChoices):
    FIXED = "fixed", _("A price")
    PERCENT = "percent", _("So many percent off")
    FORMULA = "formula", _("Base × factor + extra")


class RuleBase(models.TextChoices):
    PRICE = "price", _("the product's price")
    COST = "cost", _("the product's cost")
    PARENT = "parent", _("the parent list's price")


class PriceRule(SmallTable):
    """What some products cost in a list, from a quantity and on some days."""

    price_list = models.ForeignKey(
        PriceList, verbose_name=_("price list"), on_delete=models.CASCADE, related_name="rules"
    )
    product = models.ForeignKey(
        "sales.Product",
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Without product and category the rule holds for all products."),
    )
    category = models.ForeignKey(
        "sales.ProductCategory",
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    least = models.DecimalField(
        _("from quantity"), max_digits=14, decimal_places=4, default=Decimal(0), validators=[NOT_NEGATIVE]
    )
    starts_on = models.DateField(_("from day"), null=True, blank=True)
    ends_on = models.DateField(_("to day"), null=True, blank=True)
    kind = models.CharField(_("says"), max_length=8, choices=RuleKind, default=RuleKind.FIXED)
    base = models.CharField(_("of"), max_length=8, choices=RuleBase, default=RuleBase.PRICE)
    price = models.DecimalField(
        _("price"), max_digits=18, decimal_places=4, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    percent = models.DecimalField(_("percent off"), max_digits=7, decimal_places=4, default=Decimal(0))
    factor = models.DecimalField(
        _("factor"), max_digits=10, decimal_places=4, default=Decimal(1), validators=[NOT_NEGATIVE]
    )
    extra = models.DecimalField(_("extra"), max_digits=18, decimal_places=4, default=Decimal(0))

    class Meta:
        verbose_name = _("price rule")
        verbose_name_plural = _("price rules")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(product=None) | models.Q(category=None),
                name="price_rule_one_scope",
                violation_error_message=_("Choose a product or a category, not both."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=RuleKind.FIXED) | models.Q(price__isnull=False),
                name="price_rule_fixed_has_price",
                violation_error_message=_("Say the price."),
            ),
            models.CheckConstraint(
                condition=models.Q(percent__lte=100),
                name="price_rule_percent",
                violation_error_message=_("A discount is at most 100 %."),
            ),
        )

    def __str__(self) -> str:
        return str(self.product or self.category or _("All products"))
