"""What home shows: the figures of the pipeline through one lens, kept for a minute.

What the viewer does shows at once, since their own latest event is part of the key; what
others do shows within the minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.utils.translation import get_language

from crm.identity.access import access_for
from crm.identity.scopes import Scope
from crm.records.models import Event
from reports.lens import WHOSE, Lens
from reports.metrics import activity, sales
from sales.models import Deal

if TYPE_CHECKING:
    from crm.identity.models import User

KEEP_SECONDS = 60


def whose_of(user: User) -> list[str]:
    """Return whose deals a person may look at, the widest last."""
    scope = access_for(user).scope(Deal)
    if scope is Scope.NONE:
        return []
    if scope is Scope.OWN:
        return ["mine"]
    return ["mine", "all"] if scope is Scope.TEAM else list(WHOSE)


def figures(lens: Lens) -> dict[str, Any]:
    """Return every figure of home by name."""
    key = cache_key(lens)
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = read_figures(lens)
        cache.set(key, found, KEEP_SECONDS)
    return found


def cache_key(lens: Lens) -> str:
    latest = Event.objects.filter(actor=lens.user).order_by("-at").values_list("pk", flat=True).first()
    parts = (
        access_for(lens.user).stamp,
        lens.whose,
        lens.period_name,
        f"{lens.at:%Y%m%d}",
        get_language(),
        latest,
    )
    return "home:" + ":".join(str(part) for part in parts)


def read_figures(lens: Lens) -> dict[str, Any]:
    return {
        "won": sales.won_value(lens),
        "win_rate": sales.win_rate(lens),
        "average": sales.average_won(lens),
        "median": sales.median_won(lens),
        "cycle": sales.cycle_days(lens),
        "stages": sales.open_by_stage(lens),
        "weighted": sales.weighted_by_month(lens),
        "undated": sales.undated(lens),
        "stage_times": sales.stage_times(lens),
        "lost_reasons": sales.lost_reasons(lens),
        "neglected": sales.neglected(lens),
        "people": sales.won_by_owner(lens),
        "activity": activity.calls_and_meetings(lens),
    }
