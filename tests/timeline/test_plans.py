"""Activity plans, and what Today says of meetings to which one is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from crm.timeline import today
from crm.timeline.models import Activity, ActivityPlan, CalendarException, PlanStep, WorkCalendar
from crm.timeline.services.meetings import Plan, Times, plan_meeting
from crm.timeline.services.participants import Asked, answer
from crm.timeline.services.plans import start_plan
from crm.timeline.today import Looking
from tests.factories.contacts import made_person

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def plan(db: None, bob) -> ActivityPlan:
    """What a new customer needs."""
    made = ActivityPlan.objects.create(name="New customer")
    steps = (
        ("task", "Send papers", 0, None, "actor", None),
        ("call", "Ask how it goes", 2, time(10), "owner", None),
        ("task", "Send a bill", 5, None, "named", bob),
    )
    for position, (kind, subject, days, clock, whose, user) in enumerate(steps):
        PlanStep.objects.create(
            plan=made,
            position=position,
            kind=kind,
            subject=subject,
            after_days=days,
            clock=clock,
            whose=whose,
            user=user,
        )
    return made


def test_a_plan_makes_every_step_on_working_days(ann, boss, bob, plan) -> None:
    usual = WorkCalendar.objects.get(is_default=True)
    CalendarException.objects.create(calendar=usual, day=date(2026, 11, 25))
    person = made_person(ann, last_name="West")

    start_plan(plan=plan, records=[person], start_on=date(2026, 11, 23), actor=boss, at=NOW)

    rows = Activity.objects.order_by("due_at")
    assert [(row.subject, row.due_on().day, row.owner.username) for row in rows] == [
        ("Send papers", 23, "boss"),
        ("Ask how it goes", 26, "ann"),
        ("Send a bill", 1, "bob"),
    ]
    assert {row.about for row in rows} == {person.ref}


def test_a_plan_is_started_on_the_page_of_a_record(ann, client_for, plan) -> None:
    person = made_person(ann, last_name="West")
    address = f"/timeline/people/{person.pk}/add/plans/"
    client = client_for(ann)

    shown = client.get(address).content.decode()
    wrong = client.post(address, {"plan": plan.pk, "start_on": "someday"})
    answer = client.post(address, {"plan": plan.pk, "start_on": "2026-12-01"})

    assert "New customer" in shown
    assert (wrong.status_code, answer.status_code) == (422, 204)
    assert Activity.objects.count() == 3


def test_a_hidden_record_has_no_plans(bob, eve, client_for, plan) -> None:
    person = made_person(bob, last_name="West")

    assert client_for(eve).get(f"/timeline/people/{person.pk}/add/plans/").status_code == 404


def test_today_names_invitations_and_then_the_meetings(ann, bob) -> None:
    now = timezone.now()
    start = now + timedelta(minutes=1)
    meeting = plan_meeting(
        plan=Plan("Kick-off", Times(start, start + timedelta(hours=1)), asked=Asked(users=[bob])),
        actor=ann,
        at=now,
    )[0]
    looking = Looking(bob, now)

    before = today.section(today.INVITED, looking)
    answer(participant=meeting.participants.get(), answer="accepted", actor=bob, at=now)
    after = today.section(today.INVITED, looking)

    assert [(row.title, row.reason.startswith("Ann North asks you")) for row in before.rows] == [
        ("Kick-off", True)
    ]
    assert after.count == 0
    if start < looking.tomorrow:
        assert today.section(today.MEETINGS, looking).count == 1
