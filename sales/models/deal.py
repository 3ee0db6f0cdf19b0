"""A deal: what may be sold to whom, how far it has come, and what it is worth."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.lib import money
from crm.records.models import Record
from crm.records.registry import RecordType
from sales.models.pipeline import StageKind

if TYPE_CHECKING:
    from contacts.models import Person

ALIVE = models.Q(deleted_at=None)
IN_BIN = models.Q(deleted_at__isnull=False)
OPEN = models.Q(is_open=True, deleted_at=None)


class Deal(Record):
    """One chance of a sale. What follows from its stage is kept by the service, never typed in."""

    record_type = RecordType(id=4, slug="deals", trade="sales", icon="currency-dollar", new=_("New deal"))

    name = models.CharField(
        _("name"), max_length=250, blank=True, help_text=_("Left empty, it is made of company and product.")
    )
    sort_name = models.CharField(max_length=250, editable=False)
    number = models.BigIntegerField(_("number"), unique=True, editable=False)
    company = models.ForeignKey(
        "contacts.Company",
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="deals",
    )
    person = models.ForeignKey(
        "contacts.Person",
        verbose_name=_("contact person"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="led_deals",
    )
    people: models.ManyToManyField[Person, DealPerson] = models.ManyToManyField(
        "contacts.Person", verbose_name=_("people"), through="DealPerson", related_name="deals"
    )
    pipeline = models.ForeignKey(
        "sales.Pipeline", verbose_name=_("pipeline"), on_delete=models.RESTRICT, related_name="deals"
    )
    stage = models.ForeignKey(
        "sales.Stage", verbose_name=_("stage"), on_delete=models.RESTRICT, related_name="deals"
    )
    stage_entered_at = models.DateTimeField(_("in this stage since"), editable=False)
    status = models.CharField(
        _("status"), max_length=4, choices=StageKind, default=StageKind.OPEN, editable=False
    )
    is_open = models.BooleanField(_("open"), default=True, editable=False)
    probability = models.PositiveSmallIntegerField(
        _("probability, %"), default=0, editable=False, validators=[MaxValueValidator(100)]
    )
    amount = models.DecimalField(
        _("amount"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    #: Whether lines make the amount; then nobody types it in.
    amount_from_lines = models.BooleanField(default=False, editable=False)
    currency = models.CharField(_("currency"), max_length=3, choices=money.choices, blank=True)
    rate = models.DecimalField(
        _("exchange rate"), max_digits=20, decimal_places=10, default=Decimal(1), editable=False
    )
    base_minor = models.BigIntegerField(_("in base currency"), default=0, editable=False)
    expected_on = models.DateField(_("expected close"), null=True, blank=True)
    opened_on = models.DateField(_("opened"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    lost_reason = models.ForeignKey(
        "sales.LostReason",
        verbose_name=_("lost reason"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="deals",
    )
    lost_note = models.TextField(_("what happened"), blank=True)
    product = models.ForeignKey(
        "sales.Product",
        verbose_name=_("product"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="deals",
    )
    source = models.ForeignKey(
        "contacts.Source",
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    next_step = models.CharField(_("next step"), max_length=250, blank=True)
    description = models.TextField(_("description"), blank=True)
    board_rank = models.FloatField(default=0.0, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints = (
            models.CheckConstraint(condition=~models.Q(name=""), name="deal_has_name"),
            models.CheckConstraint(condition=models.Q(status__in=StageKind.values), name="deal_status_known"),
            models.CheckConstraint(
                condition=models.Q(status=StageKind.OPEN, is_open=True, closed_at=None)
                | (
                    models.Q(status__in=(StageKind.WON, StageKind.LOST), is_open=False)
                    & models.Q(closed_at__isnull=False)
                ),
                name="deal_closed_has_date",
            ),
            models.CheckConstraint(
                condition=models.Q(status=StageKind.LOST, lost_reason__isnull=False)
                | (~models.Q(status=StageKind.LOST) & models.Q(lost_reason=None)),
                name="deal_lost_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(amount=None) | models.Q(amount__gte=0),
                name="deal_amount_not_negative",
                violation_error_message=_("An amount can't be negative."),
            ),
            models.CheckConstraint(condition=models.Q(probability__lte=100), name="deal_probability_percent"),
        )
        indexes = (
            # The heads of the board and the figures of the open pipeline read this index alone.
            models.Index(
                fields=["pipeline", "stage"],
                include=["id", "owner", "team", "base_minor", "probability", "expected_on"],
                name="deal_board_heads",
                condition=OPEN,
            ),
            models.Index(fields=["stage", "board_rank", "-id"], name="deal_board_cards", condition=OPEN),
            models.Index(fields=["stage", "last_touch_at"], name="deal_rotting", condition=OPEN),
            models.Index(fields=["next_due_at", "id"], name="deal_by_due", condition=ALIVE),
            models.Index(fields=["last_touch_at", "id"], name="deal_by_touch", condition=ALIVE),
            models.Index(fields=["stage", "id"], name="deal_by_stage", condition=ALIVE),
            models.Index(
                fields=["status", "closed_at"],
                include=["id", "owner", "team", "base_minor", "opened_on"],
                name="deal_closed_figures",
                condition=ALIVE,
            ),
            models.Index(fields=["closed_at", "id"], name="deal_by_closed", condition=ALIVE),
            models.Index(fields=["expected_on", "id"], name="deal_by_expected", condition=ALIVE),
            models.Index(fields=["opened_on", "id"], name="deal_by_opened", condition=ALIVE),
            models.Index(fields=["stage_entered_at", "id"], name="deal_by_entered", condition=ALIVE),
            models.Index(fields=["sort_name", "id"], name="deal_by_name", condition=ALIVE),
            models.Index(fields=["amount", "id"], name="deal_by_amount", condition=ALIVE),
            models.Index(fields=["base_minor", "id"], name="deal_by_base", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="deal_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="deal_by_updated", condition=ALIVE),
            GinIndex(fields=["tags"], name="deal_tags"),
            models.Index(fields=["-deleted_at", "-id"], name="deal_bin", condition=IN_BIN),
            models.Index(Lower("name"), name="deal_lower_name"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="deal_custom"),
            GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="deal_name_trgm"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sales:deal_detail", args=[self.pk])

    @property
    def is_won(self) -> bool:
        return self.status == StageKind.WON

    @property
    def is_lost(self) -> bool:
        return self.status == StageKind.LOST

    @property
    def weighted_minor(self) -> int:
        """The amount in the base currency times the probability."""
        return self.base_minor * self.probability // 100

    def is_rotting(self, at: datetime) -> bool:
        """Tell whether nobody has touched the deal for too long and nothing is planned.

        The clock runs from the last real touch; an activity planned ahead stops it.
        """
        if not self.is_open or not self.stage.rot_days:
            return False
        if self.next_due_at is not None and self.next_due_at > at:
            return False
        return self.last_touch_at < at - timedelta(days=self.stage.rot_days)

    def days_quiet(self, at: datetime) -> int:
        """Whole days since the last touch."""
        return max((at - self.last_touch_at).days, 0)


class DealPerson(models.Model):
    """Somebody who has a say in a deal, and which."""

    deal = models.ForeignKey(
        Deal, verbose_name=_("deal"), on_delete=models.CASCADE, related_name="deal_people"
    )
    person = models.ForeignKey(
        "contacts.Person", verbose_name=_("person"), on_delete=models.CASCADE, related_name="deal_roles"
    )
    role = models.CharField(
        _("role"), max_length=80, blank=True, help_text=_("Such as decides, signs, uses, advises.")
    )

    class Meta:
        verbose_name = _("person of a deal")
        verbose_name_plural = _("people of a deal")
        constraints = (
            models.UniqueConstraint(
                fields=["deal", "person"],
                name="deal_person_once",
                violation_error_message=_("This person is on the deal already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} ({self.role})" if self.role else str(self.person)
