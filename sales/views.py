"""The pages of deals and products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from crm.ui.actions import Action
from crm.ui.layouts import Custom, Fields, Layout, Part, Timeline
from crm.ui.viewset import RecordViews
from sales import services
from sales.boards import DEAL_BOARD
from sales.dialogs import PeoplePage, StagePage
from sales.filters import DealFilters, ProductFilters
from sales.forms import DealForm, LossForm, MoveForm, ProductForm, WinForm
from sales.leads.panels import likelihood_of_deal
from sales.models import Deal, Product
from sales.pages import DealPage
from sales.panels import deals_of_product, people_of, stage_bar
from sales.quotes.editor import LinesSavePage, LinesTryPage, lines_context
from sales.quotes.pages import QuoteOfDeal
from sales.tables import DealTable, ProductTable

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver


class Deals(RecordViews):
    """The pipeline: a list, a board and a page per deal."""

    model, form, filters, table = Deal, DealForm, DealFilters, DealTable
    search = ("name", "number", "company__name", "person__name", "product__name")
    board = DEAL_BOARD
    head_template = "sales/deal_sub.html"
    detail_view = DealPage
    needs = ("company", "person", "stage", "pipeline", "owner", "product")
    layout = Layout(
        head=("amount", "expected_on", "owner"),
        bar=Part("sales/stage_bar.html", stage_bar),
        main=[
            Part(
                "sales/quotes/lines.html",
                lines_context,
                key="lines",
                title=_("Lines"),
                icon="list",
                lazy="soon",
            ),
            Timeline(),
        ],
        facts=[
            Fields("amount", "currency", "product", "expected_on", "probability", title=_("Money")),
            Fields("company", "person", "next_step", "source", "owner", "team", title=_("Deal")),
            Fields("lost_reason", "lost_note", title=_("Why it was lost")),
            Fields("opened_on", "closed_at", "stage_entered_at", "last_touch_at", "tags", title=_("More")),
            Custom(),
        ],
        side=[Part("sales/leads/likelihood.html", likelihood_of_deal), Part("sales/people.html", people_of)],
    )
    actions = (
        Action(
            "win",
            services.win_deals,
            _("Won"),
            icon="trophy",
            form=WinForm,
            when=lambda deal: not deal.is_won,
            bulk=True,
            tone="green",
            done=_("Deal won."),
        ),
        Action(
            "lose",
            services.lose_deals,
            _("Lost"),
            icon="thumb-down",
            form=LossForm,
            when=lambda deal: not deal.is_lost,
            bulk=True,
            tone="red",
            done=_("Deal lost."),
        ),
        Action(
            "reopen",
            services.reopen_deals,
            _("Reopen"),
            icon="rotate",
            when=lambda deal: not deal.is_open,
            bulk=True,
            done=_("Deal reopened."),
        ),
        Action(
            "move",
            services.move_deals,
            _("Move to a stage"),
            icon="arrow-right",
            form=MoveForm,
            bulk=True,
            done=_("Moved."),
        ),
    )
    empty_title = _("No deals yet")
    empty_text = _("A deal is one chance of a sale: who might buy what, for how much, and when.")

    @classmethod
    def extra_urls(cls, prefix: str) -> list[URLPattern | URLResolver]:
        """Moving along the stage bar, and the people of a deal."""
        return [
            cls.at(f"{prefix}/<int:pk>/stage/<int:stage>/", StagePage, "stage"),
            cls.at(f"{prefix}/<int:pk>/people/", PeoplePage, "people"),
            cls.at(f"{prefix}/<int:pk>/lines/try/", LinesTryPage, "lines_try"),
            cls.at(f"{prefix}/<int:pk>/lines/save/", LinesSavePage, "lines_save"),
            cls.at(f"{prefix}/<int:pk>/quote/", QuoteOfDeal, "quote"),
        ]


class Products(RecordViews):
    """What is sold."""

    model, form, filters, table = Product, ProductForm, ProductFilters, ProductTable
    search = ("name", "code", "series", "variant")
    layout = Layout(
        head=("code", "category", "price"),
        main=[Part("sales/deals_panel.html", deals_of_product)],
        facts=[
            Fields("code", "category", "series", "unit", "is_active", title=_("Product")),
            Fields("price", "currency", "tax", "period", "cost", title=_("Money")),
            Fields("variant_of", "variant", title=_("Variants")),
            Fields("description", "owner", "team", "tags", title=_("More")),
            Custom(),
        ],
    )
    empty_title = _("No products yet")
    empty_text = _("Products are what deals are about: a name, a code and a price.")
