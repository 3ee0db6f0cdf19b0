"""The first answer to leads: due in working time, noted once, told on Today, moved with the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Person
from crm.records.models import Event
from crm.records.registry import service_for
from crm.timeline.models import CallOutcome, WorkCalendar
from crm.timeline.services import log_call, plan_activity
from crm.timeline.services.worktime import exception, make_calendar, settle
from crm.timeline.today import Looking, section, sources
from sales import answering
from sales.models import Lead, LeadStatus, ResponseClock
from sales.services import Wish, convert_lead, drop_leads
from sales.tasks import on_clocks_changed, on_lead_touched
from tests.factories.leads import drop_reason, made_lead
from tests.factories.sales import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import Team, User

pytestmark = pytest.mark.django_db
#: Half past five on a Friday; work ends at six.
FRIDAY = datetime(2026, 3, 6, 17, 30, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
NINE_TO_SIX = ((9 * 60, 18 * 60),)


@pytest.fixture(autouse=True)
def week(db: None) -> WorkCalendar:
    """A usual calendar from Monday to Friday, nine to six, and an hour to answer."""
    ResponseClock.objects.all().delete()
    ResponseClock.objects.create(minutes=60)
    WorkCalendar.objects.all().delete()
    return make_calendar(
        name="House",
        time_zone="UTC",
        week=[NINE_TO_SIX] * 5 + [()] * 2,
        actor=None,
        at=NOON,
        is_default=True,
    )


def lead_at(at: datetime, via: str = "page", **values: Any) -> Lead:
    service: Any = service_for(Lead)
    lead: Lead = service.create([{"person_name": "Maria", **values}], actor=None, at=at, via=via)[0].record
    return lead


def answered(lead: Lead) -> datetime | None:
    return Lead.objects.get(pk=lead.pk).responded_at


def hear(name: str) -> None:
    """Let every event of a name arrive."""
    for event in Event.objects.filter(name=name).order_by("pk"):
        on_lead_touched(event.pk)


def test_the_clock_counts_working_minutes_only() -> None:
    lead = lead_at(FRIDAY)

    assert lead.response_due_at == MONDAY.replace(hour=9, minute=30)


def test_a_team_has_a_clock_and_a_calendar_of_its_own(ann: User, team_a: Team) -> None:
    always = make_calendar(name="Always", time_zone="UTC", week=[((0, 1440),)] * 7, actor=None, at=NOON)
    ResponseClock.objects.create(team=team_a, minutes=15, calendar=always)

    assert lead_at(FRIDAY, owner=ann).response_due_at == FRIDAY + timedelta(minutes=15)
    assert lead_at(FRIDAY).response_due_at == MONDAY.replace(hour=9, minute=30)


def test_the_clock_follows_a_lead_to_another_team(ann: User, team_a: Team) -> None:
    ResponseClock.objects.create(team=team_a, minutes=10)
    lead = lead_at(FRIDAY)
    service: Any = service_for(Lead)

    service.update([lead], {"owner": ann}, actor=None, at=FRIDAY + timedelta(minutes=5))

    assert Lead.objects.get(pk=lead.pk).response_due_at == FRIDAY + timedelta(minutes=10)


@pytest.mark.parametrize("why", ["import", "off"])
def test_no_clock_runs_where_nobody_waits(why: str) -> None:
    if why == "off":
        ResponseClock.objects.update(is_active=False)

    lead = lead_at(FRIDAY, via="import" if why == "import" else "page")

    assert lead.response_due_at is None


def test_a_new_holiday_moves_open_leads_only(week: WorkCalendar, ann: User) -> None:
    waiting, closed, done = (lead_at(FRIDAY, owner=ann) for _each in range(3))
    drop_leads(records=[closed], actor=ann, at=FRIDAY, drop_reason=drop_reason())
    Lead.objects.filter(pk=done.pk).update(responded_at=FRIDAY)
    before = waiting.response_due_at

    exception(week, date(2026, 3, 9), ()).save()
    settle(calendar=week, actor=None, at=FRIDAY)
    on_clocks_changed(Event.objects.get(name="workcalendar.hours_changed").pk)

    due = [Lead.objects.get(pk=one.pk).response_due_at for one in (waiting, closed, done)]
    assert due == [MONDAY.replace(day=10, hour=9, minute=30), before, before]


def test_the_first_call_that_reaches_somebody_answers_once(ann: User) -> None:
    lead = lead_at(NOON, owner=ann)
    nobody = CallOutcome.objects.create(name="Nobody there", is_contact=False)
    reached = CallOutcome.objects.create(name="We spoke to them", is_contact=True)
    first, second = NOON + timedelta(minutes=20), NOON + timedelta(minutes=40)

    log_call(records=[lead], outcome=nobody, actor=ann, at=NOON + timedelta(minutes=5))
    hear("call.tried")
    hear("call.logged")
    tried = answered(lead)
    log_call(records=[lead], outcome=reached, actor=ann, at=second)
    hear("call.logged")
    log_call(records=[lead], outcome=reached, actor=ann, at=first)
    hear("call.logged")
    hear("call.logged")

    assert tried is None
    assert answered(lead) == first


def test_what_happened_before_the_lead_came_is_no_answer(ann: User) -> None:
    lead = lead_at(NOON, owner=ann)
    event = Event(
        name="meeting.held", type_id=Lead.record_type.id, record_id=lead.pk, at=NOON - timedelta(days=1)
    )
    event.save()

    answering.note_touch(event)

    assert answered(lead) is None


@pytest.mark.parametrize(("kind", "counts"), [("ordinary", True), ("automatic", False)])
def test_a_letter_of_ours_answers_and_a_robots_does_not(ann: User, kind: str, counts: bool) -> None:
    lead = lead_at(NOON, owner=ann)
    at = NOON + timedelta(minutes=3)
    event = Event.objects.create(
        name="mail.sent", type_id=Lead.record_type.id, record_id=lead.pk, at=at, data={"kind": kind}
    )

    on_lead_touched(event.pk)

    assert answered(lead) == (at if counts else None)


def test_converting_answers(ann: User) -> None:
    lead = lead_at(NOON, owner=ann)
    later = NOON + timedelta(minutes=9)

    convert_lead(lead=lead, wish=Wish(new_person={}, new_deal={}), actor=ann, at=later)

    assert answered(lead) == later
    assert Person.objects.count() == 1


def test_late_leads_stand_on_today_in_the_list_and_carry_a_badge(
    ann: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    late = lead_at(NOON - timedelta(days=7), owner=ann, person_name="Late one")
    lead_at(NOON - timedelta(days=7), owner=bob, person_name="Of Bob")
    in_time = lead_at(NOON + timedelta(days=365 * 5), owner=ann, person_name="In time")
    looking = Looking(ann, NOON, "mine")
    found = {one.key: section(one, looking) for one in sources(ann)}["unanswered"]
    client = client_for(ann)

    listed = client.get("/sales/leads/?late=yes").content.decode()

    assert [row.title for row in found.rows] == ["Late one"]
    assert found.rows[0].reason.startswith("Answer was due ")
    assert "Late one" in listed
    assert "In time" not in listed
    assert "No answer yet" in client.get(f"/sales/leads/{late.pk}/").content.decode()
    assert "No answer yet" not in client.get(f"/sales/leads/{in_time.pk}/").content.decode()
    assert "No answer yet" in client.get("/sales/leads/board/").content.decode()


def test_planning_something_is_no_answer(ann: User) -> None:
    lead = made_lead(owner=ann)

    due = NOON + timedelta(hours=1)
    plan_activity(records=[lead], kind="call", subject="Call Maria", due_at=due, actor=ann, at=NOON)
    hear("call.logged")

    assert answered(lead) is None
    assert lead.status == LeadStatus.NEW
