"""Reading the stays of deals in stages: who left one in a period, and whose stages nobody recorded.

A file of closed deals tells when they began and ended, not by which stages they went. Such
deals have no stay in an open stage; only their whole time open is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from sales.models import StageChange, StageKind

if TYPE_CHECKING:
    from datetime import datetime

    Moments = tuple[datetime | None, datetime | None]


def during(name: str, moments: Moments) -> Q:
    """Return the half-open condition that the instant ``name`` lies between two moments."""
    first, end = moments
    condition = Q(**{f"{name}__isnull": False})
    if first is not None:
        condition &= Q(**{f"{name}__gte": first})
    if end is not None:
        condition &= Q(**{f"{name}__lt": end})
    return condition


def left_stage(stage_id: int, moments: Moments) -> Q:
    """Return the condition of deals that left a stage between two moments."""
    stays = StageChange.objects.filter(during("left_at", moments), to_stage=stage_id)
    return Q(pk__in=stays.values("deal"))


def without_stays() -> Q:
    """Return the condition of deals of which no stay in an open stage is known."""
    known = StageChange.objects.filter(deal=OuterRef("pk"), to_stage__kind=StageKind.OPEN)
    return Q(~Exists(known))


def closed_without_stays(moments: Moments) -> Q:
    """Return the condition of deals closed between two moments, begun on a known day, stages unknown."""
    return during("closed_at", moments) & Q(opened_on__isnull=False) & without_stays()
