"""Asking for approval of a discount beyond one's limit, and deciding on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.identity import access
from crm.identity.access import access_for
from crm.records.sharing import share_record
from sales import limits, quotenotices
from sales.models import Quote, QuoteApproval, QuoteStatus
from sales.services.quoteverbs import to_status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.identity.models import User


@transaction.atomic
def ask_approval(
    *, records: Sequence[Quote], actor: User, at: datetime, reason: str = "", via: str = "page"
) -> list[QuoteApproval]:
    """Ask whoever approves to let these quotes go below the limit, and tell why.

    Raises:
        ValidationError: when a quote is within the limit, or nobody could say yes.
    """
    found = []
    for quote in records:
        limit = limits.limit_of(actor)
        if limit is None or quote.off_list <= limit.percent:
            raise ValidationError(_("This quote needs no approval: send it."))
        approver, substitute = limits.approvers_of(quote, limit)
        if approver is None and substitute is None:
            raise ValidationError(_("Nobody is named who could approve it. Ask an administrator."))
        to_status([quote], QuoteStatus.WAITING, actor=actor, at=at, via=via)
        approval = QuoteApproval.objects.create(
            quote=quote,
            off_list=quote.off_list,
            limit=limit.percent,
            reason=reason,
            asked_by=actor,
            asked_at=at,
            approver=approver,
            substitute=substitute,
        )
        _open_to(quote, [one for one in (approver, substitute) if one is not None], actor, at)
        quotenotices.approval_asked(approval, at=at)
        found.append(approval)
    return found


def _open_to(quote: Quote, people: Sequence[User], actor: User, at: datetime) -> None:
    """Let those who are asked see and decide on the quote, wherever their own rights end."""
    for user in people:
        if not access_for(user).can(Quote, "change", quote):
            share_record(
                record=quote, whom=user, can_edit=True, actor=actor, at=at, reason=_("Asked for approval")
            )
            access.forget()


def approve(
    *, records: Sequence[Quote], actor: User, at: datetime, comment: str = "", via: str = "page"
) -> Any:
    """Let quotes go as they are."""
    return _decide(records, QuoteStatus.APPROVED, "approved", actor=actor, at=at, comment=comment, via=via)


def reject(
    *, records: Sequence[Quote], actor: User, at: datetime, comment: str = "", via: str = "page"
) -> Any:
    """Send quotes back to be changed, and say what is wrong."""
    return _decide(records, QuoteStatus.DRAFT, "rejected", actor=actor, at=at, comment=comment, via=via)


@transaction.atomic
def _decide(
    records: Sequence[Quote], status: str, state: str, *, actor: User, at: datetime, comment: str, via: str
) -> Any:
    drafts = []
    for quote in records:
        approval = QuoteApproval.objects.select_for_update().filter(quote=quote, state="waiting").first()
        if approval is None:
            raise ValidationError(_("“%(name)s” does not wait for approval.") % {"name": quote})
        if not limits.may_decide(approval, actor):
            raise ValidationError(_("You can't approve this quote."))
        drafts += to_status([quote], status, actor=actor, at=at, via=via)
        approval.state, approval.decided_by, approval.decided_at = state, actor, at
        approval.comment = comment
        approval.save(update_fields=["state", "decided_by", "decided_at", "comment"])
        quotenotices.decided(approval, at=at)
    return drafts


def waiting_for(user: User) -> Any:
    """Return the approvals that wait for a person."""
    rows = QuoteApproval.objects.filter(state="waiting").select_related("quote", "asked_by")
    if user.is_superuser:
        return rows
    return rows.filter(approver=user) | rows.filter(substitute=user)
