"""The pages of leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.ui.actions import Action
from crm.ui.boards import Board, BoardColumn
from crm.ui.layouts import Custom, Fields, Layout, Part, Timeline
from crm.ui.viewset import RecordViews
from sales import services
from sales.leads.cards import lead_card, state_of
from sales.leads.converting import ConvertPage
from sales.leads.filters import LeadFilters
from sales.leads.forms import DropForm, LeadForm
from sales.leads.panels import alike, became, convert_offer, likelihood_of_lead
from sales.leads.tables import TONES, LeadTable
from sales.models import LIVE, Lead, LeadStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.urls import URLPattern, URLResolver


def status_columns(_request: HttpRequest) -> Sequence[BoardColumn]:
    """Return what is open as columns, and a place to drop what is given up."""
    columns = [
        BoardColumn(value=status.value, label=str(status.label), color=f"tone-{TONES[status]}")
        for status in LIVE
    ]
    dropped = LeadStatus.DROPPED
    return [
        *columns,
        BoardColumn(value=dropped.value, label=str(dropped.label), color="tone-danger", kind="lost"),
    ]


class Leads(RecordViews):
    """Who showed interest, and what became of it."""

    model, form, filters, table = Lead, LeadForm, LeadFilters, LeadTable
    search = ("name", "person_name", "company_name", "email", "phone")
    board = Board(
        by="status",
        beside={"drop_reason": ("drop_note",)},
        columns=status_columns,
        where=Q(is_live=True),
        card=lead_card,
        needs=("owner", "source"),
        shows=("owner__username", "owner__full_name", "owner__photo", "source__name"),
        age="status_since",
        state=state_of,
    )
    head_template = "sales/leads/sub.html"
    needs = ("person", "company", "deal", "owner", "source", "product", "drop_reason")
    layout = Layout(
        head=("email", "phone", "owner"),
        bar=Part("sales/leads/bar.html", convert_offer),
        main=[Timeline()],
        facts=[
            Fields("person_name", "job_title", "company_name", "email", "phone", "website", title=_("Who")),
            Fields("message", "product", "pipeline", title=_("What about")),
            Fields(
                "source",
                "utm_source",
                "utm_medium",
                "utm_campaign",
                "utm_content",
                "utm_term",
                "referrer",
                "landing_page",
                title=_("Where from"),
            ),
            Fields(
                *("owner", "team", "assigned_at", "assigned_why", "response_due_at", "responded_at"),
                title=_("Whose"),
            ),
            Fields("city", "country", "created_at", "last_touch_at", "tags", title=_("More")),
            Custom(),
        ],
        side=[
            Part("sales/leads/became.html", became),
            Part("sales/leads/likelihood.html", likelihood_of_lead),
            Part("sales/leads/alike.html", alike),
        ],
    )
    actions = (
        Action(
            "take",
            services.take_leads,
            _("Take on"),
            icon="user-check",
            when=lambda lead: lead.status in (LeadStatus.NEW, LeadStatus.LATER),
            bulk=True,
            done=_("Taken on."),
        ),
        Action(
            "drop",
            services.drop_leads,
            _("Drop"),
            icon="thumb-down",
            form=DropForm,
            when=lambda lead: lead.is_live,
            bulk=True,
            tone="red",
            done=_("Lead dropped."),
        ),
        Action(
            "reopen",
            services.reopen_leads,
            _("Take up again"),
            icon="rotate",
            when=lambda lead: lead.is_dropped,
            bulk=True,
            done=_("Taken up again."),
        ),
    )
    empty_title = _("No leads yet")
    empty_text = _(
        "A lead is somebody who showed interest: by a form, a letter, a call. "
        "When it turns out that they may buy, it becomes a deal."
    )

    @classmethod
    def extra_urls(cls, prefix: str) -> list[URLPattern | URLResolver]:
        """The page on which a lead becomes a deal."""
        return [cls.at(f"{prefix}/<int:pk>/convert/", ConvertPage, "convert")]
