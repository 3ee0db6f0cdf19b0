"""Invitations out and answers in: what others' calendars are told, and what of their answers counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from crm.records import due
from crm.timeline import ical, inviting
from crm.timeline.models import Occasion, Participant
from crm.timeline.services import invitations
from crm.timeline.services.meetings import Plan, Times, call_off, change_meeting, plan_meeting
from crm.timeline.services.participants import Asked, drop_participant
from tests.factories.contacts import made_person

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TEN = datetime(2026, 10, 27, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def meeting(ann) -> Any:
    """A meeting in New York to which Vera was invited."""
    ann.time_zone, ann.email = "America/New_York", "ann@example.org"
    ann.save()
    person = made_person(ann, first_name="Vera", last_name="West", email="vera@example.com")
    plan = Plan("Kick-off", Times(TEN, TEN + HOUR), location="Room 5", asked=Asked(people=[person.ref]))
    return plan_meeting(plan=plan, actor=ann, at=NOW)[0]


def invited(one: Any, at: datetime = NOW) -> None:
    invitations.send([one], at=at)
    due.run_due(at + timedelta(minutes=1))


def object_in(letter: Any) -> Any:
    return Calendar.from_ical(letter.alternatives[0][0])


def reply(one: Any, *, state: str = "ACCEPTED", who: str = "vera@example.com", **more: Any) -> str:
    occasion = Occasion.objects.get(pk=one.pk)
    lines = {
        "UID": occasion.uid,
        "DTSTAMP": "20261002T080000Z",
        "SEQUENCE": str(occasion.sequence),
        "DTSTART": "20261027T140000Z",
        **more,
    }
    body = "".join(f"{name}:{value}\r\n" for name, value in lines.items())
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"{body}ATTENDEE;PARTSTAT={state}:mailto:{who}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def test_an_invitation_names_the_meeting_and_who_asks(meeting, mailoutbox) -> None:
    invited(meeting)

    (letter,) = mailoutbox
    event = object_in(letter).walk("VEVENT")[0]
    assert letter.to == ["vera@example.com"]
    assert letter.reply_to == ["ann@example.org"]
    assert "method=REQUEST" in letter.alternatives[0][1]
    assert str(event["ORGANIZER"]) == "MAILTO:ann@example.org"
    assert str(event["LOCATION"]) == "Room 5"
    assert event.decoded("DTSTART") == TEN
    assert "10:00 (America/New_York)" in letter.subject


def test_a_change_goes_out_once_under_the_same_name(meeting, ann, mailoutbox) -> None:
    invited(meeting)
    first = object_in(mailoutbox[0]).walk("VEVENT")[0]

    for minutes in (15, 30):
        times = Times(TEN + timedelta(minutes=minutes), TEN + HOUR)
        change_meeting(activity=meeting, changes={}, times=times, actor=ann, at=LATER)
    due.run_due(LATER + timedelta(minutes=5))

    assert len(mailoutbox) == 2
    second = object_in(mailoutbox[1]).walk("VEVENT")[0]
    assert first["UID"] == second["UID"]
    assert int(second["SEQUENCE"]) > int(first["SEQUENCE"])
    assert mailoutbox[1].subject.startswith("Changed")


def test_what_is_undone_at_once_is_not_told(meeting, mailoutbox, ann) -> None:
    invitations.send([meeting], at=NOW)

    call_off(activity=meeting, actor=ann, at=NOW)
    due.run_due(LATER + timedelta(minutes=5))

    assert mailoutbox == []


def test_a_meeting_that_is_called_off_is_cancelled_elsewhere(meeting, ann, mailoutbox) -> None:
    invited(meeting)

    call_off(activity=meeting, actor=ann, at=LATER)
    due.run_due(LATER + timedelta(minutes=5))

    calendar = object_in(mailoutbox[1])
    assert str(calendar["METHOD"]) == "CANCEL"
    assert str(calendar.walk("VEVENT")[0]["STATUS"]) == "CANCELLED"


def test_who_is_asked_no_longer_is_told(meeting, ann, mailoutbox) -> None:
    invited(meeting)

    drop_participant(participant=Participant.objects.get(), actor=ann, at=LATER)
    due.run_due(LATER + timedelta(minutes=5))

    assert str(object_in(mailoutbox[1])["METHOD"]) == "CANCEL"


def test_an_answer_is_taken_down(meeting, mailoutbox) -> None:
    invited(meeting)

    came = inviting.receive_calendar(reply(meeting), "Vera West <Vera@example.com>", at=NOW)

    assert came.outcome == "answered"
    assert came.activity == meeting
    assert Participant.objects.get().answer == "accepted"


def test_an_answer_in_another_s_name_does_not_count(meeting, mailoutbox) -> None:
    invited(meeting)

    came = inviting.receive_calendar(reply(meeting), "mallory@example.com", at=NOW)
    other = inviting.receive_calendar(
        reply(meeting, who="mallory@example.com"), "mallory@example.com", at=NOW
    )

    assert (came.outcome, other.outcome) == ("stranger", "stranger")
    assert Participant.objects.get().answer == "waiting"


def test_an_older_answer_does_not_count(meeting, mailoutbox, ann) -> None:
    invited(meeting)
    old = reply(meeting, state="DECLINED", DTSTAMP="20261001T130000Z")
    inviting.receive_calendar(reply(meeting), "vera@example.com", at=NOW)

    came = inviting.receive_calendar(old, "vera@example.com", at=NOW)

    assert came.outcome == "outdated"
    assert Participant.objects.get().answer == "accepted"


def test_an_answer_to_times_that_changed_since_does_not_count(meeting, mailoutbox, ann) -> None:
    invited(meeting)
    old = reply(meeting)
    change_meeting(activity=meeting, changes={}, times=Times(TEN + HOUR, TEN + 2 * HOUR), actor=ann, at=LATER)
    due.run_due(LATER + timedelta(minutes=5))

    came = inviting.receive_calendar(old, "vera@example.com", at=NOW)

    assert came.outcome == "outdated"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", "broken"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT", "broken"),
        ("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", "other"),
        (b"\xff\xfe\x00", "broken"),
    ],
)
def test_rubbish_is_named_and_breaks_nothing(db, text, outcome) -> None:
    assert inviting.receive_calendar(text, "vera@example.com", at=NOW).outcome == outcome


def test_an_unknown_meeting_is_named(meeting) -> None:
    came = inviting.receive_calendar(reply(meeting, UID="nobody@example.com"), "vera@example.com", at=NOW)

    assert came.outcome == "unknown"


# Series.


@pytest.fixture
def series(ann) -> Any:
    """Four Tuesdays over the clock change in New York, to which Zoe was invited."""
    ann.time_zone = "America/New_York"
    ann.save()
    plan = Plan(
        "Stand-up",
        Times(TEN, TEN + HOUR),
        rule="FREQ=WEEKLY;BYDAY=TU;COUNT=4",
        asked=Asked(addresses=[("Zoe", "zoe@example.com")]),
    )
    return plan_meeting(plan=plan, actor=ann, at=NOW)


def test_a_series_is_one_invitation_by_the_clock_of_its_zone(series, mailoutbox) -> None:
    invitations.send(series, at=NOW)
    due.run_due(NOW + timedelta(minutes=1))

    (letter,) = mailoutbox
    calendar = object_in(letter)
    (event,) = calendar.walk("VEVENT")
    assert event["RRULE"]["FREQ"] == ["WEEKLY"]
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert [str(one["TZID"]) for one in calendar.walk("VTIMEZONE")] == ["America/New_York"]


def test_what_fell_away_or_differs_in_a_series_is_told(series, ann) -> None:
    call_off(activity=series[1], actor=ann, at=NOW, delete=True)
    later = series[2].due_at + HOUR
    change_meeting(activity=series[2], changes={}, times=Times(later, later + HOUR), actor=ann, at=NOW)

    calendar = ical.whole_of(series[0], NOW)

    master, changed = calendar.walk("VEVENT")
    assert [one.dt.date().isoformat() for one in master["EXDATE"].dts] == ["2026-11-03"]
    assert changed.decoded("RECURRENCE-ID").date().isoformat() == "2026-11-10"
    assert changed.decoded("DTSTART") == later


def test_an_answer_to_one_time_of_a_series_is_of_that_time(series, mailoutbox) -> None:
    invitations.send(series, at=NOW)
    due.run_due(NOW + timedelta(minutes=1))
    text = reply(series[1], who="zoe@example.com", state="DECLINED", **{"RECURRENCE-ID": "20261103T150000Z"})

    came = inviting.receive_calendar(text, "zoe@example.com", at=NOW)

    assert came.activity == series[1]
    assert [one.participants.get().answer for one in series] == ["waiting", "declined", "waiting", "waiting"]


def test_an_answer_to_a_series_is_of_all_its_times(series, mailoutbox) -> None:
    invitations.send(series, at=NOW)
    due.run_due(NOW + timedelta(minutes=1))

    inviting.receive_calendar(reply(series[0], who="zoe@example.com"), "zoe@example.com", at=NOW)

    assert {one.participants.get().answer for one in series} == {"accepted"}


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Yekaterinburg", "America/New_York"])
def test_whole_days_are_dates_in_every_zone(zone, ann) -> None:
    ann.time_zone = zone
    ann.save()
    day = datetime(2026, 11, 1, 12, tzinfo=UTC)
    one = plan_meeting(plan=Plan("Fair", Times(day, None, True)), actor=ann, at=NOW)[0]

    event = ical.whole_of(one, NOW).walk("VEVENT")[0]

    assert event.to_ical().decode().count("DTSTART;VALUE=DATE:20261101") == 1
    assert event.to_ical().decode().count("DTEND;VALUE=DATE:20261102") == 1
