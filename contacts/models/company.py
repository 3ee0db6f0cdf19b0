"""A company: its names and numbers, its group, its bank accounts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts.models.holder import ALIVE, IN_BIN, Holder
from crm.records.registry import RecordType


class CompanyKind(models.TextChoices):
    """What a company is to us."""

    PROSPECT = "prospect", _("Prospect")
    CUSTOMER = "customer", _("Customer")
    PARTNER = "partner", _("Partner")
    SUPPLIER = "supplier", _("Supplier")
    COMPETITOR = "competitor", _("Competitor")


class Company(Holder):
    """An organisation we deal with. People belong to it by employments."""

    record_type = RecordType(id=2, slug="companies", trade="ground", icon="building", new=_("New company"))

    name = models.CharField(_("name"), max_length=250)
    sort_name = models.CharField(max_length=250, editable=False)
    legal_name = models.CharField(_("legal name"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=CompanyKind, default=CompanyKind.PROSPECT)
    industry = models.ForeignKey(
        "contacts.Industry",
        verbose_name=_("industry"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent company"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="subsidiaries",
    )
    website = models.URLField(_("website"), blank=True, max_length=300)
    domains = ArrayField(
        models.CharField(max_length=253),
        verbose_name=_("domains"),
        default=list,
        blank=True,
        help_text=_("Mail from these domains belongs to this company."),
    )
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    annual_revenue = models.DecimalField(
        _("annual revenue"), max_digits=20, decimal_places=2, null=True, blank=True
    )
    revenue_currency = models.CharField(_("currency of the revenue"), max_length=3, blank=True)
    founded_year = models.PositiveSmallIntegerField(
        _("founded in"), null=True, blank=True, validators=[MinValueValidator(1000), MaxValueValidator(2200)]
    )
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    kpp = models.CharField(_("KPP"), max_length=9, blank=True)
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True)
    vat = models.CharField(_("VAT number"), max_length=20, blank=True)

    class Meta(Holder.Meta):
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = (
            models.CheckConstraint(condition=~models.Q(name=""), name="company_has_name"),
            models.CheckConstraint(
                condition=models.Q(kind__in=CompanyKind.values), name="company_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")),
                name="company_not_own_parent",
                violation_error_message=_("A company can't be its own parent."),
            ),
            models.CheckConstraint(
                condition=models.Q(annual_revenue=None) | models.Q(annual_revenue__gte=0),
                name="company_revenue_not_negative",
                violation_error_message=_("Revenue can't be negative."),
            ),
        )
        indexes = (
            models.Index(fields=["sort_name", "id"], name="company_by_name", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="company_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="company_by_updated", condition=ALIVE),
            models.Index(fields=["last_touch_at", "id"], name="company_by_touch", condition=ALIVE),
            models.Index(fields=["next_due_at", "id"], name="company_by_due", condition=ALIVE),
            models.Index(fields=["employees", "id"], name="company_by_employees", condition=ALIVE),
            models.Index(fields=["annual_revenue", "id"], name="company_by_revenue", condition=ALIVE),
            models.Index(fields=["kind", "id"], name="company_by_kind", condition=ALIVE),
            models.Index(fields=["country", "city"], name="company_by_place", condition=ALIVE),
            models.Index(fields=["inn"], name="company_inn", condition=~models.Q(inn="")),
            models.Index(fields=["ogrn"], name="company_ogrn", condition=~models.Q(ogrn="")),
            models.Index(fields=["vat"], name="company_vat", condition=~models.Q(vat="")),
            GinIndex(fields=["domains"], name="company_domains"),
            GinIndex(fields=["tags"], name="company_tags"),
            models.Index(fields=["-deleted_at", "-id"], name="company_bin", condition=IN_BIN),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="company_custom"),
            GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="company_name_trgm"),
            # A file names companies as they are written, whatever the case.
            models.Index(Lower("name"), name="company_lower_name"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("contacts:company_detail", args=[self.pk])


class BankAccount(models.Model):
    """Where a company is paid."""

    company = models.ForeignKey(
        Company, verbose_name=_("company"), on_delete=models.CASCADE, related_name="bank_accounts"
    )
    bank_name = models.CharField(_("bank"), max_length=200, blank=True)
    bik = models.CharField(_("BIK"), max_length=9, blank=True)
    account = models.CharField(_("account"), max_length=34)
    correspondent_account = models.CharField(_("correspondent account"), max_length=20, blank=True)
    swift = models.CharField(_("SWIFT"), max_length=11, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    is_primary = models.BooleanField(_("main"), default=False)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = (
            models.UniqueConstraint(
                fields=["company", "account", "bik"],
                name="bank_account_once",
                violation_error_message=_("This account is on record already."),
            ),
            models.UniqueConstraint(
                fields=["company"], name="bank_account_one_main", condition=models.Q(is_primary=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.bank_name} {self.account}".strip()
