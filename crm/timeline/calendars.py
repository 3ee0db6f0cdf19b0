"""What a calendar shows of some people between two moments, as far as one viewer may see it.

Times are told by the viewer's clock, without a zone: the page draws what stands there, wherever
the browser is. What somebody may not see is a busy block without a word.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.identity.access import access_for
from crm.identity.models import Membership, User
from crm.lib.hours import midnight_of
from crm.timeline import worktime
from crm.timeline.models import Absence, Activity, Answer, CalendarException, Participant, WorkCalendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from django.db.models import QuerySet

    from crm.identity.access import Access

#: Nothing that lasts longer is looked for before the beginning of what is shown.
LONGEST = timedelta(days=31)
MOST = 3000
MOST_PEOPLE = 40
ONE_DAY = timedelta(days=1)
SHORT = timedelta(minutes=30)
KINDS = (Activity.Kind.MEETING, Activity.Kind.CALL, Activity.Kind.TASK)
#: The smallest height at which a line can be read.
DRAWN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Showing:
    """Who looks, from when to when, at whom, at which kinds."""

    user: Any
    start: datetime
    end: datetime
    people: Sequence[User]
    kinds: Sequence[str] = KINDS

    @property
    def zone(self) -> Any:
        return timezone.get_current_timezone()


def people_of(user: Any, whose: str) -> list[User]:
    """Return whom a calendar shows: "me", "team" and a number, or numbers of colleagues."""
    name, _colon, number = whose.partition(":")
    if name == "team" and number.isdecimal():
        members = Membership.objects.filter(team=int(number[:9]), team__is_active=True).values("user_id")
        return list(User.objects.filter(pk__in=members, is_active=True).order_by("full_name")[:MOST_PEOPLE])
    if name == "people":
        ids = [int(one[:9]) for one in number.split(",") if one.isdecimal()][:MOST_PEOPLE]
        return list(User.objects.filter(pk__in=ids, is_active=True).order_by("full_name"))
    return [user]


def activities_of(showing: Showing) -> QuerySet[Activity]:
    """Return the activities of these people within the time, whoever may see them."""
    ids = [one.pk for one in showing.people]
    asked = Participant.objects.filter(
        user__in=ids,
        activity__due_at__gte=showing.start - LONGEST,
        activity__due_at__lt=showing.end,
    ).exclude(answer=Answer.DECLINED)
    rows = Activity.objects.filter(
        Q(owner__in=ids) | Q(pk__in=list(asked.values_list("activity_id", flat=True))),
        due_at__gte=showing.start - LONGEST,
        due_at__lt=showing.end,
        cancelled_at=None,
        kind__in=list(showing.kinds),
    )
    found: QuerySet[Activity] = rows.filter(Q(ends_at__gt=showing.start) | Q(due_at__gte=showing.start))
    return found.select_related("owner", "occasion").order_by("due_at", "pk")


def entries(showing: Showing) -> list[dict[str, Any]]:
    """Return everything that the calendar draws."""
    access = access_for(showing.user)
    rows = list(activities_of(showing)[:MOST])
    who = participants_of(rows, showing)
    found = [entry for one in rows if (entry := entry_of(one, showing, access, who[one.pk])) is not None]
    return [*found, *absences(showing), *free_time(showing)]


def participants_of(rows: Sequence[Activity], showing: Showing) -> dict[int, list[Participant]]:
    found: dict[int, list[Participant]] = defaultdict(list)
    people = [one.pk for one in showing.people]
    for row in Participant.objects.filter(activity__in=[one.pk for one in rows], user__in=people):
        found[row.activity_id].append(row)
    return found


def entry_of(
    activity: Activity, showing: Showing, access: Access, asked: Sequence[Participant]
) -> dict[str, Any] | None:
    """Return one activity as it is drawn; None where it is nothing to this viewer."""
    assert activity.due_at is not None
    times = times_of(activity, showing.zone)
    if not access.can(Activity, "view", activity):
        if activity.kind == Activity.Kind.TASK or activity.done_at is not None:
            return None
        name = str(activity.owner) if activity.owner and len(showing.people) > 1 else ""
        title = ": ".join(part for part in (name, _("Busy")) if part)
        return {
            **times,
            "id": f"b{activity.pk}",
            "title": title,
            "className": "cal-busy",
            "editable": False,
        }
    may_change = access.can(Activity, "change", activity) and not activity.is_done
    mine = next((one for one in asked if one.user_id == showing.user.pk), None)
    classes = [f"cal-{activity.kind}"]
    classes += ["cal-done"] if activity.is_done else []
    classes += ["cal-asked"] if mine is not None and mine.answer == Answer.WAITING else []
    title = str(activity)
    if len(showing.people) > 1 and activity.owner:
        title = f"{activity.owner}: {title}"
    occasion = getattr(activity, "occasion", None)
    return {
        **times,
        "id": str(activity.pk),
        "title": title,
        "className": " ".join(classes),
        "editable": may_change,
        "durationEditable": may_change and activity.kind != Activity.Kind.TASK,
        "url": reverse("timeline:calendar_event", args=[activity.pk]),
        "extendedProps": {
            "move": reverse("timeline:calendar_move", args=[activity.pk]),
            "series": bool(occasion and occasion.series_id),
            "place": activity.location,
        },
    }


def times_of(activity: Activity, zone: ZoneInfo) -> dict[str, Any]:
    """Return from when to when by the viewer's clock; of whole days the dates, the same in every zone."""
    assert activity.due_at is not None
    if activity.all_day:
        first = activity.due_on()
        assert first is not None
        last = first
        if activity.ends_at is not None:
            last = first + (activity.ends_at - activity.due_at + timedelta(hours=2)) // ONE_DAY * ONE_DAY
        return {"start": first.isoformat(), "end": (last + ONE_DAY).isoformat(), "allDay": True}
    length = (activity.ends_at - activity.due_at) if activity.ends_at else SHORT
    start = activity.due_at.astimezone(zone).replace(tzinfo=None)
    # In the hour that an autumn clock shows twice the end may stand before the beginning.
    end = activity.due_at + length
    until = max(end.astimezone(zone).replace(tzinfo=None), start + min(length, DRAWN))
    return {"start": start.isoformat(), "end": until.isoformat(), "allDay": False}


