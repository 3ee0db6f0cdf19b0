"""Figures of the pipeline: won, open, weighted, win rate, deal size, cycle, stages, losses.

Definitions follow the field's usual ones (docs/users/figures says them in words): win rate
is won ÷ (won + lost) among deals closed in the period, open ones left out; the cycle runs
from the day a deal was opened to the day it was won.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import (
    Avg,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Q,
    Sum,
)
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.utils.translation import gettext as _

from crm.ui.periods import month_start
from reports.lens import within
from reports.metrics.figures import Bar, Figure, Median, ratio, with_shares
from sales.models import Stage, StageChange, StageKind
from sales.stays import closed_without_stays

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from reports.lens import Lens
    from sales.models import Deal

DAY = 86_400
#: An open deal is neglected when nothing is planned and nobody touched it for so long.
NEGLECTED_DAYS = 14
MONTHS_AHEAD = 3
PREVIOUS = {
    "today": "yesterday",
    "this_week": "last_week",
    "this_month": "last_month",
    "this_quarter": "last_quarter",
    "this_year": "last_year",
}


def won_value(lens: Lens) -> Figure:
    """Return the value of deals won in the period, beside the period before."""
    sums = _sum_of(lens.closed().filter(status=StageKind.WON))
    before = None
    if earlier := PREVIOUS.get(lens.period_name):
        before = _sum_of(lens.closed(lens.named_period(earlier)).filter(status=StageKind.WON))["value"]
    rows = lens.rows(status="won", closed=lens.period_name)
    return Figure(sums["value"] if sums["count"] else None, sums["count"], rows, before=before)


def win_rate(lens: Lens) -> Figure:
    """Return won ÷ (won + lost) of the deals closed in the period."""
    counts = lens.closed().aggregate(won=Count("pk", filter=Q(status=StageKind.WON)), closed=Count("pk"))
    rows = lens.rows(status=["won", "lost"], closed=lens.period_name)
    return ratio(counts["won"], counts["closed"], rows=rows)


def average_won(lens: Lens) -> Figure:
    """Return the mean value of a deal won in the period."""
    return _of_won(lens, Avg(Cast("base_minor", FloatField())))


def median_won(lens: Lens) -> Figure:
    """Return the middle value of the deals won in the period."""
    return _of_won(lens, Median(Cast("base_minor", FloatField())))


def cycle_days(lens: Lens) -> Figure:
    """Return the median number of days from opening to winning."""
    won = lens.closed().filter(status=StageKind.WON, opened_on__isnull=False)
    length = ExpressionWrapper(TruncDate("closed_at") - F("opened_on"), output_field=DurationField())
    found = won.annotate(length=length).aggregate(
        middle=Median("length", output_field=DurationField()), count=Count("pk")
    )
    rows = lens.rows(status="won", closed=lens.period_name)
    days = None if found["middle"] is None else found["middle"].total_seconds() / DAY
    return Figure(days, found["count"], rows)


def open_by_stage(lens: Lens) -> list[Bar]:
    """Return the open pipeline: value and number of deals per stage, in the order of stages."""
    found = {
        row["stage"]: row
        for row in lens.deals()
        .filter(status=StageKind.OPEN)
        .values("stage")
        .annotate(value=Coalesce(Sum("base_minor"), 0), count=Count("pk"))
    }
    stages = (
        Stage.objects.filter(pk__in=found)
        .select_related("pipeline")
        .order_by("pipeline__position", "position")
    )
    several = len({stage.pipeline_id for stage in stages}) > 1
    return with_shares(
        [
            Bar(
                label=f"{stage.pipeline.name}: {stage.name}" if several else stage.name,
                value=found[stage.pk]["value"],
                count=found[stage.pk]["count"],
                rows=lens.rows(status="open", stage=stage.pk),
                facts={"probability": stage.probability},
            )
            for stage in stages
        ]
    )


def weighted_by_month(lens: Lens) -> list[Bar]:
    """Return amount × probability of open deals expected this month and in the two after it."""
    today = lens.at.date()
    bars = []
    for ahead in range(MONTHS_AHEAD):
        first = month_start(today, ahead)
        last = month_start(today, ahead + 1) - timedelta(days=1)
        found = (
            lens.deals()
            .filter(status=StageKind.OPEN, expected_on__range=(first, last))
            .aggregate(weighted=Sum(F("base_minor") * F("probability")), count=Count("pk"))
        )
        rows = lens.rows(status="open", expected=f"{first}..{last}")
        weighted = round((found["weighted"] or 0) / 100)
        bars.append(
            Bar(
                label=f"{first:%Y-%m}",
                value=weighted,
                count=found["count"],
                rows=rows,
                facts={"month": first},
            )
        )
    return with_shares(bars)


def undated(lens: Lens) -> Figure:
    """Return how many open deals have no expected day, and so stand in no month."""
    found = _sum_of(lens.deals().filter(status=StageKind.OPEN, expected_on=None))
    return Figure(found["count"] or None, found["count"], lens.rows(status="open", expected="none"))


def stage_times(lens: Lens) -> list[Bar]:
    """Return the median days spent in each open stage, of stays that ended in the period.

    The slowest stage is marked. Deals from a file come without their stages: a last bar tells
    their whole time open, of those closed in the period.
    """
    stays = StageChange.objects.filter(
        within("left_at", lens.period), deal__in=lens.deals(), to_stage__kind=StageKind.OPEN
    )
    found = {
        row["to_stage"]: row
        for row in stays.values("to_stage").annotate(
            middle=Median("seconds"), count=Count("deal", distinct=True)
        )
    }
    slowest = max(found, key=lambda pk: found[pk]["middle"], default=None)
    stages = Stage.objects.filter(pk__in=found).order_by("pipeline__position", "position")
    bars = [
        Bar(
            label=stage.name,
            value=found[stage.pk]["middle"] / DAY,
            count=found[stage.pk]["count"],
            rows=lens.rows(left=f"{stage.pk}.{lens.period_name}"),
            is_marked=stage.pk == slowest and len(found) > 1,
        )
        for stage in stages
    ]
    return with_shares([*bars, *_open_without_stages(lens)])


def _open_without_stages(lens: Lens) -> list[Bar]:
    """Return the median days from opening to closing of deals whose stages nobody recorded."""
    unknown = lens.deals().filter(closed_without_stays(lens.period.moments()))
    length = ExpressionWrapper(TruncDate("closed_at") - F("opened_on"), output_field=DurationField())
    found = unknown.annotate(length=length).aggregate(
        middle=Median("length", output_field=DurationField()), count=Count("pk")
    )
    if not found["count"]:
        return []
    days = found["middle"].total_seconds() / DAY
    rows = lens.rows(left=f"unknown.{lens.period_name}")
    label = _("From start to close, stages not recorded")
    return [Bar(label=label, value=days, count=found["count"], rows=rows, facts={"is_whole": True})]


def lost_reasons(lens: Lens) -> list[Bar]:
    """Return the deals lost in the period by reason, the most frequent first.

    Reasons that are none ("Not recorded") stand last, whatever their number.
    """
    lost = lens.closed().filter(status=StageKind.LOST)
    found = lost.values("lost_reason", "lost_reason__name", "lost_reason__counted").annotate(
        value=Coalesce(Sum("base_minor"), 0), count=Count("pk")
    )
    bars = [
        Bar(
            label=row["lost_reason__name"] or _("No reason"),
            value=row["count"],
            count=row["count"],
            rows=lens.rows(status="lost", closed=lens.period_name, lost_reason=row["lost_reason"] or "none"),
            facts={"value": row["value"], "is_counted": bool(row["lost_reason__counted"])},
        )
        for row in found
    ]
    bars.sort(key=lambda bar: (not bar.facts["is_counted"], -bar.count, bar.label))
    return with_shares(bars)


def neglected(lens: Lens) -> Figure:
    """Return the open deals that nobody touched for two weeks and for which nothing is planned."""
    quiet = lens.at - timedelta(days=NEGLECTED_DAYS)
    found = _sum_of(lens.deals().filter(status=StageKind.OPEN, next_due_at=None, last_touch_at__lt=quiet))
    rows = lens.rows(status="open", planned="none", quiet=NEGLECTED_DAYS)
    return Figure(found["count"] or None, found["count"], rows)


def won_by_owner(lens: Lens, limit: int = 10) -> list[Bar]:
    """Return the value won in the period by person, the best first."""
    found = (
        lens.closed()
        .filter(status=StageKind.WON)
        .values("owner", "owner__full_name", "owner__username")
        .annotate(value=Coalesce(Sum("base_minor"), 0), count=Count("pk"))
        .order_by("-value")[:limit]
    )
    return with_shares(
        [
            Bar(
                label=row["owner__full_name"] or row["owner__username"] or _("Nobody"),
                value=row["value"],
                count=row["count"],
                rows=_of_owner(lens, row["owner"]),
            )
            for row in found
        ]
    )


def _of_owner(lens: Lens, owner: int | None) -> str:
    asked: dict[str, Any] = {"status": "won", "closed": lens.period_name}
    return lens.rows(**asked) if lens.whose == "mine" else lens.rows(**asked, owner=owner or "none")


def _of_won(lens: Lens, measure: Any) -> Figure:
    won = lens.closed().filter(status=StageKind.WON)
    found = won.aggregate(value=measure, count=Count("base_minor"))
    return Figure(found["value"], found["count"], lens.rows(status="won", closed=lens.period_name))


def _sum_of(deals: QuerySet[Deal]) -> dict[str, int]:
    return deals.aggregate(value=Coalesce(Sum("base_minor"), 0), count=Count("pk"))
