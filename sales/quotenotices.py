"""What people are told of quotes: a question, an answer, an opening, a wish for approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.notifications.kinds import Kind
from crm.notifications.kinds import register as register_kind
from crm.notifications.models import Mail
from crm.notifications.services import notify
from sales.models import QuoteStatus

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.models import User
    from crm.notifications.models import Notification
    from sales.models import Deal, Quote, QuoteApproval

OPENED, ASKED, ANSWERED, APPROVAL, DECIDED = (
    "quote_opened",
    "quote_asked",
    "quote_answered",
    "quote_approval",
    "quote_decided",
)


def said_answer(one: Notification) -> str:
    words: dict[str, Any] = {
        QuoteStatus.ACCEPTED: _("Accepted"),
        QuoteStatus.DECLINED: _("Declined"),
        QuoteStatus.EXPIRED: _("Expired"),
        "stayed": _("Its deal could not follow"),
        "paid": _("Paid"),
    }
    return str(words.get(one.data.get("status", ""), _("Answered")))


def register() -> None:
    """Hand in the kinds of things that people are told of quotes."""
    for kind in (
        Kind(
            OPENED,
            gettext_lazy("A customer opens a quote of mine"),
            "eye",
            lambda one: _("Opened by the customer"),
            Mail.NEVER,
            is_joined=True,
        ),
        Kind(
            ASKED,
            gettext_lazy("A customer asks about a quote of mine"),
            "message-circle",
            lambda one: _("Question of the customer"),
            Mail.NOW,
            "accent",
        ),
        Kind(
            ANSWERED,
            gettext_lazy("A quote of mine is accepted, declined or paid, or expires"),
            "file-text",
            said_answer,
            Mail.NOW,
            "success",
        ),
        Kind(
            APPROVAL,
            gettext_lazy("A quote waits for my approval"),
            "shield-check",
            lambda one: _("Waits for your approval"),
            Mail.NOW,
            "warning",
        ),
        Kind(
            DECIDED,
            gettext_lazy("A quote of mine is approved or sent back"),
            "shield-check",
            lambda one: _("Approved") if one.data.get("approved") else _("Sent back"),
            Mail.NOW,
        ),
    ):
        register_kind(kind)


def owner_of(quote: Quote) -> list[User]:
    return [quote.owner] if quote.owner is not None else []


def opened(quote: Quote, *, at: datetime) -> None:
    notify(owner_of(quote), OPENED, at=at, record=quote)


def asked(quote: Quote, text: str, *, at: datetime) -> None:
    notify(owner_of(quote), ASKED, at=at, record=quote, data={"text": text[:300]})


def answered(quote: Quote, *, actor: User | None, at: datetime) -> None:
    notify(owner_of(quote), ANSWERED, at=at, record=quote, actor=actor, data={"status": quote.status})


def deal_stayed(quote: Quote, deal: Deal, problem: str, *, at: datetime) -> None:
    data = {"status": "stayed", "text": f"{deal}: {problem}"[:300]}
    notify(owner_of(quote), ANSWERED, at=at, record=quote, data=data, key=f"quote_stayed:{quote.pk}")


def paid(invoice: Any, *, at: datetime) -> None:
    people = [invoice.owner] if invoice.owner is not None else []
    notify(people, ANSWERED, at=at, record=invoice, data={"status": "paid"})


def approval_asked(approval: QuoteApproval, *, at: datetime) -> None:
    """Tell who approves, and the substitute too."""
    people = [one for one in (approval.approver, approval.substitute) if one is not None]
    notify(
        people,
        APPROVAL,
        at=at,
        record=approval.quote,
        actor=approval.asked_by,
        data={"text": approval.reason[:300]},
    )


def decided(approval: QuoteApproval, *, at: datetime) -> None:
    people = [one for one in (approval.asked_by, approval.quote.owner) if one is not None]
    data = {"approved": approval.state == "approved", "text": approval.comment[:300]}
    notify(people, DECIDED, at=at, record=approval.quote, actor=approval.decided_by, data=data)