def absences(showing: Showing) -> list[dict[str, Any]]:
    """Return who of these people is away."""
    first = showing.start.astimezone(showing.zone).date()
    last = showing.end.astimezone(showing.zone).date()
    rows = Absence.objects.filter(user__in=list(showing.people), first_on__lte=last, last_on__gte=first)
    return [
        {
            "id": f"a{one.pk}",
            "title": f"{one.user}: {one.get_kind_display()}",
            "start": one.first_on.isoformat(),
            "end": (one.last_on + ONE_DAY).isoformat(),
            "allDay": True,
            "editable": False,
            "className": "cal-absence",
        }
        for one in rows.select_related("user").order_by("first_on")
    ]


# Hours when nobody works.


def free_time(showing: Showing) -> list[dict[str, Any]]:
    """Return the time outside working hours, and holidays with their names, to be shaded."""
    hours = worktime.default_hours()
    zone = showing.zone
    day, last = showing.start.astimezone(zone).date(), showing.end.astimezone(zone).date()
    names = holiday_names(day, last)
    found: list[dict[str, Any]] = []
    while day < last:
        if not hours.is_working_day(day):
            found.append(
                shade(day.isoformat(), (day + ONE_DAY).isoformat(), names.get(day, ""), all_day=True)
            )
        start, end = midnight_of(day, zone), midnight_of(day + ONE_DAY, zone)
        for first, until in gaps(start, end, [(one.start, one.end) for one in hours.segments(start, end)]):
            found.append(shade(local(first, zone), local_end(until, zone, day)))
        day += ONE_DAY
    return found


def holiday_names(first: date, last: date) -> dict[date, str]:
    usual = WorkCalendar.objects.filter(is_default=True).values("pk")
    rows = CalendarException.objects.filter(
        calendar__in=usual, day__gte=first, day__lt=last, kind=CalendarException.Kind.CLOSED
    )
    return dict(rows.values_list("day", "name"))


def gaps(
    start: datetime, end: datetime, taken: Iterable[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    """Return what remains between two moments."""
    found, moment = [], start
    for first, until in taken:
        if moment < first:
            found.append((moment, first))
        moment = max(moment, until)
    if moment < end:
        found.append((moment, end))
    return found


def local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat()


def local_end(moment: datetime, zone: ZoneInfo, day: date) -> str:
    wall = moment.astimezone(zone).replace(tzinfo=None)
    return wall.isoformat() if wall.date() == day else (day + ONE_DAY).isoformat() + "T00:00:00"


def shade(start: str, end: str, title: str = "", *, all_day: bool = False) -> dict[str, Any]:
    classes = "cal-holiday" if title else "cal-off-hours"
    return {
        "start": start,
        "end": end,
        "title": title,
        "allDay": all_day,
        "display": "background",
        "className": classes,
        "editable": False,
    }


# By person and day.


@dataclass(slots=True)
class TeamDay:
    """One colleague's day in the view of the team."""

    day: date
    is_free: bool
    entries: list[dict[str, Any]]


def team_rows(showing: Showing) -> list[tuple[User, list[TeamDay]]]:
    """Return for each person what each day holds."""
    access = access_for(showing.user)
    rows = list(activities_of(showing)[:MOST])
    asked: dict[int, set[int]] = defaultdict(set)
    for row in Participant.objects.filter(activity__in=[one.pk for one in rows], user__isnull=False):
        asked[row.activity_id].add(row.user_id or 0)
    by_person: dict[int, list[Activity]] = defaultdict(list)
    for one in rows:
        for pk in {one.owner_id, *asked[one.pk]}:
            by_person[pk or 0].append(one)
    hours, zone = worktime.default_hours(), showing.zone
    days = [
        showing.start.astimezone(zone).date() + timedelta(days=number)
        for number in range((showing.end - showing.start + timedelta(hours=2)).days)
    ]
    away = absences(showing)
    found = []
    for person in showing.people:
        one_person = Showing(showing.user, showing.start, showing.end, [person])
        drawn = [entry_of(one, one_person, access, ()) for one in by_person[person.pk]]
        mine = [one for one in drawn if one is not None]
        mine += [one for one in away if one["title"].startswith(f"{person}: ")]
        found.append(
            (person, [TeamDay(day, not hours.is_working_day(day), on_day(mine, day)) for day in days])
        )
    return found


def on_day(found: Sequence[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """Return what takes place on a day, with the hour at which it begins."""
    text = day.isoformat()
    mine = [
        one
        for one in found
        if one["start"][:10] <= text
        and (text < one["end"][:10] or (one["end"][:10] == text and one["start"][:10] == text))
    ]
    return [
        {**one, "clock": "" if one["allDay"] or one["start"][:10] != text else one["start"][11:16]}
        for one in mine
    ]


def read_moment(text: str, zone: Any) -> datetime:
    """Read a moment as pages send it, by the viewer's clock; ValueError when it is none."""
    moment = datetime.fromisoformat(text[:25].replace("Z", ""))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)
