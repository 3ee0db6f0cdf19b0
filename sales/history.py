"""The stays of deals in stages: written with every move, from whichever door.

A set of deals costs three statements: the present stays are read, closed, and new ones made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.records.copying import insert
from sales.models import StageChange

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.records.drafts import Draft, WriteContext
    from sales.models import Deal

BATCH = 1000


def write_stays(drafts: Sequence[Draft[Deal]], ctx: WriteContext) -> None:
    """Close the stay that ended and open the one that began, for every deal of the set that moved."""
    moved = [draft for draft in drafts if draft.is_new or "stage_id" in draft.before]
    left = present_stays([draft for draft in drafts if not draft.is_new and is_dated_anew(draft)])
    changed: list[StageChange] = []
    for draft in drafts:
        stay = left.get(draft.record.pk)
        if stay is None:
            continue
        before = {"left_at": stay.left_at, "seconds": stay.seconds, "entered_at": stay.entered_at}
        if "stage_id" in draft.before:
            close(stay, draft.record.stage_entered_at)
        else:
            stay.entered_at = draft.record.stage_entered_at
        changed.append(stay)
        ctx.journal.changed(stay, before)
    StageChange.objects.bulk_update(changed, ["left_at", "seconds", "entered_at"], batch_size=BATCH)
    begun = [begin(draft, ctx) for draft in moved]
    insert(StageChange, begun)
    for stay in begun:
        ctx.journal.created(stay)


def is_dated_anew(draft: Draft[Deal]) -> bool:
    """Tell whether the present stay ends, or its beginning was corrected."""
    return "stage_id" in draft.before or "stage_entered_at" in draft.before


def present_stays(drafts: Sequence[Draft[Deal]]) -> dict[int, StageChange]:
    """Return the stays that have not ended, by deal."""
    if not drafts:
        return {}
    rows = StageChange.objects.filter(deal__in=[draft.record.pk for draft in drafts], left_at=None)
    return {stay.deal_id: stay for stay in rows}


def close(stay: StageChange, at: datetime) -> None:
    """End a stay; one that would end before it began has lasted no time."""
    stay.left_at = max(at, stay.entered_at)
    stay.seconds = int((stay.left_at - stay.entered_at).total_seconds())


def begin(draft: Draft[Deal], ctx: WriteContext) -> StageChange:
    """Return the stay that begins with this draft."""
    deal = draft.record
    return StageChange(
        deal=deal,
        from_stage_id=None if draft.is_new else draft.before["stage_id"],
        to_stage_id=deal.stage_id,
        entered_at=deal.stage_entered_at,
        actor=ctx.actor,
        via=ctx.via,
    )
