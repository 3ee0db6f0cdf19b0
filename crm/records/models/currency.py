"""Exchange rates by day, against the base currency."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import date


class MissingRate(Exception):
    """No rate is known for this currency on or before this day."""


class CurrencyRate(models.Model):
    """What one unit of ``currency`` was worth in the base currency from ``on`` onwards."""

    currency = models.CharField(_("currency"), max_length=3)
    on = models.DateField(_("from day"))
    rate = models.DecimalField(
        _("rate"),
        max_digits=20,
        decimal_places=10,
        validators=[MinValueValidator(Decimal("0.0000000001"))],
        help_text=_("How much of the base currency one unit costs."),
    )

    class Meta:
        verbose_name = _("currency rate")
        verbose_name_plural = _("currency rates")
        constraints = (
            models.UniqueConstraint(fields=["currency", "on"], name="currency_rate_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="currency_rate_positive"),
        )

    def __str__(self) -> str:
        return f"{self.currency} {self.on:%Y-%m-%d} {self.rate.normalize():f}"


def rate_on(currency: str, day: date, *, base: str) -> Decimal:
    """Return the rate of ``currency`` in ``base`` that was in force on ``day``.

    Raises:
        MissingRate: when nobody has entered one.
    """
    if currency == base:
        return Decimal(1)
    known = (
        CurrencyRate.objects.filter(currency=currency, on__lte=day)
        .order_by("-on")
        .values_list("rate", flat=True)
    )
    rate = known.first()
    if rate is None:
        raise MissingRate(currency)
    return rate
