"""The calendar: what it shows to whom, by whose clock, and what dragging does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from crm.timeline.models import Absence, Activity, CalendarException, Occasion, Participant, WorkCalendar
from crm.timeline.services.meetings import Plan, Times, plan_meeting
from crm.timeline.services.participants import Asked

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OCTOBER = "/calendar/events/?start=2026-10-26T00:00:00&end=2026-11-02T00:00:00"


def meet(owner: Any, start: datetime, *, subject: str = "Kick-off", **values: Any) -> Activity:
    plan = Plan(subject, Times(start, start + HOUR), **values)
    return plan_meeting(plan=plan, actor=owner, at=NOW)[0]


def shown(client: Any, address: str = OCTOBER) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return [one for one in answer.json() if one.get("display") != "background"]


def in_zone(user: Any, name: str) -> Any:
    user.time_zone = name
    user.save()
    return user


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Yekaterinburg", "America/New_York"])
@pytest.mark.parametrize(
    "day", ["2026-03-07", "2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-11-02"]
)
def test_times_stand_as_the_viewer_s_clock_shows_them(ann, client_for, zone: str, day: str) -> None:
    in_zone(ann, zone)
    meet(ann, datetime.fromisoformat(f"{day}T09:30").replace(tzinfo=ZoneInfo(zone)))
    address = f"/calendar/events/?start={day}T00:00:00&end={date.fromisoformat(day) + timedelta(1)}T00:00:00"

    (one,) = shown(client_for(ann), address)

    assert (one["start"], one["end"]) == (f"{day}T09:30:00", f"{day}T10:30:00")


@pytest.mark.parametrize(
    "viewer", ["Europe/Moscow", "Asia/Yekaterinburg", "America/New_York", "Pacific/Auckland"]
)
def test_whole_days_are_the_same_days_for_everybody(ann, boss, client_for, viewer: str) -> None:
    in_zone(ann, "Asia/Yekaterinburg")
    in_zone(boss, viewer)
    zone = ZoneInfo("Asia/Yekaterinburg")
    times = Times(datetime(2026, 10, 27, 12, tzinfo=zone), datetime(2026, 10, 28, 12, tzinfo=zone), True)
    plan_meeting(plan=Plan("Fair", times), actor=ann, at=NOW)

    found = shown(client_for(boss), f"{OCTOBER}&who=people:{ann.pk}")

    assert [(one["start"], one["end"], one["allDay"]) for one in found] == [
        ("2026-10-27", "2026-10-29", True)
    ]


def test_what_one_may_not_see_is_a_busy_block_without_a_word(ann, bob, client_for) -> None:
    meet(bob, datetime(2026, 10, 27, 10, tzinfo=UTC), subject="Secret")

    answer = client_for(ann).get(f"{OCTOBER}&who=people:{bob.pk}")

    (one,) = [one for one in answer.json() if one.get("display") != "background"]
    assert "Secret" not in answer.content.decode()
    assert one["title"].endswith("Busy")
    assert "url" not in one


def test_a_meeting_stands_with_everybody_who_takes_part(ann, bob, client_for) -> None:
    one = meet(ann, datetime(2026, 10, 27, 10, tzinfo=UTC), asked=Asked(users=[bob]))

    before = shown(client_for(bob))
    client_for(bob).post(f"/calendar/{one.pk}/answer/", {"answer": "declined"})

    assert [entry["title"] for entry in before] == ["Kick-off"]
    assert Participant.objects.get(user=bob).answer == "declined"
    assert shown(client_for(bob)) == []


def test_free_time_holidays_and_absences_are_shaded(ann, client_for) -> None:
    usual = WorkCalendar.objects.get(is_default=True)
    CalendarException.objects.create(calendar=usual, day=date(2026, 10, 28), name="Holiday")
    Absence.objects.create(user=ann, first_on=date(2026, 10, 29), last_on=date(2026, 10, 30))

    found = client_for(ann).get(OCTOBER).json()

    shaded = [one for one in found if one.get("display") == "background"]
    assert {"start": "2026-10-28", "title": "Holiday"}.items() <= next(
        one for one in shaded if one["title"] == "Holiday"
    ).items()
    assert any(one["start"] == "2026-10-26T18:00:00" for one in shaded)
    assert [one["end"] for one in found if one.get("className") == "cal-absence"] == ["2026-10-31"]


def test_dragging_moves_a_meeting_and_can_be_undone(ann, client_for) -> None:
    in_zone(ann, "America/New_York")
    one = meet(ann, datetime(2026, 10, 27, 14, tzinfo=UTC))
    drop = {"start": "2026-11-03T10:00:00", "end": "2026-11-03T11:30:00", "all_day": "false"}

    answer = client_for(ann).post(f"/calendar/{one.pk}/move/", drop, headers={"hx-request": "true"})

    moved = Activity.objects.get(pk=one.pk)
    assert moved.due_at == datetime(2026, 11, 3, 15, tzinfo=UTC)
    assert moved.ends_at - moved.due_at == timedelta(minutes=90)
    assert "/undo/" in answer.headers["HX-Trigger"]


def test_who_may_not_change_a_meeting_can_t_drag_it(ann, bob, client_for) -> None:
    one = meet(ann, datetime(2026, 10, 27, 14, tzinfo=UTC), asked=Asked(users=[bob]))

    answer = client_for(bob).post(f"/calendar/{one.pk}/move/", {"start": "2026-11-03T10:00:00"})

    assert answer.status_code == 403
    assert client_for(bob).get(f"/calendar/{one.pk}/change/").status_code == 403


def test_what_is_hidden_is_not_there(ann, bob, eve, client_for) -> None:
    one = meet(bob, datetime(2026, 10, 27, 14, tzinfo=UTC))

    addresses = [f"/calendar/{one.pk}/{part}" for part in ("", "move/", "change/")]

    assert {client_for(ann).get(address).status_code for address in addresses} == {404}


def test_dragging_one_of_a_series_asks_how_far_it_reaches(ann, client_for) -> None:
    one = meet(ann, datetime(2026, 10, 27, 10, tzinfo=UTC), rule="FREQ=WEEKLY;COUNT=3")
    client = client_for(ann)
    drop = {"start": "2026-10-28T10:00:00", "end": "2026-10-28T11:00:00", "all_day": "false"}

    asked = client.get(f"/calendar/{one.pk}/move/", drop).content.decode()
    client.post(f"/calendar/{one.pk}/move/", {**drop, "span": "all"})

    assert 'value="following"' in asked
    rows = Activity.objects.filter(occasion__series__isnull=False).order_by("due_at")
    assert [row.due_at.date().isoformat() for row in rows] == ["2026-10-28", "2026-11-04", "2026-11-11"]


FORM = {
    "kind": "meeting",
    "subject": "Review",
    "first_on": "2026-10-27",
    "begins": "10:00",
    "ends": "11:00",
    "addresses": "zoe@example.com",
    "repeats": "weekly",
    "until": "2026-11-10",
    "remind": "60",
}


def test_a_meeting_is_planned_in_the_panel(ann, bob, client_for) -> None:
    answer = client_for(ann).post("/calendar/new/", {**FORM, "users": [bob.pk], "location": "Room 5"})

    assert answer.status_code == 204
    assert Activity.objects.filter(subject="Review", location="Room 5").count() == 3
    assert Occasion.objects.filter(series__isnull=False).count() == 3
    assert sorted(row.called for row in Activity.objects.first().participants.all()) == [
        "Ann North",
        "Bob South",
        "zoe@example.com",
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"begins": ""}, {"ends": "09:00"}, {"addresses": "nobody"}, {"subject": ""}, {"last_on": "2026-10-26"}],
)
def test_what_can_t_be_planned_is_said_in_the_form(ann, client_for, wrong) -> None:
    answer = client_for(ann).post("/calendar/new/", {**FORM, **wrong})

    assert answer.status_code == 422
    assert not Activity.objects.exists()


def test_a_meeting_is_changed_with_those_who_take_part(ann, bob, boss, client_for) -> None:
    one = meet(ann, datetime(2026, 10, 27, 10, tzinfo=UTC), asked=Asked(users=[bob]))
    form = {**FORM, "subject": "Kick-off 2", "users": [boss.pk], "addresses": "", "remind": ""}

    answer = client_for(ann).post(f"/calendar/{one.pk}/change/", form)

    assert answer.status_code == 204
    assert str(Activity.objects.get(pk=one.pk)) == "Kick-off 2"
    assert [row.user for row in one.participants.all()] == [boss]
    assert not Activity.objects.visible_to(bob).exists()


def test_the_team_s_week_names_everybody(ann, boss, client_for) -> None:
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    meet(ann, datetime(monday.year, monday.month, monday.day, 10, tzinfo=UTC), subject="Stand-up")

    page = client_for(boss).get("/calendar/?view=team").content.decode()

    assert "Ann North" in page
    assert "Stand-up" in page


@pytest.mark.parametrize("count", [2, 12])
def test_the_calendar_asks_as_often_for_few_as_for_many(
    ann, client_for, count, django_assert_max_num_queries
) -> None:
    for number in range(count):
        meet(ann, datetime(2026, 10, 27, 8 + number, tzinfo=UTC))
    client = client_for(ann)
    client.get(OCTOBER)

    with django_assert_max_num_queries(12):
        client.get(OCTOBER)


@pytest.mark.parametrize(
    "query", ["", "?start=x&end=y", "?start=2026-01-01&end=2027-01-01", "?start=2026-01-02&end=2026-01-01"]
)
def test_nonsense_is_refused(ann, client_for, query) -> None:
    assert client_for(ann).get(f"/calendar/events/{query}").status_code == 400
