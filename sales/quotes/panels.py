"""What stands on a quote's page beside its lines, and what deals and companies show of quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.identity.access import access_for
from crm.records.models import Attachment
from crm.ui.panels import RelatedPanel
from crm.ui.panels import register as register_panel
from sales import limits
from sales.models import Order, Quote, QuoteApproval, QuoteOpening, QuoteQuestion, QuoteStatus
from sales.quotes.differences import differences
from sales.quotes.tables import TONES

if TYPE_CHECKING:
    from django.http import HttpRequest

OPENINGS = 8
QUOTES = 8


def room_url(quote: Quote) -> str:
    """Return the customer's link."""
    return f"{settings.BASE_URL}{reverse('room:room', args=[quote.family.token])}"


def strip_of(record: Quote, request: HttpRequest) -> dict[str, Any]:
    """Return what stands under the title: the state in words, and the other revisions."""
    revisions = list(Quote.objects.filter(family=record.family_id).order_by("revision"))
    return {
        "revisions": revisions,
        "tone": TONES.get(record.status, ""),  # type: ignore[call-overload]
        "newest": revisions[-1] if revisions else record,
        "pdf_url": reverse("sales:quote_pdf", args=[record.pk]),
    }


def room_of(record: Quote, request: HttpRequest) -> dict[str, Any]:
    """Return the customer's link, when it was opened, and what was asked and answered."""
    may_edit = access_for(request.user).can(Quote, "change", record)
    visits = QuoteOpening.objects.filter(family=record.family_id).select_related("quote").order_by("-at")
    return {
        "link": room_url(record) if record.family.revoked_at is None else "",
        "is_shown": record.status not in (QuoteStatus.DRAFT, QuoteStatus.WAITING, QuoteStatus.APPROVED)
        or record.revision > 1,
        "visits": list(visits[:OPENINGS]),
        "questions": list(
            QuoteQuestion.objects.filter(family=record.family_id).select_related("author").order_by("at")
        ),
        "answer_url": reverse("sales:quote_answer", args=[record.pk]) if may_edit else "",
        "acceptance": getattr(record, "acceptance", None),
    }


def approvals_of(record: Quote, request: HttpRequest) -> dict[str, Any]:
    """Return who was asked to approve the quote, and what they said."""
    rows = QuoteApproval.objects.filter(quote__family=record.family_id).select_related(
        "quote", "asked_by", "approver", "substitute", "decided_by"
    )
    return {"approvals": list(rows.order_by("-asked_at"))}


def changes_of(record: Quote, request: HttpRequest) -> dict[str, Any]:
    """Return what this revision changed, line by line."""
    before = (
        Quote.objects.filter(family=record.family_id, revision__lt=record.revision)
        .order_by("-revision")
        .first()
    )
    return {
        "before": before,
        "changes": differences(before, record) if before is not None else [],
        "currency": record.currency,
    }


def papers_of(record: Quote, request: HttpRequest) -> dict[str, Any]:
    """Return the order and the invoices of a quote."""
    access = access_for(request.user)
    orders = Order.objects.visible_to(request.user).filter(quote=record).prefetch_related("invoices")
    return {
        "orders": list(orders) if access.can(Order, "view") else [],
        "may_order": record.status == QuoteStatus.ACCEPTED and access.can(Order, "add"),
        "order_url": reverse("sales:quote_order", args=[record.pk]),
    }


def quotes_of_deal(record: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the quotes of a deal, and where a new one is made."""
    return quotes_by(record, request, "deal")


def quotes_of_company(record: Any, request: HttpRequest) -> dict[str, Any]:
    return quotes_by(record, request, "company")


def quotes_by(record: Any, request: HttpRequest, by: str) -> dict[str, Any]:
    access = access_for(request.user)
    rows = Quote.objects.visible_to(request.user).filter(**{by: record.pk}, is_current=True)
    found = list(rows.order_by("-created_at")[: QUOTES + 1])
    return {
        "quotes": [(one, TONES.get(one.status, "")) for one in found[:QUOTES]],  # type: ignore[call-overload]
        "sees_total": access.field_level(Quote, "total") != "hidden",
        "more_url": f"{reverse('sales:quote_list')}?{by}={record.pk}" if len(found) > QUOTES else "",
        "new_url": f"{reverse('sales:quote_new')}?{by}={record.pk}",
        "make_url": reverse("sales:deal_quote", args=[record.pk]) if by == "deal" else "",
        "may_add": access.can(Quote, "add"),
    }


def pdf_of(quote: Any) -> Attachment | None:
    """Return the PDF of what was sent, once a worker has made it."""
    if quote.pdf_id is None:
        return None
    return Attachment.objects.select_related("content").filter(pk=quote.pdf_id, deleted_at=None).first()


def may_decide(quote: Quote, user: Any) -> bool:
    approval = QuoteApproval.objects.filter(quote=quote, state="waiting").first()
    return approval is not None and limits.may_decide(approval, user)


def register() -> None:
    """Put quotes onto the pages of deals and companies."""
    register_panel(
        on="sales.deal",
        panel=RelatedPanel(
            key="quotes",
            title=_("Quotes"),
            template="sales/quotes/panel.html",
            context=quotes_of_deal,
            permission="sales.quote",
            order=15,
            lazy="soon",
            icon="file-text",
        ),
    )
    register_panel(
        on="contacts.company",
        panel=RelatedPanel(
            key="quotes",
            title=_("Quotes"),
            template="sales/quotes/panel.html",
            context=quotes_of_company,
            permission="sales.quote",
            order=25,
            lazy="seen",
            icon="file-text",
        ),
    )
