"""The lines of a deal: what they come to is its amount, and then nobody types the amount in."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from sales.models import Deal, DealLine
from sales.pricebook import Pricing
from sales.services.lines import DISCOUNTS, LINES, Built, build

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.drafts import Draft, WriteContext


def plan(drafts: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
    """Reckon deals that are given lines, and refuse to type over an amount that follows from lines."""
    for draft in drafts:
        deal = draft.record
        if LINES in draft.changes:
            _reckon(draft, ctx)
        elif not draft.is_new and deal.amount_from_lines and draft.has_changed("amount"):
            draft.error("amount", _("The amount follows from the lines of the deal: change those."))


def _reckon(draft: Draft[Deal], ctx: WriteContext) -> None:
    deal, rows = draft.record, draft.changes[LINES]
    kept = [] if draft.is_new else list(DealLine.objects.filter(deal=deal).order_by("position"))
    day = timezone.localtime(ctx.at).date()
    pricing = Pricing(currency=deal.currency, day=day, company_id=deal.company_id)
    try:
        built = build(
            DealLine,
            rows,
            pricing=pricing,
            kept=kept,
            user=ctx.actor if ctx.by_hand else None,
            **draft.changes.get(DISCOUNTS, {}),
        )
    except ValidationError as refused:
        draft.error("__all__", refused.messages[0], code="line")
        return
    if any(line.costs for line in built.lines):
        total = built.sums.amount(built.sums.total)
        deal.amount = total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        deal.amount_from_lines = True
    elif deal.amount_from_lines:
        deal.amount_from_lines = False
    deal.built = built  # type: ignore[attr-defined]
    if not draft.is_new:
        draft.notes[LINES] = (len(kept), len(built.lines))


def write(drafts: Sequence[Draft[Deal]]) -> None:
    """Write the lines of deals that were given some."""
    for draft in drafts:
        built: Built | None = getattr(draft.record, "built", None)
        if built is None:
            continue
        if not draft.is_new:
            DealLine.objects.filter(deal=draft.record).delete()
        for line in built.lines:
            line.deal = draft.record
        DealLine.objects.bulk_create(built.lines)
