"""How far below list prices somebody may sell by themselves, and who says yes beyond that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm.identity.models import Membership, User
from sales.models import DiscountLimit, Quote, QuoteApproval

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Limit:
    """The widest limit of somebody's roles, with who approves beyond it."""

    percent: Decimal
    approver: User | None
    substitute: User | None


def limit_of(user: User | None) -> Limit | None:
    """Return the limit of a person; nothing where none of their roles has one, or they may all."""
    if user is None or user.is_superuser:
        return None
    rows = DiscountLimit.objects.filter(role__users=user).select_related("approver", "substitute")
    widest = max(rows, key=lambda row: row.percent, default=None)
    return Limit(widest.percent, widest.approver, widest.substitute) if widest is not None else None


def needs_approval(quote: Quote, user: User | None) -> bool:
    """Tell whether this quote is cheaper than the person may sell by themselves."""
    limit = limit_of(user)
    return limit is not None and quote.off_list > limit.percent


def approvers_of(quote: Quote, limit: Limit) -> tuple[User | None, User | None]:
    """Return who approves a quote, else who leads its team or one above; and the substitute."""
    return limit.approver or lead_of(quote), limit.substitute


def lead_of(quote: Quote) -> User | None:
    """Return who leads the quote's team or the nearest one above, but not the owner."""
    team = quote.team
    while team is not None:
        leads = Membership.objects.filter(team=team, is_lead=True, user__is_active=True)
        found = leads.exclude(user=quote.owner_id).select_related("user").order_by("pk").first()
        if found is not None:
            return found.user
        team = team.parent
    return None


def may_decide(approval: QuoteApproval, user: User) -> bool:
    """Tell whether somebody may say yes or no: who was asked, the substitute, or who runs the house.

    Nobody decides on what they asked for themselves.
    """
    if approval.asked_by_id == user.pk and not user.is_superuser:
        return False
    return user.is_superuser or user.pk in (approval.approver_id, approval.substitute_id)
