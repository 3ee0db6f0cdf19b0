"""When somebody can be booked: working hours less meetings, absences, buffers and limits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from crm.lib.hours import midnight_of
from crm.timeline import worktime
from crm.timeline.models import Absence, Activity, Answer, BookedHost, BookingPage, Participant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm.identity.models import User
    from crm.lib.hours import Hours

LONGEST = timedelta(days=31)
SHORT = timedelta(minutes=30)
ONE_DAY = timedelta(days=1)
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Slot:
    """A time on offer, and who is free then."""

    start: datetime
    hosts: tuple[int, ...]


def slots(
    page: BookingPage, first: datetime, last: datetime, now: datetime, *, without: int | None = None
) -> list[Slot]:
    """Return the times on offer between two moments; the booking ``without`` is not counted."""
    first = max(first, now + timedelta(hours=page.notice_hours))
    last = min(last, now + timedelta(days=page.days_ahead))
    hosts = list(page.hosts.filter(is_active=True).order_by("pk"))
    if first >= last or not hosts:
        return []
    hours = worktime.hours_of(page.calendar_id)
    taken = busy(hosts, first - ONE_DAY, last + ONE_DAY, hours, without)
    full = full_days(page, hosts, first, last, hours, without)
    found = []
    for start in starts(page, hours, first, last):
        free = tuple(
            one.pk
            for one in hosts
            if (one.pk, hours.local_day(start)) not in full and is_free(page, start, taken[one.pk])
        )
        if free if page.mode == BookingPage.Hosts.ANY else len(free) == len(hosts):
            found.append(Slot(start, free))
    return found


def starts(page: BookingPage, hours: Hours, first: datetime, last: datetime) -> Iterable[datetime]:
    """Give the moments at which a booking may begin: counted from each opening, ending before closing."""
    length, step = timedelta(minutes=page.minutes), timedelta(minutes=page.step)
    day = hours.local_day(first)
    while day <= hours.local_day(last):
        for one in hours.segments_on(day):
            moment = one.start
            while moment + length <= one.end:
                if first <= moment < last:
                    yield moment.astimezone(UTC)
                moment += step
        day += ONE_DAY


def is_free(page: BookingPage, start: datetime, taken: Sequence[Stretch]) -> bool:
    begins = start - timedelta(minutes=page.buffer_before)
    ends = start + timedelta(minutes=page.minutes + page.buffer_after)
    return all(until <= begins or ends <= since for since, until in taken)


def busy(
    hosts: Sequence[User], first: datetime, last: datetime, hours: Hours, without: int | None
) -> dict[int, list[Stretch]]:
    """Return when each host is taken."""
    ids = [one.pk for one in hosts]
    found: dict[int, list[Stretch]] = defaultdict(list)
    asked: dict[int, set[int]] = defaultdict(set)
    answers = Participant.objects.filter(
        user__in=ids, activity__due_at__gte=first - LONGEST, activity__due_at__lt=last
    ).exclude(answer=Answer.DECLINED)
    for activity_id, user_id in answers.values_list("activity_id", "user_id"):
        asked[activity_id].add(user_id or 0)
    rows = Activity.objects.filter(
        Q(owner__in=ids) | Q(pk__in=list(asked)),
        kind__in=(Activity.Kind.MEETING, Activity.Kind.CALL),
        cancelled_at=None,
        done_at=None,
        due_at__gte=first - LONGEST,
        due_at__lt=last + ONE_DAY,
    )
    if without is not None:
        rows = rows.exclude(booking=without)
    for one in rows.select_related("owner"):
        stretch = stretch_of(one, hours)
        for pk in {one.owner_id or 0, *asked[one.pk]} & set(ids):
            found[pk].append(stretch)
    holds = BookedHost.objects.filter(user__in=ids, is_active=True, during__overlap=(first, last))
    for hold in holds.exclude(booking=without) if without is not None else holds:
        found[hold.user_id].append((hold.during.lower, hold.during.upper))
    for away in Absence.objects.filter(user__in=ids, last_on__gte=first.date(), first_on__lte=last.date()):
        found[away.user_id].append(
            (midnight_of(away.first_on, hours.zone), midnight_of(away.last_on + ONE_DAY, hours.zone))
        )
    return found


def stretch_of(activity: Activity, hours: Hours) -> Stretch:
    """Return from when to when an activity takes its people's time."""
    assert activity.due_at is not None
    if activity.all_day:
        day = activity.due_on() or hours.local_day(activity.due_at)
        end = activity.ends_at or midnight_of(day + ONE_DAY, hours.zone)
        return midnight_of(day, hours.zone), end
    return activity.due_at, activity.ends_at or activity.due_at + SHORT


def full_days(
    page: BookingPage,
    hosts: Sequence[User],
    first: datetime,
    last: datetime,
    hours: Hours,
    without: int | None,
) -> set[tuple[int, date]]:
    """Return the days on which a host takes no more bookings of this page."""
    if page.per_day is None:
        return set()
    counts: dict[tuple[int, date], int] = defaultdict(int)
    rows = BookedHost.objects.filter(
        user__in=[one.pk for one in hosts],
        is_active=True,
        booking__page=page,
        booking__starts_at__range=(first - ONE_DAY, last + ONE_DAY),
    )
    for user_id, booking_id, start in rows.values_list("user_id", "booking_id", "booking__starts_at"):
        if booking_id != without:
            counts[user_id, hours.local_day(start)] += 1
    return {key for key, count in counts.items() if count >= page.per_day}
