"""Where administrators say how soon leads are to be answered."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crm.ui.admin import SetupAdmin
from sales.models import ResponseClock


@admin.register(ResponseClock)
class ResponseClockAdmin(SetupAdmin):
    """How soon new leads are to be answered, in working time. A change moves open leads at once."""

    section, order = "sales", 36
    list_display = ("__str__", "minutes", "calendar", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("team", "calendar")
    search_fields = ("team__name",)
    search_help_text = _("Name of a team.")
    ordering = ("pk",)
    select_fields = ("team", "calendar")
    deletable = True
