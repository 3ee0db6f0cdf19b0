"""What workers do for notifications: hear of events, remind, write letters, forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from crm.identity.models import User
from crm.notifications import letters, quiet, reasons, reminders, services
from crm.notifications.models import Notification
from crm.records import due
from crm.records.models import Event
from crm.timeline.models import Activity

if TYPE_CHECKING:
    from crm.records.models import DueRow

DIGEST_FOR = "notifications.digest_for"


def on_event(event_id: int) -> None:
    """Tell those whom an event concerns; called by the dispatch, in a transaction of its own."""
    event = Event.objects.select_related("actor").filter(pk=event_id).first()
    if event is None:
        return
    reasons.tell(event)
    if event.type_id == Activity.record_type.id:
        activity = Activity.objects.select_related("owner").filter(pk=event.record_id).first()
        if activity is not None:
            reminders.plan(activity, timezone.now())


@due.handler(reminders.KIND)
def remind(row: DueRow) -> None:
    """Remind of one activity."""
    reminders.remind(row, timezone.now())


@due.handler(services.MAIL)
def send_one(row: DueRow) -> None:
    """Send the letter of one notification; in quiet hours when they are over."""
    one = Notification.objects.select_related("user").filter(pk=row.key).first()
    now = timezone.now()
    if one is not None and one.mailed_at is None and one.read_at is None and quiet.is_quiet(one.user, now):
        due.schedule(services.MAIL, row.key, quiet.loud_again(one.user, now))
        return
    letters.send_one(int(row.key), now)


@due.handler("notifications.digest")
def plan_digests(row: DueRow) -> None:
    """Have each person's letter of the day sent by itself, so that each is tried again alone."""
    for pk in letters.waiting_for_digest():
        due.schedule(DIGEST_FOR, str(pk), row.due_at)


@due.handler(DIGEST_FOR)
def send_digest(row: DueRow) -> None:
    """Send one person's letter of the day."""
    user = User.objects.filter(pk=row.key).first()
    if user is not None:
        letters.send_digest(user, timezone.now())


@due.handler("notifications.nightly")
def nightly(row: DueRow) -> None:
    """Forget what is old."""
    services.forget(timezone.now())
