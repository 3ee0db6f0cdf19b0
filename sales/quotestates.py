"""From which state a quote may go to which, who may take it there, and what is fixed once it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from sales import limits
from sales.models import QuoteApproval, QuoteStatus

if TYPE_CHECKING:
    from datetime import date

    from crm.identity.models import User
    from crm.records.drafts import Draft, WriteContext
    from sales.models import Quote

S = QuoteStatus
#: What a person may do by hand, over any door.
STEPS: dict[str, frozenset[str]] = {
    S.DRAFT: frozenset({S.WAITING, S.SENT}),
    S.WAITING: frozenset({S.APPROVED, S.DRAFT}),
    S.APPROVED: frozenset({S.SENT, S.DRAFT}),
    S.SENT: frozenset({S.ACCEPTED, S.DECLINED}),
    S.DECLINED: frozenset({S.ACCEPTED, S.SENT}),
    S.EXPIRED: frozenset({S.SENT, S.DECLINED}),
    S.ACCEPTED: frozenset(),
    S.SUPERSEDED: frozenset(),
}
#: What happens by itself.
BY_ITSELF: dict[str, frozenset[str]] = {
    S.SENT: frozenset({S.EXPIRED, S.SUPERSEDED}),
    S.DECLINED: frozenset({S.SUPERSEDED}),
    S.EXPIRED: frozenset({S.SUPERSEDED}),
    S.ACCEPTED: frozenset({S.SUPERSEDED}),
}
#: Fields that may change after the quote has left the house: the customer sees none of them.
FREE = frozenset(
    {"status", "owner", "team", "tags", "custom", "internal_note", "deal", "valid_until", "board_rank"}
    | {"sent_at", "opened_at", "openings", "answered_at", "decline_reason", "is_current", "pdf_id"}
    | {"version", "updated_at", "last_touch_at", "next_due_at", "deleted_at", "sort_name"}
)
EVENTS = {
    S.WAITING: "quote.approval_asked",
    S.APPROVED: "quote.approved",
    S.SENT: "quote.sent",
    S.ACCEPTED: "quote.accepted",
    S.DECLINED: "quote.declined",
    S.EXPIRED: "quote.expired",
    S.SUPERSEDED: "quote.superseded",
    S.DRAFT: "quote.reopened_draft",
}


def guard(draft: Draft[Quote], today: date) -> None:
    """Refuse to change what was sent, except by a new revision."""
    quote = draft.record
    if draft.is_new:
        if quote.status != S.DRAFT:
            draft.error("status", _("A new quote begins as a draft."))
        if not (quote.company_id or quote.person_id or quote.name.strip()):
            draft.error("name", _("Give the quote a company, a person or a subject."), code="required")
        return
    was = draft.snapshot["status"]
    if was == S.DRAFT:
        return
    fixed = [
        one.name
        for one in quote._meta.concrete_fields
        if one.name not in FREE and draft.has_changed(one.name)
    ]
    if fixed or "lines" in draft.changes:
        text = (
            _("It waits for approval: take it back to change it.")
            if was in (S.WAITING, S.APPROVED)
            else _("What was sent is changed by a new revision.")
        )
        draft.error(fixed[0] if fixed else "__all__", text, code="fixed")
    if draft.has_changed("valid_until"):
        _prolong(draft, was, today)


def _prolong(draft: Draft[Quote], was: str, today: date) -> None:
    """Let the days of an offer grow, never shrink; an expired one is open again."""
    old, new = draft.snapshot["valid_until"], draft.record.valid_until
    if was not in (S.SENT, S.EXPIRED) or new is None or (old is not None and new < old):
        draft.error("valid_until", _("The days of an offer that was sent can only be prolonged."))
    elif was == S.EXPIRED and new >= today and draft.record.status == S.EXPIRED:
        draft.record.status = S.SENT


def step(draft: Draft[Quote], ctx: WriteContext, today: date) -> None:
    """Judge the step to another state, and note when it happened."""
    quote = draft.record
    if draft.is_new or not draft.has_changed("status") or draft.errors:
        return
    was, now = draft.snapshot["status"], quote.status
    known = STEPS[was] if ctx.actor is not None else STEPS[was] | BY_ITSELF.get(was, frozenset())
    if now not in known:
        text = _("A quote can't go from “%(old)s” to “%(new)s”.")
        draft.error("status", text % {"old": S(was).label, "new": S(now).label if now in S.values else now})
        return
    if now == S.SENT:
        _check_sending(draft, was, ctx, today)
        quote.sent_at = ctx.at
    if now == S.APPROVED:
        _check_approving(draft, ctx.actor)
    if now in (S.ACCEPTED, S.DECLINED):
        _check_answer(draft, ctx, today)
        quote.answered_at = ctx.at
    draft.event = EVENTS[S(now)]
    draft.facts |= {"amount": str(quote.total), "currency": quote.currency, "from": was, "to": now}


def _check_sending(draft: Draft[Quote], was: str, ctx: WriteContext, today: date) -> None:
    quote = draft.record
    if quote.valid_until is not None and quote.valid_until < today:
        draft.error("valid_until", _("The day until which it is valid has passed."))
    if not _has_lines(draft):
        draft.error("__all__", _("The quote has no lines."), code="empty")
    if was == S.DRAFT and limits.needs_approval(quote, ctx.actor):
        limit = limits.limit_of(ctx.actor)
        text = _("It is %(off)s %% below list prices, and your limit is %(limit)s %%: ask for approval.")
        percents = {"off": f"{quote.off_list:.2f}", "limit": f"{limit.percent:.2f}" if limit else ""}
        draft.error("__all__", text % percents, code="needs_approval")


def _has_lines(draft: Draft[Quote]) -> bool:
    built = getattr(draft.record, "built", None)
    if built is not None:
        return any(line.costs for line in built.lines)
    return draft.record.lines.filter(kind="product").exists()


def _check_approving(draft: Draft[Quote], actor: User | None) -> None:
    asked = QuoteApproval.objects.filter(quote=draft.record.pk, state="waiting").first()
    if actor is not None and (asked is None or not limits.may_decide(asked, actor)):
        draft.error("__all__", _("You can't approve this quote."), code="forbidden")


def _check_answer(draft: Draft[Quote], ctx: WriteContext, today: date) -> None:
    """The customer answers what is open; a colleague may write down what they said otherwise."""
    quote = draft.record
    expired = quote.valid_until is not None and quote.valid_until < today
    if ctx.actor is None and expired and quote.status == S.ACCEPTED:
        draft.error("__all__", _("This offer has expired."), code="expired")
