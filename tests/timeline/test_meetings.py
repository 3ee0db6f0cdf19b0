"""Meetings: who takes part, how they come back, and what a change of one, the rest or all does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from crm.identity.models import Share
from crm.timeline import recurrence
from crm.timeline.models import Activity, ActivityLink, Occasion, Participant, Series
from crm.timeline.services.meetings import Plan, Times, call_off, change_meeting, extend_series, plan_meeting
from crm.timeline.services.participants import Asked, answer, drop_participant
from tests.factories.contacts import made_person

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(text: str, zone: Any = UTC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def series(actor: Any, start: datetime, rule: str, **values: Any) -> list[Activity]:
    plan = Plan("Stand-up", Times(start, start + HOUR), rule=rule, **values)
    return plan_meeting(plan=plan, actor=actor, at=NOW)


def starts(rows: Any, zone: Any = UTC) -> list[str]:
    return [f"{one.due_at.astimezone(zone):%m-%d %H:%M}" for one in rows]


def fresh(one: Activity) -> list[Activity]:
    rows = Activity.objects.filter(occasion__series=Occasion.objects.get(pk=one.pk).series_id)
    return list(rows.order_by("due_at"))


# Rules.


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Yekaterinburg", "America/New_York"])
@pytest.mark.parametrize("start", ["2026-03-02 10:00", "2026-10-26 10:00"])
def test_ten_o_clock_stays_ten_o_clock_over_a_clock_change(zone: str, start: str) -> None:
    here = ZoneInfo(zone)

    found = recurrence.moments("FREQ=WEEKLY;COUNT=4", at(start, here), here, until=at("2027-06-01"))

    assert [one.astimezone(here).hour for one in found] == [10] * 4


def test_a_rule_ends_by_number_or_by_day() -> None:
    first = at("2026-10-05 10:00")

    by_number = recurrence.moments("FREQ=DAILY;COUNT=3", first, ZoneInfo("UTC"), until=at("2027-01-01"))
    by_day = recurrence.moments("FREQ=DAILY;UNTIL=20261007", first, ZoneInfo("UTC"), until=at("2027-01-01"))

    assert by_number == by_day
    assert len(by_number) == 3


def test_an_endless_rule_is_counted_to_a_bound() -> None:
    first = at("2026-10-05 10:00")

    found = recurrence.moments("FREQ=DAILY", first, ZoneInfo("UTC"), until=at("2126-01-01"))

    assert len(found) == recurrence.MOST


def test_days_of_a_rule_move_round_the_week() -> None:
    assert recurrence.shifted("FREQ=WEEKLY;BYDAY=MO,SU", 1) == "FREQ=WEEKLY;BYDAY=MO,TU"
    with pytest.raises(ValueError, match="2MO"):
        recurrence.shifted("FREQ=MONTHLY;BYDAY=2MO", 1)


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "nonsense", "FREQ=WEEKLY;BYDAY=XX", ""])
def test_what_is_no_rule_is_refused(rule: str, ann) -> None:
    with pytest.raises(ValueError, match=r".*"):
        recurrence.checked(rule)


# Planning.


def test_a_meeting_stands_on_the_pages_of_those_who_take_part(ann, bob) -> None:
    person = made_person(ann, first_name="Vera", last_name="West", email="vera@example.com")
    asked = Asked(users=[bob], people=[person.ref], addresses=[("Zoe", "Zoe@Example.com")])

    one = plan_meeting(
        plan=Plan("Kick-off", Times(at("2026-10-05 10:00"), at("2026-10-05 11:00")), asked=asked),
        actor=ann,
        at=NOW,
    )[0]

    names = sorted(row.called for row in one.participants.all())
    assert names == ["Bob South", "Vera West", "Zoe"]
    assert Participant.objects.get(record_id=person.pk).email == "vera@example.com"
    assert ActivityLink.objects.filter(activity=one, record_id=person.pk).exists()
    assert Activity.objects.visible_to(bob).filter(pk=one.pk).exists()


def test_who_is_asked_no_longer_does_not_see_it(ann, bob) -> None:
    one = plan_meeting(
        plan=Plan("Kick-off", Times(at("2026-10-05 10:00")), asked=Asked(users=[bob])), actor=ann, at=NOW
    )[0]

    drop_participant(participant=one.participants.get(), actor=ann, at=NOW)

    assert not Activity.objects.visible_to(bob).filter(pk=one.pk).exists()
    assert not Share.objects.exists()


def test_a_series_is_written_down_ahead_and_carried_on(ann, bob) -> None:
    rows = series(ann, at("2026-10-05 10:00"), "FREQ=WEEKLY;BYDAY=MO", asked=Asked(users=[bob]))
    later = NOW + timedelta(days=200)

    count = extend_series(later)

    assert starts(rows[:2]) == ["10-05 10:00", "10-12 10:00"]
    assert count == pytest.approx(200 / 7, abs=2)
    last = fresh(rows[0])[-1]
    assert last.participants.get().user == bob
    assert last.due_at > later + recurrence.AHEAD - timedelta(days=8)
    assert extend_series(later) == 0


def test_a_series_keeps_its_hour_when_the_clocks_change(ann) -> None:
    ann.time_zone = "America/New_York"
    ann.save()

    rows = series(ann, at("2026-10-28 09:00", NEW_YORK), "FREQ=WEEKLY;COUNT=2")

    assert starts(rows, NEW_YORK) == ["10-28 09:00", "11-04 09:00"]
    assert [one.due_at.hour for one in rows] == [13, 14]


def test_whole_days_come_back_as_days(ann) -> None:
    ann.time_zone = "Asia/Yekaterinburg"
    ann.save()
    zone = ZoneInfo("Asia/Yekaterinburg")
    plan = Plan(
        "Fair", Times(at("2026-10-05", zone), at("2026-10-06", zone), True), rule="FREQ=YEARLY;COUNT=2"
    )

    rows = plan_meeting(plan=plan, actor=ann, at=NOW)

    assert rows[0].due_on() == date(2026, 10, 5)
    assert rows[0].ends_at.astimezone(zone).date() == date(2026, 10, 6)


def test_a_rule_by_which_nothing_takes_place_is_refused(ann) -> None:
    with pytest.raises(ValidationError):
        series(ann, at("2026-10-05 10:00"), "FREQ=DAILY;UNTIL=20250101")


# Changing.


@pytest.fixture
def week(ann) -> list[Activity]:
    """Five Mondays."""
    return series(ann, at("2026-10-05 10:00"), "FREQ=WEEKLY;BYDAY=MO;COUNT=5")


def test_one_is_moved_alone(ann, week) -> None:
    times = Times(at("2026-10-13 15:00"), at("2026-10-13 16:00"))

    change_meeting(activity=week[1], changes={}, times=times, span="one", actor=ann, at=NOW)

    assert starts(fresh(week[0])) == [
        "10-05 10:00",
        "10-13 15:00",
        "10-19 10:00",
        "10-26 10:00",
        "11-02 10:00",
    ]
    assert Occasion.objects.get(pk=week[1].pk).is_changed
    assert Series.objects.get().rule == "FREQ=WEEKLY;BYDAY=MO;COUNT=5"


def test_this_and_the_following_move_into_a_series_of_their_own(ann, week) -> None:
    times = Times(at("2026-10-20 11:00"), at("2026-10-20 13:00"))

    change_meeting(
        activity=week[2], changes={"subject": "Review"}, times=times, span="following", actor=ann, at=NOW
    )

    assert starts(fresh(week[0])) == ["10-05 10:00", "10-12 10:00"]
    assert starts(fresh(week[2])) == ["10-20 11:00", "10-27 11:00", "11-03 11:00"]
    assert {one.subject for one in fresh(week[2])} == {"Review"}
    assert {one.ends_at - one.due_at for one in fresh(week[2])} == {2 * HOUR}
    old, new = Series.objects.order_by("pk")
    assert "UNTIL" in old.rule
    assert new.rule == "FREQ=WEEKLY;BYDAY=TU;COUNT=3"
    assert old.uid != new.uid


def test_all_change_but_those_changed_by_hand(ann, week) -> None:
    by_hand = Times(at("2026-10-14 09:00"), at("2026-10-14 10:00"))
    change_meeting(activity=week[1], changes={}, times=by_hand, span="one", actor=ann, at=NOW)

    times = Times(at("2026-10-05 12:00"), at("2026-10-05 13:00"))
    change_meeting(
        activity=week[0], changes={"location": "Room 5"}, times=times, span="all", actor=ann, at=NOW
    )

    rows = fresh(week[0])
    assert starts(rows) == ["10-05 12:00", "10-14 09:00", "10-19 12:00", "10-26 12:00", "11-02 12:00"]
    assert [one.location for one in rows] == ["Room 5", "", "Room 5", "Room 5", "Room 5"]


def test_what_is_done_already_stays(ann, week) -> None:
    from crm.timeline.services import complete_activities

    complete_activities(records=[week[0]], actor=ann, at=NOW + timedelta(days=5))

    change_meeting(activity=week[1], changes={"subject": "New"}, span="all", actor=ann, at=NOW)

    assert [one.subject for one in fresh(week[0])] == ["Stand-up", "New", "New", "New", "New"]


def test_days_that_can_t_move_together_are_refused_and_nothing_moves(ann) -> None:
    rows = series(ann, at("2026-10-12 10:00"), "FREQ=MONTHLY;BYDAY=2MO;COUNT=3")
    times = Times(at("2026-10-13 10:00"), at("2026-10-13 11:00"))

    with pytest.raises(ValidationError):
        change_meeting(activity=rows[0], changes={}, times=times, span="all", actor=ann, at=NOW)

    assert starts(fresh(rows[0]))[0] == "10-12 10:00"


def test_the_rest_of_a_series_is_called_off(ann, week) -> None:
    call_off(activity=week[3], span="following", actor=ann, at=NOW)

    assert [one.cancelled_at is None for one in fresh(week[0])] == [True, True, True, False, False]
    assert extend_series(NOW + timedelta(days=300)) == 0


def test_an_answer_counts_for_the_whole_series(ann, bob) -> None:
    rows = series(ann, at("2026-10-05 10:00"), "FREQ=WEEKLY;COUNT=3", asked=Asked(users=[bob]))

    answer(participant=rows[0].participants.get(), answer="accepted", actor=bob, at=NOW, span="all")

    assert set(Participant.objects.values_list("answer", flat=True)) == {"accepted"}
