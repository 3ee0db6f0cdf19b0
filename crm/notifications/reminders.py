"""Reminding of activities: a quarter of an hour before or as each wishes, of whole days in the morning."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Q

from crm.identity.models import Organisation, User
from crm.notifications.kinds import REMINDER
from crm.notifications.services import notify
from crm.records import due
from crm.records.models import DueRow
from crm.timeline.models import Activity, Answer, Participant

if TYPE_CHECKING:
    from collections.abc import Iterable

KIND = "notifications.reminder"
BEFORE = timedelta(minutes=15)


def plan(activity: Activity, now: datetime) -> None:
    """Have everybody who takes part reminded in time; an earlier plan for this activity is dropped."""
    mine = Q(key=str(activity.pk)) | Q(key__startswith=f"{activity.pk}:")
    DueRow.objects.filter(mine, kind=KIND, done_at=None).delete()
    if not activity.is_open or activity.due_at is None or activity.due_at <= now:
        return
    for user, minutes in wishes(activity):
        moment = moment_of(activity, user, minutes)
        due.schedule(KIND, f"{activity.pk}:{user.pk}", max(moment, now))


def wishes(activity: Activity) -> list[tuple[User, int | None]]:
    """Return who is to be reminded, and how many minutes before; None is as usual."""
    found: dict[int, tuple[User, int | None]] = {}
    if activity.owner is not None:
        found[activity.owner.pk] = (activity.owner, None)
    rows = Participant.objects.filter(activity=activity, user__isnull=False).exclude(answer=Answer.DECLINED)
    for row in rows.select_related("user"):
        if row.user is not None:
            found[row.user.pk] = (row.user, row.remind_minutes)
    return list(found.values())


def moment_of(activity: Activity, user: User | None, minutes: int | None = None) -> datetime:
    """Return when to remind: work's beginning in the person's zone for what has no time of day."""
    assert activity.due_at is not None
    if not activity.all_day:
        return activity.due_at - (BEFORE if minutes is None else timedelta(minutes=minutes))
    company = Organisation.load()
    zone = ZoneInfo((user.time_zone if user else "") or company.time_zone)
    day = activity.due_on()
    assert day is not None
    morning = datetime.combine(day, company.work_starts, zone)
    return morning - timedelta(minutes=minutes or 0)


def remind(row: DueRow, now: datetime) -> None:
    """Remind of an activity that is still open and still due as it was planned."""
    number, _colon, person = row.key.partition(":")
    activity = Activity.objects.select_related("owner").filter(pk=number).first()
    if activity is None or not activity.is_open or activity.due_at is None:
        return
    for user, minutes in chosen(wishes(activity), person):
        moment = moment_of(activity, user, minutes)
        if moment - row.due_at > timedelta(minutes=1):
            continue
        data = {
            "all_day": activity.all_day,
            "text": activity.body[:300],
            "due_at": activity.due_at.isoformat(),
        }
        key = f"reminder:{activity.pk}:{activity.due_at.isoformat()}"
        notify([user], REMINDER, at=now, record=activity, data=data, key=key)


def chosen(found: Iterable[tuple[User, int | None]], person: str) -> list[tuple[User, int | None]]:
    """Return whom a row reminds; rows of earlier versions name nobody and mean the owner."""
    rows = list(found)
    return [one for one in rows if str(one[0].pk) == person] if person else rows[:1]
