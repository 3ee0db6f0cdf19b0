"""Reminding of activities: a quarter of an hour before, and on the morning of a day without a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crm.identity.models import Organisation
from crm.notifications.kinds import REMINDER
from crm.notifications.services import notify
from crm.records import due
from crm.timeline.models import Activity

if TYPE_CHECKING:
    from crm.records.models import DueRow

KIND = "notifications.reminder"
BEFORE = timedelta(minutes=15)


def plan(activity: Activity, now: datetime) -> None:
    """Have the owner reminded in time; an earlier plan for this activity is dropped."""
    due.cancel(KIND, str(activity.pk))
    if not activity.is_open or activity.owner_id is None or activity.due_at is None:
        return
    moment = moment_of(activity)
    if activity.due_at > now:
        due.schedule(KIND, str(activity.pk), max(moment, now))


def moment_of(activity: Activity) -> datetime:
    """Return when to remind: work's beginning in the owner's zone for what has no time of day."""
    assert activity.due_at is not None
    if not activity.all_day:
        return activity.due_at - BEFORE
    company = Organisation.load()
    zone = ZoneInfo((activity.owner.time_zone if activity.owner else "") or company.time_zone)
    day = activity.due_on()
    assert day is not None
    return datetime.combine(day, company.work_starts, zone)


def remind(row: DueRow, now: datetime) -> None:
    """Remind of an activity that is still open and still due as it was planned."""
    activity = Activity.objects.select_related("owner").filter(pk=row.key).first()
    if activity is None or not activity.is_open or activity.owner is None or activity.due_at is None:
        return
    if abs(moment_of(activity) - row.due_at) > timedelta(minutes=1) and row.due_at < moment_of(activity):
        return
    data = {"all_day": activity.all_day, "text": activity.body[:300], "due_at": activity.due_at.isoformat()}
    key = f"reminder:{activity.pk}:{activity.due_at.isoformat()}"
    notify([activity.owner], REMINDER, at=now, record=activity, data=data, key=key)
