"""What a meeting is to other calendars, and which meetings a change of a series reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django.db.models import F

from crm.timeline.models import OPEN, Activity, ActivityLink, Occasion
from crm.timeline.services.activities import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.records.registry import Ref

#: How far a change reaches: this meeting, this and those after it, or the whole series.
Span = Literal["one", "following", "all"]
SPANS: tuple[Span, ...] = ("one", "following", "all")


def occasion_of(activity: Activity) -> Occasion:
    """Return what a meeting is to other calendars, made when it is first asked for."""
    found, _made = Occasion.objects.get_or_create(
        activity=activity, defaults={"time_zone": zone_of(activity.owner).key}
    )
    return found


def reached(activity: Activity, span: Span) -> list[Activity]:
    """Return the open meetings that a change reaches, the named one first."""
    occasion = occasion_of(activity)
    if span == "one" or occasion.series is None or occasion.original_at is None:
        return [activity]
    rows = Activity.objects.filter(OPEN, occasion__series=occasion.series).exclude(pk=activity.pk)
    if span == "following":
        rows = rows.filter(occasion__original_at__gt=occasion.original_at)
    return [activity, *rows.select_related("owner").order_by("occasion__original_at")]


def link_more(activities: Sequence[Activity], refs: Sequence[Ref]) -> None:
    """Put meetings on the pages of further records, such as the people who are asked."""
    rows = [
        ActivityLink(
            activity=one,
            type_id=ref.type_id,
            record_id=ref.id,
            is_named=True,
            is_open=one.is_open,
            due_at=one.due_at,
        )
        for one in activities
        for ref in refs
    ]
    ActivityLink.objects.bulk_create(rows, ignore_conflicts=True)


def touch(activity: Activity) -> int:
    """Make a new edition of a meeting for other calendars; return its number."""
    occasion = occasion_of(activity)
    Occasion.objects.filter(pk=occasion.pk).update(sequence=F("sequence") + 1)
    return occasion.sequence + 1
