"""What people and companies have in common: ways to reach them, addresses, where they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.records.models import Record

if TYPE_CHECKING:
    from contacts.models.reach import ContactPoint

ALIVE = models.Q(deleted_at=None)
IN_BIN = models.Q(deleted_at__isnull=False)


class Holder(Record):
    """A record that has contact points and addresses.

    The main e-mail, phone, city and country are copies that the service keeps for lists.
    """

    email = models.EmailField(_("e-mail"), blank=True, max_length=254)
    phone = models.CharField(_("phone"), blank=True, max_length=60)
    city = models.CharField(_("city"), blank=True, max_length=120)
    country = models.CharField(_("country"), blank=True, max_length=2)
    source = models.ForeignKey(
        "contacts.Source",
        verbose_name=_("source"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    description = models.TextField(_("description"), blank=True)

    if TYPE_CHECKING:
        contact_points: Any
        addresses: Any

    class Meta(Record.Meta):
        abstract = True

    def points_of(self, kind: str) -> list[ContactPoint]:
        """Return contact points of one kind, the main one first."""
        found = [point for point in self.contact_points.all() if point.kind == kind]
        return sorted(found, key=lambda point: (not point.is_primary, point.pk))

    @property
    def primary_email(self) -> str:
        return self.email

    @property
    def primary_phone(self) -> str:
        return self.phone
