"""Meetings: planning them, once or coming back; changing or calling off one, the rest, or all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from crm.lib.dates import end_of_day
from crm.records.registry import service_for
from crm.timeline import linking, recurrence
from crm.timeline.models import Activity, Occasion, Participant, Series
from crm.timeline.models.meetings import new_uid
from crm.timeline.services.activities import zone_of
from crm.timeline.services.occasions import Span, link_more, occasion_of, reached
from crm.timeline.services.participants import Asked, ask, open_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.identity.models import User
    from crm.records.models import Record


@dataclass(frozen=True, slots=True)
class Times:
    """From when to when; of whole days the first and the last."""

    start: datetime
    end: datetime | None = None
    all_day: bool = False

    def values(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the fields of an activity."""
        if not self.all_day:
            return {"due_at": self.start, "ends_at": self.end, "all_day": False}
        first = self.start.astimezone(zone).date()
        last = self.end.astimezone(zone).date() if self.end else first
        ends_at = end_of_day(last, zone) if last > first else None
        return {"due_at": end_of_day(first, zone), "ends_at": ends_at, "all_day": True}


@dataclass(frozen=True, slots=True)
class Plan:
    """A meeting as somebody plans it."""

    subject: str
    times: Times
    kind: str = Activity.Kind.MEETING
    body: str = ""
    location: str = ""
    meeting_url: str = ""
    owner: User | None = None
    records: Sequence[Record] = ()
    asked: Asked = field(default_factory=Asked)
    rule: str = ""


@transaction.atomic
def plan_meeting(*, plan: Plan, actor: User | None, at: datetime, via: str = "page") -> list[Activity]:
    """Plan a meeting, or all times of one that comes back; return them, the first one first.

    Raises:
        ValidationError: when the rule can't be counted by.
    """
    owner = plan.owner or actor
    zone = zone_of(owner)
    values: dict[str, Any] = {
        "kind": plan.kind,
        "subject": plan.subject,
        "body": plan.body,
        "location": plan.location,
        "meeting_url": plan.meeting_url,
        "owner": owner,
    }
    values = {name: value for name, value in values.items() if value not in ("", None)}
    for record in reversed(plan.records):
        values[linking.field_for(record)] = record
    door: dict[str, Any] = {"actor": actor, "at": at, "via": via}
    if not plan.rule:
        row = values | plan.times.values(zone)
        made = [service_for(Activity).create([row], **door)[0].record]
        Occasion.objects.create(activity=made[0], time_zone=zone.key)
    else:
        made = begin_series(plan, values, zone, door)
    link_more(made, [record.ref for record in plan.records])
    ask(made, plan.asked, actor=actor, at=at)
    return made


# Series.


def begin_series(plan: Plan, values: dict[str, Any], zone: ZoneInfo, door: dict[str, Any]) -> list[Activity]:
    """Write the times of a new series down, as far ahead as they are kept."""
    try:
        rule = recurrence.checked(plan.rule)
    except ValueError:
        raise ValidationError({"rule": _("A meeting can't come back like this.")}) from None
    start = start_of(plan.times, zone)
    series = Series.objects.create(rule=rule, starts_at=start, time_zone=zone.key, uid=new_uid())
    made = write_times(series, values, plan.times, door)
    if not made:
        raise ValidationError({"rule": _("By this rule it would never take place.")})
    return made


def start_of(times: Times, zone: ZoneInfo) -> datetime:
    """Return from when a series counts: of whole days, their beginning."""
    if not times.all_day:
        return times.start
    day = times.start.astimezone(zone).date()
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def write_times(
    series: Series, values: dict[str, Any], times: Times, door: dict[str, Any], after: datetime | None = None
) -> list[Activity]:
    """Make the activities of a series that are not there yet."""
    zone, at = ZoneInfo(series.time_zone), door["at"]
    until = max(at, series.starts_at) + recurrence.AHEAD
    wanted = recurrence.moments(series.rule, series.starts_at, zone, until=until, after=after)
    wanted = [one for one in wanted if one not in set(series.excluded)]
    length = (times.end - times.start) if times.end else None
    rows = [
        values | Times(one, wall_end(one, length, zone, all_day=times.all_day), times.all_day).values(zone)
        for one in wanted
    ]
    made = [draft.record for draft in service_for(Activity).create(rows, **door)] if rows else []
    Occasion.objects.bulk_create(
        Occasion(activity=one, uid=series.uid, time_zone=series.time_zone, series=series, original_at=moment)
        for one, moment in zip(made, wanted, strict=True)
    )
    is_over = recurrence.ends(series.rule, series.starts_at, zone, until)
    series.made_until = None if is_over else until
    series.save(update_fields=["made_until"])
    return made


