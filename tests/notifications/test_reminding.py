"""Reminders of meetings for everybody who takes part, invitations, answers, and quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from crm.notifications import quiet, reminders, tasks
from crm.notifications.kinds import all_kinds
from crm.notifications.models import Notification
from crm.notifications.quiet import Quiet
from crm.notifications.services import MAIL, notify
from crm.records.models import DueRow
from crm.timeline.services.meetings import Plan, Times, plan_meeting
from crm.timeline.services.participants import Asked, answer, remind_me
from tests.notifications.test_telling import hand_out

HOUR = timedelta(hours=1)
#: A Monday.
MONDAY = datetime(2026, 11, 23, 22, tzinfo=UTC)


def meet(owner: Any, *users: Any) -> Any:
    now = timezone.now()
    plan = Plan("Kick-off", Times(now + 5 * HOUR, now + 6 * HOUR), asked=Asked(users=users))
    return plan_meeting(plan=plan, actor=owner, at=now)[0]


def told(user: Any, kind: str) -> list[Notification]:
    return list(Notification.objects.filter(user=user, kind=kind))


def test_everybody_who_comes_is_reminded_as_they_wish(ann, bob, boss) -> None:
    one = meet(ann, bob, boss)
    remind_me([one], user=bob, minutes=60, at=timezone.now())
    answer(participant=one.participants.get(user=boss), answer="declined", actor=boss, at=timezone.now())
    hand_out()

    found = DueRow.objects.filter(kind=reminders.KIND)
    rows = {row.key.rpartition(":")[2]: one.due_at - row.due_at for row in found}

    assert rows == {str(ann.pk): timedelta(minutes=15), str(bob.pk): HOUR}


def test_who_is_asked_and_who_asked_are_told(ann, bob) -> None:
    one = meet(ann, bob)
    hand_out()
    answer(participant=one.participants.get(), answer="accepted", actor=bob, at=timezone.now())
    hand_out()

    (asked,) = told(bob, "invited")
    (answered,) = told(ann, "answered")
    assert asked.title == "Kick-off"
    assert answered.data["answer"] == "accepted"
    assert told(bob, "shared") == []


@pytest.mark.parametrize(
    ("clock", "is_quiet"),
    [("21:59", False), ("22:00", True), ("03:00", True), ("06:59", True), ("07:00", False)],
)
def test_quiet_hours_pass_midnight(ann, clock: str, is_quiet: bool) -> None:
    quiet.keep(user=ann, quiet=Quiet(time(22), time(7)))

    at = datetime.combine(MONDAY.date(), time.fromisoformat(clock), UTC)

    assert quiet.is_quiet(ann, at) is is_quiet


def test_quiet_hours_are_by_one_s_own_clock(ann) -> None:
    ann.time_zone = "Asia/Yekaterinburg"
    ann.save()
    quiet.keep(user=ann, quiet=Quiet(time(22), time(7)))

    assert quiet.is_quiet(ann, datetime(2026, 11, 23, 18, tzinfo=UTC))
    end = datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert quiet.loud_again(ann, datetime(2026, 11, 23, 18, tzinfo=UTC)) == end


def test_free_days_can_be_quiet(ann) -> None:
    quiet.keep(user=ann, quiet=Quiet(free_days=True))
    saturday = datetime(2026, 11, 28, 12, tzinfo=UTC)

    assert quiet.loud_again(ann, saturday) == datetime(2026, 11, 30, 0, tzinfo=UTC)
    assert not quiet.is_quiet(ann, MONDAY)


def test_letters_wait_until_quiet_hours_are_over(ann, mailoutbox) -> None:
    ann.email = "ann@example.org"
    ann.save()
    quiet.keep(user=ann, quiet=Quiet(time(20), time(7)))
    with time_machine.travel(MONDAY, tick=False):
        notify([ann], "mention", at=MONDAY, title="Look", url="/today/")
        tasks.send_one(DueRow.objects.get(kind=MAIL))

    later = DueRow.objects.exclude(due_at__lt=MONDAY + HOUR).get(kind=MAIL)
    assert mailoutbox == []
    assert later.due_at == datetime(2026, 11, 24, 7, tzinfo=UTC)
    with time_machine.travel(later.due_at, tick=False):
        tasks.send_one(later)
    assert len(mailoutbox) == 1


def test_quiet_hours_are_chosen_on_the_settings_page(ann, client_for) -> None:
    client = client_for(ann)
    page = client.get("/settings/notifications/").content.decode()
    form = {f"mail_{kind.key}": "now" for kind in all_kinds()}
    half = client.post("/settings/notifications/", {**form, "since": "22:00"})
    client.post("/settings/notifications/", {**form, "since": "22:00", "until": "07:00", "free_days": "on"})
    ann.refresh_from_db()

    assert "Quiet hours" in page
    assert half.status_code == 200
    assert quiet.quiet_of(ann) == Quiet(time(22), time(7), True)
