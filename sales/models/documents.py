"""How documents look and are numbered: our companies, templates with sections, number series."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.identity.models import Language
from crm.identity.small import SmallTable


class Issuer(SmallTable):
    """A company of ours that issues documents, with what it signs them by."""

    name = models.CharField(_("name"), max_length=200)
    legal_name = models.CharField(_("legal name"), max_length=300, blank=True)
    requisites = models.TextField(
        _("requisites"),
        blank=True,
        help_text=_(
            "Tax numbers, bank details, address: printed on documents. Empty: those of the company profile."
        ),
    )
    logo = models.ImageField(_("logo"), upload_to="documents", blank=True)
    signer = models.CharField(_("signed by"), max_length=200, blank=True)
    signer_title = models.CharField(_("position of who signs"), max_length=200, blank=True)
    signature = models.ImageField(
        _("signature"), upload_to="documents", blank=True, help_text=_("A picture with a clear background.")
    )
    stamp = models.ImageField(_("stamp"), upload_to="documents", blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("company of ours")
        verbose_name_plural = _("companies of ours")
        constraints = (
            models.UniqueConstraint(Lower("name"), name="issuer_name_unique"),
            models.UniqueConstraint(
                fields=["is_default"],
                name="issuer_one_default",
                condition=models.Q(is_default=True),
                violation_error_message=_("Another company is the default one. Switch that off first."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = cls.objects.filter(is_active=True).order_by("-is_default", "name")
        return found


class QuoteTemplate(SmallTable):
    """How quotes of one language, and perhaps of one company of ours, read and look."""

    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=8, choices=Language, default=Language.ENGLISH)
    issuer = models.ForeignKey(
        Issuer,
        verbose_name=_("only of"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="templates",
        help_text=_("Empty: of all our companies."),
    )
    intro = models.TextField(_("first words"), blank=True, help_text=_("Stand above the lines."))
    terms = models.TextField(_("terms"), blank=True, help_text=_("Stand below the totals."))
    header = models.CharField(_("page header"), max_length=200, blank=True)
    footer = models.CharField(_("page footer"), max_length=200, blank=True)
    days_valid = models.PositiveSmallIntegerField(_("valid for days"), default=30)
    shows_stamp = models.BooleanField(_("prints signature and stamp"), default=True)
    is_default = models.BooleanField(_("default of its language"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("quote template")
        verbose_name_plural = _("quote templates")
        constraints = (
            models.UniqueConstraint(Lower("name"), name="quote_template_name_unique"),
            models.UniqueConstraint(
                fields=["language", "issuer"],
                name="quote_template_one_default",
                condition=models.Q(is_default=True),
                nulls_distinct=False,
                violation_error_message=_("This language has a default template already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[Any]:
        found: models.QuerySet[Any] = cls.objects.filter(is_active=True).order_by("-is_default", "name")
        return found


class SectionPlace(models.TextChoices):
    BEFORE = "before", _("Before the lines")
    AFTER = "after", _("After the totals")


class TemplateSection(SmallTable):
    """A piece of a template: a heading, a text, a picture."""

    template = models.ForeignKey(
        QuoteTemplate, verbose_name=_("template"), on_delete=models.CASCADE, related_name="sections"
    )
    place = models.CharField(_("place"), max_length=8, choices=SectionPlace, default=SectionPlace.BEFORE)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("heading"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    picture = models.ImageField(_("picture"), upload_to="documents", blank=True)
    new_page = models.BooleanField(_("begins a new page"), default=False)

    class Meta:
        verbose_name = _("section of a template")
        verbose_name_plural = _("sections of templates")

    def __str__(self) -> str:
        return self.title or str(_("Section"))


class Numbered(models.TextChoices):
    """What is numbered."""

    QUOTE = "quote", _("Quotes")
    ORDER = "order", _("Orders")
    INVOICE = "invoice", _("Invoices")


class NumberSeries(SmallTable):
    """How documents of one kind are numbered: without a gap, in the order in which they are issued."""

    kind = models.CharField(_("documents"), max_length=8, choices=Numbered, unique=True)
    pattern = models.CharField(
        _("pattern"),
        max_length=60,
        help_text=_("{year}, {month} and {number} are filled in; {number:4} has four digits at least."),
    )
    is_yearly = models.BooleanField(_("begins anew each year"), default=True)
    may_void: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "identity.Role",
        verbose_name=_("who may void"),
        blank=True,
        related_name="+",
        help_text=_("A voided document keeps its number. Empty: administrators only."),
    )

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")

    def __str__(self) -> str:
        return str(self.get_kind_display())

    def clean(self) -> None:
        """Refuse a pattern that gives two documents one number."""
        if "{number" not in self.pattern or (self.is_yearly and "{year}" not in self.pattern):
            raise ValidationError(
                {"pattern": _("The pattern needs {number}, and {year} where it begins anew.")}
            )


class NumberCounter(models.Model):
    """The last number given in a series, per year where it begins anew. One row is one queue."""

    kind = models.CharField(max_length=8, choices=Numbered)
    year = models.PositiveSmallIntegerField(default=0)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("last number")
        verbose_name_plural = _("last numbers")
        constraints = (models.UniqueConstraint(fields=["kind", "year"], name="number_counter_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.year or ''} {self.last}"
