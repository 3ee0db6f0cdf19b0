"""How the timeline tells of quotes, orders and invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from crm.timeline.telling import Telling, tell, with_amount

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.records.models import Event


def plain(text: Callable[[], str]) -> Callable[[Event], str]:
    return lambda event: text()


def summed(text: Callable[[], str]) -> Callable[[Event], str]:
    return lambda event: with_amount(text(), event)


def asked(event: Event) -> str:
    """Say what a customer asked, and about which line."""
    data: dict[str, Any] = event.data
    values = {"line": data.get("line", ""), "text": data.get("text", "")}
    if values["line"]:
        return _("The customer asks about “%(line)s”: %(text)s") % values
    return _("The customer asks: %(text)s") % values


def answered(event: Event) -> str:
    return _("Answered the customer: %(text)s") % {"text": event.data.get("text", "")}


def mailed(event: Event) -> str:
    return _("Offer sent to %(address)s") % {"address": event.data.get("to", "")}


def stayed(event: Event) -> str:
    return _("The deal could not follow: %(problem)s") % {"problem": event.data.get("problem", "")}


def revised(event: Event) -> str:
    return _("Revision %(number)s begun") % {"number": event.data.get("revision", "")}


def register() -> None:
    """Hand in the words."""
    for name, telling in {
        "quote.sent": Telling("file-text", summed(lambda: _("Offer open to the customer")), "accent"),
        "quote.mailed": Telling("mail", mailed, "accent"),
        "quote.opened": Telling("eye", plain(lambda: _("The customer opened the offer"))),
        "quote.asked": Telling("message-circle", asked, "warning"),
        "quote.answered": Telling("message", answered),
        "quote.accepted": Telling("signature", summed(lambda: _("Offer accepted")), "success"),
        "quote.declined": Telling("thumb-down", summed(lambda: _("Offer declined")), "danger"),
        "quote.expired": Telling("clock-exclamation", plain(lambda: _("Offer expired")), "warning"),
        "quote.superseded": Telling(
            "copy", plain(lambda: _("Superseded by a newer revision")), is_quiet=True
        ),
        "quote.revised": Telling("copy", revised),
        "quote.approval_asked": Telling("shield-check", plain(lambda: _("Approval asked for")), "warning"),
        "quote.approved": Telling("shield-check", plain(lambda: _("Approved")), "success"),
        "quote.reopened_draft": Telling("pencil", plain(lambda: _("A draft again")), is_quiet=True),
        "quote.lines_changed": Telling("list", summed(lambda: _("Lines changed")), is_quiet=True),
        "quote.link_closed": Telling("lock", plain(lambda: _("The customer's link was closed"))),
        "quote.link_renewed": Telling("link", plain(lambda: _("The customer got a new link"))),
        "quote.deal_stayed": Telling("alert-triangle", stayed, "danger"),
        "order.delivered": Telling("check", plain(lambda: _("Order delivered")), "success"),
        "order.voided": Telling("ban", plain(lambda: _("Order voided"))),
        "invoice.voided": Telling("ban", plain(lambda: _("Invoice voided"))),
        "invoice.paid": Telling("coin", summed(lambda: _("Invoice paid")), "success"),
        "invoice.paid_in_part": Telling("coin", summed(lambda: _("Invoice paid in part"))),
    }.items():
        tell(name, telling)
