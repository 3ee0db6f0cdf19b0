"""How to reach a person or a company: e-mails, phones, messengers, links, postal addresses."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.models.company import Company
from contacts.models.person import Person
from crm.lib import countries, phones

ONE_HOLDER = models.Q(person=None) ^ models.Q(company=None)


class PointKind(models.TextChoices):
    """By what means a contact point reaches somebody."""

    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    MESSENGER = "messenger", _("Messenger")
    URL = "url", _("Link")


class ContactPoint(models.Model):
    """One e-mail, phone, messenger or link of a person or a company."""

    person = models.ForeignKey(
        Person,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        db_index=False,  # the unique constraint below begins with it
        related_name="contact_points",
    )
    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        db_index=False,  # the unique constraint below begins with it
        related_name="contact_points",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PointKind)
    value = models.CharField(_("value"), max_length=300)
    normalised = models.CharField(max_length=300, editable=False)
    label = models.CharField(
        _("label"), max_length=40, blank=True, help_text=_("Such as work, mobile, Telegram.")
    )
    is_primary = models.BooleanField(_("main"), default=False)
    is_invalid = models.BooleanField(_("does not work"), default=False)
    opted_out = models.BooleanField(_("asked not to be written to here"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        constraints = (
            models.CheckConstraint(condition=ONE_HOLDER, name="point_has_one_holder"),
            models.CheckConstraint(condition=models.Q(kind__in=PointKind.values), name="point_kind_known"),
            models.CheckConstraint(condition=~models.Q(normalised=""), name="point_not_empty"),
            models.UniqueConstraint(
                fields=["person", "kind", "normalised"],
                name="point_once_per_person",
                condition=~models.Q(person=None),
            ),
            models.UniqueConstraint(
                fields=["company", "kind", "normalised"],
                name="point_once_per_company",
                condition=~models.Q(company=None),
            ),
            models.UniqueConstraint(
                fields=["person", "kind"],
                name="point_one_main_per_person",
                condition=models.Q(is_primary=True) & ~models.Q(person=None),
            ),
            models.UniqueConstraint(
                fields=["company", "kind"],
                name="point_one_main_per_company",
                condition=models.Q(is_primary=True) & ~models.Q(company=None),
            ),
        )
        indexes = (
            models.Index(OpClass("normalised", name="varchar_pattern_ops"), name="point_normalised"),
            GinIndex(OpClass("normalised", name="gin_trgm_ops"), name="point_trgm"),
        )

    def __str__(self) -> str:
        return self.value

    @property
    def shown(self) -> str:
        """The value as people read it."""
        return phones.pretty(self.normalised) if self.kind == PointKind.PHONE else self.value

    @property
    def href(self) -> str:
        """What a click on it opens."""
        if self.kind == PointKind.EMAIL:
            return f"mailto:{self.value}"
        if self.kind == PointKind.PHONE:
            return f"tel:{self.normalised}"
        return self.value if self.value.startswith(("https://", "http://")) else ""


class AddressKind(models.TextChoices):
    """What an address is used for."""

    OFFICE = "office", _("Office")
    LEGAL = "legal", _("Registered")
    BILLING = "billing", _("Billing")
    SHIPPING = "shipping", _("Shipping")
    HOME = "home", pgettext_lazy("address", "Home")
    OTHER = "other", _("Other")


class Address(models.Model):
    """One postal address of a person or a company."""

    person = models.ForeignKey(
        Person,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="addresses",
    )
    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="addresses",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AddressKind, default=AddressKind.OFFICE)
    street = models.CharField(_("street and house"), max_length=300, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, choices=countries.choices)
    is_primary = models.BooleanField(
        _("main"), default=False, help_text=_("Its city and country stand in lists.")
    )

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = (
            models.CheckConstraint(condition=ONE_HOLDER, name="address_has_one_holder"),
            models.CheckConstraint(
                condition=models.Q(kind__in=AddressKind.values), name="address_kind_known"
            ),
            models.UniqueConstraint(
                fields=["person"],
                name="address_one_main_per_person",
                condition=models.Q(is_primary=True) & ~models.Q(person=None),
            ),
            models.UniqueConstraint(
                fields=["company"],
                name="address_one_main_per_company",
                condition=models.Q(is_primary=True) & ~models.Q(company=None),
            ),
        )
        indexes = (
            models.Index(fields=["person"], name="address_person", condition=~models.Q(person=None)),
            models.Index(fields=["company"], name="address_company", condition=~models.Q(company=None)),
        )

    def __str__(self) -> str:
        parts = (self.street, self.city, self.region, self.postcode, countries.name_of(self.country))
        return ", ".join(part for part in parts if part)