def wall_end(start: datetime, length: timedelta | None, zone: ZoneInfo, *, all_day: bool) -> datetime | None:
    """Return when a meeting ends: so much later; of whole days by the wall."""
    if length is None:
        return None
    if not all_day:
        return start + length
    return (start.astimezone(zone).replace(tzinfo=None) + length).replace(tzinfo=zone)


def extend_series(now: datetime) -> int:
    """Write further times of endless series down, as the present moves on; return how many."""
    count = 0
    rows = Series.objects.filter(made_until__lt=now + recurrence.AHEAD - timedelta(days=35), is_ended=False)
    for pk in rows.values_list("pk", flat=True):
        with transaction.atomic():
            series = Series.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if series is not None:
                count += extend(series, now)
    return count


def extend(series: Series, now: datetime) -> int:
    """Carry one series on as its last time stands."""
    rows = Activity.objects.filter(occasion__series=series, occasion__is_changed=False)
    last = rows.select_related("occasion", "owner").order_by("-occasion__original_at").first()
    if last is None or last.due_at is None:
        series.made_until = None
        series.save(update_fields=["made_until"])
        return 0
    values: dict[str, Any] = {
        name: getattr(last, name)
        for name in ("kind", "subject", "body", "location", "meeting_url", "owner", "priority")
    }
    if last.about is not None:
        record = linking.records_of([last.about]).get(last.about)
        if record is not None:
            values[linking.field_for(record)] = record
    times = times_of(last)
    made = write_times(series, values, times, {"actor": None, "at": now, "via": "system"}, series.made_until)
    copy_participants(last, made)
    return len(made)


def times_of(activity: Activity) -> Times:
    assert activity.due_at is not None
    return Times(activity.due_at, activity.ends_at, activity.all_day)


def copy_participants(last: Activity, made: Sequence[Activity]) -> None:
    """Ask the same people to further times of a series."""
    names = ("user_id", "type_id", "record_id", "name", "email", "remind_minutes")
    rows = [
        Participant(activity=one, **{name: getattr(row, name) for name in names})
        for row in last.participants.all()
        for one in made
    ]
    Participant.objects.bulk_create(rows, ignore_conflicts=True)
    open_to(made, {row.user_id for row in rows if row.user_id})


# Changing one, the rest, or all.


@transaction.atomic
def change_meeting(
    *,
    activity: Activity,
    changes: dict[str, Any],
    times: Times | None = None,
    span: Span = "one",
    actor: User | None,
    at: datetime,
    via: str = "page",
) -> list[Activity]:
    """Change a meeting: this one, this and those after it, or the whole series.

    Moved, the others move by as much on the clock; those that were changed by hand stay as they are.

    Raises:
        ValidationError: when the days of the series can't move by themselves.
    """
    occasion = occasion_of(activity)
    rows = reached(activity, span)
    if span == "following" and occasion.series is not None:
        split(occasion)
    moved = [dict(changes) for _one in rows]
    if times is not None:
        shift_times(activity, rows, moved, times, occasion, span)
    if span != "one":
        by_hand = set(
            Occasion.objects.filter(activity__in=rows[1:], is_changed=True).values_list("pk", flat=True)
        )
        kept = [(one, change) for one, change in zip(rows, moved, strict=True) if one.pk not in by_hand]
        rows, moved = [one for one, _change in kept], [change for _one, change in kept]
    drafts = service_for(Activity).update(rows, moved, actor=actor, at=at, via=via)
    if span != "one":
        Series.objects.filter(occasions=activity.pk).update(sequence=F("sequence") + 1)
    if span == "one" and occasion.series_id is not None:
        Occasion.objects.filter(pk=occasion.pk).update(is_changed=True)
    return [draft.record for draft in drafts]


