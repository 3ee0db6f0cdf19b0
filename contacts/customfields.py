"""People and companies as values of custom fields: kinds that the kernel can't know."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Person
from crm.records.customfields.kinds import Reference, register_kind


def register() -> None:
    """Offer both kinds; called from ``AppConfig.ready``."""
    register_kind(
        Reference("person", Person, _("Person"), _("Somebody from People, such as a referrer."), "user")
    )
    register_kind(
        Reference("company", Company, _("Company"), _("One of Companies, such as a supplier."), "building")
    )
