"""What home shows: the figures of the pipeline through one lens, kept for a minute.

What the viewer does shows at once, since their own latest event is part of the key; what
others do shows within the minute.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.utils.translation import get_language

from crm.identity.access import access_for
from crm.identity.scopes import Scope
from crm.records.models import Event
from reports.lens import WHOSE, Lens
from reports.metrics import activity, sales
from reports.metrics.figures import with_shares
from sales.models import Deal

if TYPE_CHECKING:
    from crm.identity.models import User

KEEP_SECONDS = 60


def whose_of(user: User) -> list[str]:
    """Return whose deals a person may look at, the widest last."""
    scope = access_for(user).scope(Deal)
    is_shown_others = bool(access_for(user).shared(Deal, "view"))
    if scope is Scope.NONE:
        return ["all"] if is_shown_others else []
    if scope is Scope.OWN:
        return ["mine", "all"] if is_shown_others else ["mine"]
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
    """Read everything; without money for whom the amount of deals is hidden."""
    found = every_figure(lens)
    hidden = access_for(lens.user).field_level(Deal, "amount") == "hidden"
    return without_money(found) if hidden else found


def without_money(found: dict[str, Any]) -> dict[str, Any]:
    """Leave numbers of deals where there were sums of money, and order and draw by them."""
    cleaned = dict(found)
    for name in ("won", "average", "median"):
        cleaned[name] = replace(found[name], value=None, before=None)
    for name in ("stages", "weighted", "people"):
        cleaned[name] = with_shares([replace(bar, value=0) for bar in found[name]])
    cleaned["people"].sort(key=lambda bar: -bar.count)
    cleaned["lost_reasons"] = [
        replace(bar, facts={**bar.facts, "value": None}) for bar in found["lost_reasons"]
    ]
    return {**cleaned, "hides_money": True}


def every_figure(lens: Lens) -> dict[str, Any]:
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
