"""Quotes as people meet them: what is declared of the type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from crm.ui.actions import Action
from crm.ui.layouts import Custom, Fields, Layout, Part, Timeline
from crm.ui.viewset import RecordViews
from sales import services
from sales.models import Quote, QuoteStatus
from sales.quotes import panels
from sales.quotes.boards import QUOTE_BOARD
from sales.quotes.editor import LinesSavePage, LinesTryPage
from sales.quotes.forms import (
    AcceptedForm,
    CommentForm,
    DeclinedForm,
    LinesForm,
    MailForm,
    NeededCommentForm,
    QuoteForm,
    ReasonForm,
)
from sales.quotes.letters import mail_quotes
from sales.quotes.pages import AnswerPage, OrderOfQuote, PdfPage, QuotePage
from sales.quotes.tables import QuoteFilters, QuoteTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.urls import URLPattern, URLResolver

S = QuoteStatus


def stands(*states: str) -> Callable[[Any], bool]:
    """Offer a verb while the quote is in one of these states."""
    return lambda quote: quote.status in states


def may_revise(quote: Quote) -> bool:
    return quote.is_current and quote.status in (S.SENT, S.ACCEPTED, S.DECLINED, S.EXPIRED)


def has_open_link(quote: Quote) -> bool:
    return quote.family.revoked_at is None and quote.status not in (S.DRAFT, S.WAITING, S.APPROVED)


class Quotes(RecordViews):
    """Offers to customers: a list, a board by state, and a page with a line editor per quote."""

    model, form, filters, table = Quote, QuoteForm, QuoteFilters, QuoteTable
    search = ("number", "name", "company__name", "person__name")
    board = QUOTE_BOARD
    detail_view = QuotePage
    needs = ("family", "company", "person", "deal", "owner", "issuer", "template", "price_list", "acceptance")
    head_template = "sales/quotes/sub.html"
    layout = Layout(
        head=("total", "valid_until", "owner"),
        bar=Part("sales/quotes/strip.html", panels.strip_of),
        main=[Timeline()],
        facts=[
            Fields("company", "person", "deal", "name", "valid_until", title=_("Quote")),
            Fields("currency", "price_list", "issuer", "template", "language", title=_("Prices and paper")),
            Fields("intro", "terms", "internal_note", title=_("Words")),
            Fields("owner", "team", "tags", "sent_at", "answered_at", "decline_reason", title=_("More")),
            Custom(),
        ],
        side=[
            Part(
                "sales/quotes/room_panel.html",
                panels.room_of,
                key="room",
                title=_("Customer's page"),
                icon="link",
                lazy="soon",
            ),
            Part(
                "sales/quotes/changes.html",
                panels.changes_of,
                key="changes",
                title=_("Changes"),
                icon="arrows-exchange",
                lazy="soon",
            ),
            Part(
                "sales/quotes/approvals.html",
                panels.approvals_of,
                key="approvals",
                title=_("Approvals"),
                icon="shield-check",
                lazy="soon",
            ),
            Part(
                "sales/quotes/papers.html",
                panels.papers_of,
                key="papers",
                title=_("Orders and invoices"),
                icon="receipt",
                lazy="soon",
            ),
        ],
    )
    actions = (
        Action(
            "send",
            services.send_quotes,
            _("Open to the customer"),
            icon="link",
            when=stands(S.DRAFT, S.APPROVED),
            bulk=True,
            done=_("The customer's link is open."),
        ),
        Action(
            "mail",
            mail_quotes,
            _("Send by mail"),
            icon="mail",
            form=MailForm,
            when=stands(S.DRAFT, S.APPROVED, S.SENT),
            tone="primary",
            done=_("Sent."),
        ),
        Action(
            "approval",
            services.ask_approval,
            _("Ask for approval"),
            icon="shield-check",
            form=ReasonForm,
            when=stands(S.DRAFT),
            tone="primary",
            done=_("Asked."),
        ),
        Action(
            "approve",
            services.approve,
            _("Approve"),
            icon="check",
            form=CommentForm,
            when=stands(S.WAITING),
            tone="green",
            done=_("Approved."),
        ),
        Action(
            "reject",
            services.reject,
            _("Send back"),
            icon="arrow-back-up",
            form=NeededCommentForm,
            when=stands(S.WAITING),
            tone="red",
            done=_("Sent back."),
        ),
        Action(
            "take_back",
            services.take_back,
            _("Edit again"),
            icon="pencil",
            when=stands(S.WAITING, S.APPROVED),
            done=_("It is a draft again."),
        ),
        Action(
            "accept",
            services.record_acceptance,
            _("Accepted"),
            icon="trophy",
            form=AcceptedForm,
            when=stands(S.SENT, S.DECLINED),
            done=_("Written down."),
        ),
        Action(
            "decline",
            services.record_decline,
            _("Declined"),
            icon="thumb-down",
            form=DeclinedForm,
            when=stands(S.SENT, S.EXPIRED),
            done=_("Written down."),
        ),
        Action(
            "revise",
            services.revise_quotes,
            _("New revision"),
            icon="copy",
            when=may_revise,
            done=_("A new revision is ready to be changed."),
        ),
        Action(
            "close_link",
            services.close_link,
            _("Close the link"),
            icon="lock",
            when=has_open_link,
            confirm=_("Nobody will get in by the customer's link any more."),
            done=_("The link is closed."),
        ),
        Action(
            "renew_link",
            services.renew_link,
            _("Make a new link"),
            icon="link",
            when=lambda quote: quote.family.revoked_at is not None,
            done=_("There is a new link."),
        ),
        Action(
            "lines", services.set_lines, _("Lines"), form=LinesForm, when=stands(S.DRAFT), done=_("Saved.")
        ),
    )
    empty_title = _("No quotes yet")
    empty_text = _("A quote tells a customer what they get for how much. Make one from a deal, or from here.")

    @classmethod
    def extra_urls(cls, prefix: str) -> list[URLPattern | URLResolver]:
        """The line editor, answers to questions, the PDF, the order."""
        one = f"{prefix}/<int:pk>"
        return [
            cls.at(f"{one}/lines/try/", LinesTryPage, "lines_try"),
            cls.at(f"{one}/lines/save/", LinesSavePage, "lines_save"),
            cls.at(f"{one}/answer/", AnswerPage, "answer"),
            cls.at(f"{one}/pdf/", PdfPage, "pdf"),
            cls.at(f"{one}/order/", OrderOfQuote, "order"),
        ]