def shift_times(
    activity: Activity,
    rows: Sequence[Activity],
    changes: list[dict[str, Any]],
    times: Times,
    occasion: Occasion,
    span: Span,
) -> None:
    """Say for each meeting when it is now; the series itself moves along."""
    zone = ZoneInfo(occasion.time_zone or zone_of(activity.owner).key)
    assert activity.due_at is not None
    delta = wall(start_of(times, zone), zone) - wall(start_of(times_of(activity), zone), zone)
    length = (times.end - times.start) if times.end else None
    changes[0] |= times.values(zone)
    for one, change in zip(rows[1:], changes[1:], strict=True):
        start = (wall(start_of(times_of(one), zone), zone) + delta).replace(tzinfo=zone)
        end = wall_end(start, length, zone, all_day=times.all_day)
        change |= Times(start, end, times.all_day).values(zone)
    if span != "one" and occasion.series_id is not None:
        shift_series(Occasion.objects.select_related("series").get(pk=occasion.pk), delta, zone)


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock on the wall shows."""
    return moment.astimezone(zone).replace(tzinfo=None)


def shift_series(occasion: Occasion, delta: timedelta, zone: ZoneInfo) -> None:
    """Move a series, its rule and the places of its times by as much on the clock."""
    series = occasion.series
    if series is None or not delta:
        return
    first = wall(series.starts_at, zone)
    days = ((first + delta).date() - first.date()).days
    try:
        series.rule = recurrence.shifted(series.rule, days)
    except ValueError:
        raise ValidationError(
            _("The days of this series can't move together. Move this meeting alone, or make a new series.")
        ) from None
    series.starts_at = (first + delta).replace(tzinfo=zone)
    series.excluded = [
        (wall(one, zone) + delta).replace(tzinfo=zone).astimezone(UTC) for one in series.excluded
    ]
    series.save(update_fields=["rule", "starts_at", "excluded"])
    rows = list(
        Occasion.objects.filter(series=series).order_by(
            "original_at" if delta < timedelta() else "-original_at"
        )
    )
    for row in rows:
        assert row.original_at is not None
        moment = (wall(row.original_at, zone) + delta).replace(tzinfo=zone).astimezone(UTC)
        Occasion.objects.filter(pk=row.pk).update(original_at=moment)


def split(occasion: Occasion) -> Series | None:
    """Cut a series before one of its times: what follows is a series of its own from then on."""
    series, moment = occasion.series, occasion.original_at
    if series is None or moment is None or moment <= series.starts_at:
        return series
    zone = ZoneInfo(series.time_zone)
    following = Series.objects.create(
        rule=recurrence.rest(series.rule, series.starts_at, zone, moment),
        starts_at=moment,
        time_zone=series.time_zone,
        uid=new_uid(),
        excluded=[one for one in series.excluded if one >= moment],
        made_until=series.made_until,
    )
    series.rule = recurrence.cut(series.rule, moment)
    series.excluded = [one for one in series.excluded if one < moment]
    series.made_until = None
    series.sequence += 1
    series.save()
    Occasion.objects.filter(series=series, original_at__gte=moment).update(
        series=following, uid=following.uid
    )
    occasion.refresh_from_db()
    return following


@transaction.atomic
def call_off(
    *,
    activity: Activity,
    span: Span = "one",
    actor: User | None,
    at: datetime,
    via: str = "page",
    delete: bool = False,
) -> list[Activity]:
    """Call a meeting off, or it and those after it, or the whole series; or put them into the bin."""
    occasion = occasion_of(activity)
    rows = reached(activity, span)
    series = occasion.series
    if series is not None and span == "all":
        Series.objects.filter(pk=series.pk).update(is_ended=True, made_until=None)
    if series is not None and span == "following" and occasion.original_at is not None:
        rule = recurrence.cut(series.rule, occasion.original_at)
        Series.objects.filter(pk=series.pk).update(rule=rule, made_until=None)
    service = service_for(Activity)
    if delete:
        drafts = service.delete(rows, actor=actor, at=at, via=via)
    else:
        drafts = service.update(rows, {"cancelled_at": at}, actor=actor, at=at, via=via)
    return [draft.record for draft in drafts]
