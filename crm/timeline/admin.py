"""Administration of activities and of what comes of calls."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crm.timeline.models import Activity, CallOutcome
from crm.ui.admin import RecordAdmin, SetupAdmin


@admin.register(CallOutcome)
class CallOutcomeAdmin(SetupAdmin):
    """What came of calls, in the company's own words."""

    section = "company"
    order = 60
    deletable = True
    list_display = ("name", "is_contact", "position", "is_active")
    list_filter = ("is_active", "is_contact")
    search_fields = ("name",)
    ordering = ("position", "pk")


@admin.register(Activity)
class ActivityAdmin(RecordAdmin):
    """Activities of all kinds."""

    section = "data"
    order = 60
    list_display = ("__str__", "kind", "owner", "due_at", "done_at", "outcome")
    list_select_related: ClassVar[tuple[str, ...]] = ("owner", "outcome")
    list_filter = ("kind", "outcome", "direction")
    search_fields = ("subject", "body")
    search_help_text = _("Subject or text.")
