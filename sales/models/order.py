"""Orders and invoices in light form: numbered without a gap, made from quotes, paid in parts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.identity.models import Language
from crm.lib import money
from crm.records.models import Record
from crm.records.registry import RecordType
from sales.models.line import Line

ALIVE = models.Q(deleted_at=None)
IN_BIN = models.Q(deleted_at__isnull=False)


class Document(Record):
    """What orders and invoices have in common."""

    number = models.CharField(_("number"), max_length=60, editable=False, unique=True)
    name = models.CharField(_("subject"), max_length=250, blank=True)
    quote = models.ForeignKey(
        "sales.Quote",
        verbose_name=_("quote"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="%(class)ss",
    )
    deal = models.ForeignKey(
        "sales.Deal",
        verbose_name=_("deal"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="%(class)ss",
    )
    company = models.ForeignKey(
        "contacts.Company",
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="%(class)ss",
    )
    person = models.ForeignKey(
        "contacts.Person",
        verbose_name=_("contact person"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="%(class)ss",
    )
    issuer = models.ForeignKey(
        "sales.Issuer",
        verbose_name=_("our company"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="+",
    )
    language = models.CharField(_("language"), max_length=8, choices=Language, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=money.choices, blank=True)
    discount = models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(0), editable=False)
    discount_amount = models.DecimalField(max_digits=18, decimal_places=3, default=Decimal(0), editable=False)
    net = models.DecimalField(
        _("without tax"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False
    )
    tax_sum = models.DecimalField(
        _("tax"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False
    )
    total = models.DecimalField(
        _("total"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False
    )
    rate = models.DecimalField(
        _("exchange rate"), max_digits=20, decimal_places=10, default=Decimal(1), editable=False
    )
    base_minor = models.BigIntegerField(_("in base currency"), default=0, editable=False)
    note = models.TextField(_("note"), blank=True)
    void_reason = models.CharField(_("why it was voided"), max_length=300, blank=True, editable=False)
    pdf_id = models.BigIntegerField(null=True, editable=False)

    class Meta(Record.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.number} · {self.name}" if self.name else self.number


class OrderStatus(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Delivered")
    VOID = "void", _("Void")


class Order(Document):
    """What a customer has ordered."""

    record_type = RecordType(id=21, slug="orders", trade="sales", icon="clipboard-check", new=_("New order"))

    status = models.CharField(
        _("status"), max_length=8, choices=OrderStatus, default=OrderStatus.OPEN, editable=False
    )
    ordered_on = models.DateField(_("ordered on"), default=date.today)

    class Meta(Document.Meta):
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status__in=OrderStatus.values), name="order_status_known"
            ),
        )
        indexes = (
            models.Index(fields=["status", "id"], name="order_by_status", condition=ALIVE),
            models.Index(fields=["number", "id"], name="order_by_number", condition=ALIVE),
            models.Index(fields=["ordered_on", "id"], name="order_by_day", condition=ALIVE),
            models.Index(fields=["base_minor", "id"], name="order_by_base", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="order_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="order_by_updated", condition=ALIVE),
            GinIndex(fields=["tags"], name="order_tags"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="order_custom"),
            models.Index(fields=["-deleted_at", "-id"], name="order_bin", condition=IN_BIN),
        )

    def get_absolute_url(self) -> str:
        return reverse("sales:order_detail", args=[self.pk])


class InvoiceStatus(models.TextChoices):
    ISSUED = "issued", _("Issued")
    PART = "part", _("Paid in part")
    PAID = "paid", _("Paid")
    VOID = "void", _("Void")


UNPAID = (InvoiceStatus.ISSUED, InvoiceStatus.PART)


class Invoice(Document):
    """What a customer is to pay, and what has come in."""

    record_type = RecordType(id=22, slug="invoices", trade="sales", icon="receipt", new=_("New invoice"))

    order = models.ForeignKey(
        Order,
        verbose_name=_("order"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="invoices",
    )
    status = models.CharField(
        _("status"), max_length=8, choices=InvoiceStatus, default=InvoiceStatus.ISSUED, editable=False
    )
    issued_on = models.DateField(_("issued on"), default=date.today)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    paid = models.DecimalField(_("paid"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False)
    paid_at = models.DateTimeField(_("paid in full"), null=True, editable=False)

    class Meta(Document.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(status__in=InvoiceStatus.values), name="invoice_status_known"
            ),
            models.CheckConstraint(
                condition=models.Q(due_on=None) | models.Q(due_on__gte=models.F("issued_on")),
                name="invoice_due_later",
                violation_error_message=_("An invoice can't be due before it is issued."),
            ),
        )
        indexes = (
            models.Index(fields=["status", "due_on"], name="invoice_due", condition=ALIVE),
            models.Index(fields=["number", "id"], name="invoice_by_number", condition=ALIVE),
            models.Index(fields=["issued_on", "id"], name="invoice_by_day", condition=ALIVE),
            models.Index(fields=["due_on", "id"], name="invoice_by_due", condition=ALIVE),
            models.Index(fields=["base_minor", "id"], name="invoice_by_base", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="invoice_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="invoice_by_updated", condition=ALIVE),
            GinIndex(fields=["tags"], name="invoice_tags"),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="invoice_custom"),
            models.Index(fields=["-deleted_at", "-id"], name="invoice_bin", condition=IN_BIN),
        )

    def get_absolute_url(self) -> str:
        return reverse("sales:invoice_detail", args=[self.pk])

    @property
    def is_unpaid(self) -> bool:
        return self.status in UNPAID

    @property
    def left(self) -> Decimal:
        """What is still to be paid."""
        return max(self.total - self.paid, Decimal(0)) if self.is_unpaid else Decimal(0)

    def is_overdue(self, today: date) -> bool:
        return self.is_unpaid and self.due_on is not None and self.due_on < today


class OrderLine(Line):
    """One line of an order."""

    order = models.ForeignKey(Order, verbose_name=_("order"), on_delete=models.CASCADE, related_name="lines")

    class Meta:
        verbose_name = _("line of an order")
        verbose_name_plural = _("lines of orders")
        indexes = (models.Index(fields=["order", "position"], name="order_line_in_order"),)


class InvoiceLine(Line):
    """One line of an invoice."""

    invoice = models.ForeignKey(
        Invoice, verbose_name=_("invoice"), on_delete=models.CASCADE, related_name="lines"
    )

    class Meta:
        verbose_name = _("line of an invoice")
        verbose_name_plural = _("lines of invoices")
        indexes = (models.Index(fields=["invoice", "position"], name="invoice_line_in_order"),)


class Payment(models.Model):
    """Money that came in for an invoice."""

    invoice = models.ForeignKey(
        Invoice, verbose_name=_("invoice"), on_delete=models.PROTECT, related_name="payments"
    )
    amount = models.DecimalField(
        _("amount"), max_digits=18, decimal_places=3, validators=[MinValueValidator(Decimal("0.001"))]
    )
    paid_on = models.DateField(_("paid on"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    #: Which adapter brought it, and what the provider calls it: told twice it counts once.
    provider = models.CharField(_("by way of"), max_length=40, blank=True)
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = (
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_is_something"),
            models.UniqueConstraint(
                fields=["provider", "reference"],
                name="payment_reference_once",
                condition=~models.Q(reference=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.paid_on}"
