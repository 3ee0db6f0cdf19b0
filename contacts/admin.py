"""Lists that administrators keep: sources and industries."""

from __future__ import annotations

from django.contrib import admin

from contacts.models import Industry, Source
from crm.ui.admin import SetupAdmin


class ListAdmin(SetupAdmin):
    """A plain list of names, in an order of one's own."""

    list_display = ("name", "position", "is_active")
    list_editable = ("position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("position", "name")


@admin.register(Source)
class SourceAdmin(ListAdmin):
    """Where people, companies and deals come from."""


@admin.register(Industry)
class IndustryAdmin(ListAdmin):
    """What companies do."""
