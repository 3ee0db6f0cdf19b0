"""What follows from a quote's step: older revisions give way, the deal moves, people are told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from crm.lib import queue
from crm.records.drafts import RecordErrors
from crm.records.events import emit
from crm.records.registry import service_for
from sales import quotenotices
from sales.models import Deal, Quote, QuoteStatus
from sales.selectors import catalogue
from sales.services.lines import DISCOUNTS, LINES, as_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.records.drafts import Draft, WriteContext

logger = logging.getLogger(__name__)
#: By which way a deal is changed when its quote is.
VIA = "quote"


def follow(drafts: Sequence[Draft[Quote]], ctx: WriteContext) -> None:
    """Do what the steps of these quotes ask for."""
    for draft in drafts:
        if draft.is_new or not draft.has_changed("status"):
            continue
        quote = draft.record
        if quote.status == QuoteStatus.SENT:
            _supersede(quote, ctx.at)
            _move_deal(quote, ctx.at, _on_sent)
            queue.enqueue("sales.tasks.make_quote_pdf", quote_id=quote.pk)
        elif quote.status == QuoteStatus.ACCEPTED:
            _move_deal(quote, ctx.at, _on_accepted)
        if quote.status in (QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED):
            quotenotices.answered(quote, actor=ctx.actor, at=ctx.at)


def _supersede(quote: Quote, at: datetime) -> None:
    """Let the older revisions that the customer knows give way to this one."""
    older = Quote.all_objects.filter(
        family=quote.family_id,
        revision__lt=quote.revision,
        status__in=(QuoteStatus.SENT, QuoteStatus.DECLINED, QuoteStatus.EXPIRED, QuoteStatus.ACCEPTED),
    )
    found = list(older)
    if found:
        service: Any = service_for(Quote)
        service.update(found, {"status": QuoteStatus.SUPERSEDED}, actor=None, at=at, via=VIA)


def _move_deal(quote: Quote, at: datetime, move: Any) -> None:
    """Bring the deal along; where a rule of its pipeline says no, the quote goes on and the owner is told."""
    deal = Deal.objects.filter(pk=quote.deal_id).first() if quote.deal_id else None
    if deal is None or not deal.is_open:
        return
    try:
        with transaction.atomic():
            move(quote, deal, at)
    except (RecordErrors, ValidationError) as refused:
        logger.info("Deal %s did not follow quote %s: %s", deal.pk, quote.pk, refused)
        problem = "; ".join(refused.messages) if isinstance(refused, ValidationError) else str(refused)
        emit(
            "quote.deal_stayed",
            record=quote,
            actor=None,
            at=at,
            data={"problem": problem},
            links=[deal.ref],
            via=VIA,
        )
        quotenotices.deal_stayed(quote, deal, problem, at=at)


def _on_sent(quote: Quote, deal: Deal, at: datetime) -> None:
    """Move a deal that stands before the stage for sent quotes."""
    known = catalogue()
    stage = known.stages.get(known.pipelines[deal.pipeline_id].sent_stage_id or 0)
    order = [one.pk for one in known.of(deal.pipeline_id)]
    if stage is None or stage.pk not in order or order.index(deal.stage_id) >= order.index(stage.pk):
        return
    changes: dict[str, Any] = {"stage": stage}
    if deal.amount is None and not deal.amount_from_lines:
        changes |= {"amount": quote.total, "currency": quote.currency}
    service_for(Deal).update([deal], changes, actor=None, at=at, via=VIA)


def _on_accepted(quote: Quote, deal: Deal, at: datetime) -> None:
    """Win the deal with what was accepted, or move it to the stage that its pipeline names."""
    known = catalogue()
    pipeline = known.pipelines[deal.pipeline_id]
    stage = known.stages.get(pipeline.accepted_stage_id or 0) or known.first(pipeline.pk, "won")
    lines = [line for line in quote.lines.order_by("position") if line.counts or not line.costs]
    off = {"discount": quote.discount, "discount_amount": quote.discount_amount}
    changes: dict[str, Any] = {LINES: as_rows(lines), DISCOUNTS: off, "currency": quote.currency}
    service: Any = service_for(Deal)
    service.update([deal], changes, actor=None, at=at, via=VIA)
    if stage is not None:
        closing = {} if stage.is_open else {"closed_at": at}
        service.update([deal], {"stage": stage, **closing}, actor=None, at=at, via=VIA)
