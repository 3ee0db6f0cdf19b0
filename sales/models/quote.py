"""A quote: one revision of what is offered to a customer, in a family that shares one link."""

from __future__ import annotations

from decimal import Decimal
from secrets import token_urlsafe

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.models import Language
from crm.lib import money
from crm.records.models import Record
from crm.records.registry import RecordType
from sales.models.line import Line

ALIVE = models.Q(deleted_at=None)
IN_BIN = models.Q(deleted_at__isnull=False)
CURRENT = models.Q(is_current=True, deleted_at=None)


def room_token() -> str:
    """Return the secret part of a customer's link: 192 bits that nobody can guess."""
    return token_urlsafe(24)


class QuoteFamily(models.Model):
    """All revisions of one quote, and the one link under which the customer finds the newest."""

    token = models.CharField(max_length=40, unique=True, default=room_token, editable=False)
    revoked_at = models.DateTimeField(_("link closed"), null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("quote family")
        verbose_name_plural = _("quote families")

    def __str__(self) -> str:
        return str(self.pk)


class QuoteStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    SENT = "sent", _("Sent")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Superseded")


#: What a customer may look at.
SHOWN = (
    QuoteStatus.SENT,
    QuoteStatus.ACCEPTED,
    QuoteStatus.DECLINED,
    QuoteStatus.EXPIRED,
    QuoteStatus.SUPERSEDED,
)


class Quote(Record):
    """One revision of an offer. What its lines come to is kept by the service, never typed in."""

    record_type = RecordType(id=20, slug="quotes", trade="sales", icon="file-text", new=_("New quote"))

    family = models.ForeignKey(QuoteFamily, on_delete=models.PROTECT, related_name="quotes", editable=False)
    revision = models.PositiveSmallIntegerField(_("revision"), default=1, editable=False)
    is_current = models.BooleanField(_("newest revision"), default=True, editable=False)
    number = models.CharField(_("number"), max_length=60, editable=False)
    name = models.CharField(
        _("subject"), max_length=250, blank=True, help_text=_("What is offered, in a few words.")
    )
    sort_name = models.CharField(max_length=250, editable=False)
    deal = models.ForeignKey(
        "sales.Deal",
        verbose_name=_("deal"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="quotes",
    )
    company = models.ForeignKey(
        "contacts.Company",
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="quotes",
    )
    person = models.ForeignKey(
        "contacts.Person",
        verbose_name=_("contact person"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="quotes",
    )
    issuer = models.ForeignKey(
        "sales.Issuer",
        verbose_name=_("our company"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
    )
    template = models.ForeignKey(
        "sales.QuoteTemplate",
        verbose_name=_("template"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    language = models.CharField(_("language"), max_length=8, choices=Language, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=QuoteStatus, default=QuoteStatus.DRAFT)
    currency = models.CharField(_("currency"), max_length=3, choices=money.choices, blank=True)
    price_list = models.ForeignKey(
        "sales.PriceList",
        verbose_name=_("price list"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: the first list that fits the customer."),
    )
    discount = models.DecimalField(
        _("discount on all, %"),
        max_digits=7,
        decimal_places=4,
        default=Decimal(0),
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    discount_amount = models.DecimalField(
        _("discount on all, amount"),
        max_digits=18,
        decimal_places=3,
        default=Decimal(0),
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    net = models.DecimalField(
        _("without tax"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False
    )
    tax_sum = models.DecimalField(
        _("tax"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False
    )
    total = models.DecimalField(
        _("total"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False
    )
    cost = models.DecimalField(
        _("cost"), max_digits=18, decimal_places=3, null=True, default=None, editable=False
    )
    off_list = models.DecimalField(
        _("below list, %"), max_digits=7, decimal_places=2, default=Decimal(0), editable=False
    )
    rate = models.DecimalField(
        _("exchange rate"), max_digits=20, decimal_places=10, default=Decimal(1), editable=False
    )
    base_minor = models.BigIntegerField(_("in base currency"), default=0, editable=False)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    intro = models.TextField(_("first words"), blank=True)
    terms = models.TextField(_("terms"), blank=True)
    internal_note = models.TextField(_("note for colleagues"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    opened_at = models.DateTimeField(_("opened"), null=True, editable=False)
    openings = models.PositiveIntegerField(_("times opened"), default=0, editable=False)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    decline_reason = models.CharField(_("why it was declined"), max_length=500, blank=True, editable=False)
    pdf_id = models.BigIntegerField(null=True, editable=False)
    board_rank = models.FloatField(default=0.0, editable=False)

    class Meta(Record.Meta):
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status__in=QuoteStatus.values), name="quote_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(discount__gte=0, discount__lte=100, discount_amount__gte=0),
                name="quote_discount_percent",
                violation_error_message=_("A discount is between 0 and 100 %."),
            ),
            models.UniqueConstraint(fields=["family", "revision"], name="quote_revision_once"),
            models.UniqueConstraint(fields=["family"], name="quote_one_current", condition=CURRENT),
            models.UniqueConstraint(fields=["number", "revision"], name="quote_number_once"),
        )
        indexes = (
            models.Index(
                fields=["status", "board_rank", "-id"],
                include=["owner", "team", "base_minor"],
                name="quote_board",
                condition=CURRENT,
            ),
            models.Index(fields=["status", "valid_until"], name="quote_expiring", condition=CURRENT),
            models.Index(fields=["number", "id"], name="quote_by_number", condition=ALIVE),
            models.Index(fields=["sort_name", "id"], name="quote_by_name", condition=ALIVE),
            models.Index(fields=["base_minor", "id"], name="quote_by_base", condition=ALIVE),
            models.Index(fields=["valid_until", "id"], name="quote_by_valid", condition=ALIVE),
            models.Index(fields=["sent_at", "id"], name="quote_by_sent", condition=ALIVE),
            models.Index(fields=["opened_at", "id"], name="quote_by_opened", condition=ALIVE),
            models.Index(fields=["last_touch_at", "id"], name="quote_by_touch", condition=ALIVE),
            models.Index(fields=["next_due_at", "id"], name="quote_by_due", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="quote_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="quote_by_updated", condition=ALIVE),
            GinIndex(fields=["tags"], name="quote_tags"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="quote_custom"),
            models.Index(fields=["-deleted_at", "-id"], name="quote_bin", condition=IN_BIN),
        )

    def __str__(self) -> str:
        title = f"{self.number} · {self.name}" if self.name else self.number
        return f"{title} (r{self.revision})" if self.revision > 1 else title

    def get_absolute_url(self) -> str:
        return reverse("sales:quote_detail", args=[self.pk])

    @property
    def is_draft(self) -> bool:
        return self.status == QuoteStatus.DRAFT

    @property
    def is_open(self) -> bool:
        """Whether the customer can still answer."""
        return self.status == QuoteStatus.SENT


class QuoteLine(Line):
    """One line of one revision."""

    quote = models.ForeignKey(Quote, verbose_name=_("quote"), on_delete=models.CASCADE, related_name="lines")

    class Meta:
        verbose_name = _("line of a quote")
        verbose_name_plural = _("lines of quotes")
        constraints = (models.UniqueConstraint(fields=["quote", "key"], name="quote_line_key_once"),)
        indexes = (models.Index(fields=["quote", "position"], name="quote_line_in_order"),)


class DiscountLimit(models.Model):
    """How far below list prices people of a role may sell by themselves, and who says yes beyond that."""

    role = models.OneToOneField(
        "identity.Role", verbose_name=_("role"), on_delete=models.CASCADE, related_name="discount_limit"
    )
    percent = models.DecimalField(
        _("up to, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who approves"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: whoever leads the owner's team."),
    )
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("substitute"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Approves as well, when the other one is away."),
    )

    class Meta:
        verbose_name = _("limit of discounts")
        verbose_name_plural = _("limits of discounts")

    def __str__(self) -> str:
        return f"{self.role} ≤ {self.percent} %"


class QuoteApproval(models.Model):
    """One request to sell below the limit, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Taken back")

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="approvals")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    off_list = models.DecimalField(_("below list, %"), max_digits=7, decimal_places=2)
    limit = models.DecimalField(_("limit, %"), max_digits=5, decimal_places=2)
    reason = models.TextField(_("why"), blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"))
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        verbose_name = _("approval of a discount")
        verbose_name_plural = _("approvals of discounts")
        constraints = (
            models.UniqueConstraint(
                fields=["quote"], name="quote_approval_one_waiting", condition=models.Q(state="waiting")
            ),
        )
        indexes = (
            models.Index(
                fields=["approver"], name="quote_approval_mine", condition=models.Q(state="waiting")
            ),
        )

    def __str__(self) -> str:
        return f"{self.quote_id} {self.state}"
