"""What was: which stages a deal stood in, and what the open pipeline looked like on any day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sales.models.deal import Deal
from sales.models.pipeline import Stage


class StageChange(models.Model):
    """One stay of a deal in a stage: when it came, from where, by whom, and when it left."""

    deal = models.ForeignKey(Deal, verbose_name=_("deal"), on_delete=models.CASCADE, related_name="stays")
    from_stage = models.ForeignKey(
        Stage,
        verbose_name=pgettext_lazy("stage", "from"),
        null=True,
        on_delete=models.RESTRICT,
        related_name="departures",
    )
    to_stage = models.ForeignKey(
        Stage, verbose_name=pgettext_lazy("stage", "to"), on_delete=models.RESTRICT, related_name="stays"
    )
    entered_at = models.DateTimeField(_("entered"))
    left_at = models.DateTimeField(_("left"), null=True)
    seconds = models.BigIntegerField(_("seconds in the stage"), null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("moved by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    via = models.CharField(_("by way of"), max_length=20, default="page")

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        constraints = (
            models.UniqueConstraint(
                fields=["deal"], name="stage_change_one_present", condition=models.Q(left_at=None)
            ),
            models.CheckConstraint(
                condition=models.Q(left_at=None, seconds=None)
                | models.Q(left_at__gte=models.F("entered_at"), seconds__gte=0),
                name="stage_change_in_order",
            ),
        )
        indexes = (
            models.Index(fields=["deal", "entered_at"], name="stage_change_deal"),
            models.Index(fields=["to_stage", "entered_at"], include=["seconds"], name="stage_change_stage"),
            models.Index(
                fields=["to_stage", "left_at"], include=["deal", "seconds"], name="stage_change_left"
            ),
        )

    def __str__(self) -> str:
        return f"{self.deal_id}: {self.from_stage_id} → {self.to_stage_id}"


class DealSnapshot(models.Model):
    """What an open deal looked like at the end of every day from ``valid_from`` on.

    A new row is written only when stage, value, probability, expected close or owner changed;
    ``valid_to`` is the first day on which the row no longer holds.
    """

    deal = models.ForeignKey(Deal, verbose_name=_("deal"), on_delete=models.CASCADE, related_name="snapshots")
    valid_from = models.DateField(_("from day"))
    valid_to = models.DateField(_("until before day"), null=True)
    stage = models.ForeignKey(Stage, verbose_name=_("stage"), on_delete=models.RESTRICT, related_name="+")
    base_minor = models.BigIntegerField(_("in base currency"))
    probability = models.PositiveSmallIntegerField(_("probability, %"))
    expected_on = models.DateField(_("expected close"), null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    team = models.ForeignKey(
        "identity.Team", verbose_name=_("team"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    rate = models.DecimalField(_("exchange rate"), max_digits=20, decimal_places=10)

    class Meta:
        verbose_name = _("deal snapshot")
        verbose_name_plural = _("deal snapshots")
        constraints = (
            models.UniqueConstraint(fields=["deal", "valid_from"], name="deal_snapshot_once"),
            models.UniqueConstraint(
                fields=["deal"], name="deal_snapshot_one_present", condition=models.Q(valid_to=None)
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="deal_snapshot_in_order",
            ),
        )
        indexes = (models.Index(fields=["valid_from", "valid_to"], name="deal_snapshot_day"),)

    def __str__(self) -> str:
        return f"{self.deal_id} {self.valid_from}"
