"""Lists that administrators keep: sources and industries; people and companies as they are stored."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Industry, Person, Source
from crm.ui.admin import RecordAdmin, SetupAdmin


class ListAdmin(SetupAdmin):
    """A plain list of names, in an order of one's own."""

    list_display = ("name", "position", "is_active")
    list_editable = ("position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    search_help_text = _("Name.")
    ordering = ("position", "name")


@admin.register(Source)
class SourceAdmin(ListAdmin):
    """Where people, companies and deals come from."""


@admin.register(Industry)
class IndustryAdmin(ListAdmin):
    """What companies do."""


@admin.register(Person)
class PersonAdmin(RecordAdmin):
    """People, written by the same rules as on their own pages."""

    section, order = "data", 50
    list_display = ("name", "company", "job_title", "owner", "created_at")
    list_select_related = ("company", "owner")
    search_fields = ("name",)
    search_help_text = _("Name.")
    list_filter = ("source", "do_not_contact", "language")


@admin.register(Company)
class CompanyAdmin(RecordAdmin):
    """Companies, written by the same rules as on their own pages."""

    section, order = "data", 60
    list_display = ("name", "industry", "owner", "created_at")
    list_select_related = ("industry", "owner")
    search_fields = ("name",)
    search_help_text = _("Name.")
    list_filter = ("source", "industry")
