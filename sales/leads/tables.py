"""The columns of leads."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.records.fields import Kind
from crm.ui.tables import Column, Table
from sales.models import LeadStatus

TONES = {
    LeadStatus.NEW: "accent",
    LeadStatus.WORKING: "info",
    LeadStatus.LATER: "warning",
    LeadStatus.CONVERTED: "success",
    LeadStatus.DROPPED: "danger",
}


class LeadTable(Table):
    """Every column that lists, exports and REST know of a lead."""

    columns = (
        Column("name", link=True, sort="sort_name"),
        Column("person_name"),
        Column("company_name"),
        Column("job_title"),
        Column("email", kind=Kind.EMAIL),
        Column("phone", kind=Kind.PHONE),
        Column("website"),
        Column("city"),
        Column("country"),
        Column("message"),
        Column("status", tones=TONES),
        Column("points", align="end"),
        Column("likelihood", align="end"),
        Column("source"),
        Column("utm_source"),
        Column("utm_medium"),
        Column("utm_campaign"),
        Column("utm_content"),
        Column("utm_term"),
        Column("referrer"),
        Column("landing_page"),
        Column("product"),
        Column("pipeline"),
        Column("owner"),
        Column("team"),
        Column("assigned_at"),
        Column("assigned_why"),
        Column("response_due_at"),
        Column("responded_at"),
        Column("person"),
        Column("company"),
        Column("deal"),
        Column("converted_at"),
        Column("drop_reason"),
        Column("drop_note"),
        Column("next_due_at"),
        Column("last_touch_at"),
        Column("status_since", label=_("In this status since")),
        Column("tags"),
        Column("created_at"),
        Column("created_by"),
        Column("updated_at"),
    )
    default = ("name", "company_name", "email", "status", "source", "owner", "next_due_at", "created_at")
    default_sort = "-created_at"
