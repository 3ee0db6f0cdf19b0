"""Feeds: what other calendars read by a secret address, and that it ends when it is taken back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from crm.timeline.models import Absence, Feed
from crm.timeline.services import feeds
from crm.timeline.services.meetings import Plan, Times, plan_meeting
from tests.factories.identity import join

HOUR = timedelta(hours=1)


def meet(owner: Any, subject: str, **values: Any) -> Any:
    start = timezone.now().replace(microsecond=0) + timedelta(days=2)
    plan = Plan(subject, Times(start, start + HOUR), **values)
    return plan_meeting(plan=plan, actor=owner, at=timezone.now())[0]


def read(token: str) -> Any:
    answer = Client().get(f"/calendar/feed/{token}.ics")
    return Calendar.from_ical(answer.content) if answer.status_code == 200 else answer.status_code


def subjects(calendar: Any) -> list[str]:
    return sorted(str(one["SUMMARY"]) for one in calendar.walk("VEVENT"))


def test_my_calendar_is_read_without_signing_in(ann, bob) -> None:
    meet(ann, "Kick-off")
    meet(bob, "Not mine")

    token = feeds.make_feed(user=ann, team=None, at=timezone.now())

    assert subjects(read(token)) == ["Kick-off"]
    assert Feed.objects.get().digest != token


def test_each_time_of_a_series_stands_by_itself(ann) -> None:
    meet(ann, "Stand-up", rule="FREQ=WEEKLY;COUNT=3")

    calendar = read(feeds.make_feed(user=ann, team=None, at=timezone.now()))

    uids = {str(one["UID"]) for one in calendar.walk("VEVENT")}
    assert subjects(calendar) == ["Stand-up"] * 3
    assert len(uids) == 3


def test_of_a_team_only_what_one_may_see_is_told(ann, bob, team_b) -> None:
    join(ann, team_b)
    ann.roles.clear()
    meet(bob, "Secret")

    calendar = read(feeds.make_feed(user=ann, team=team_b, at=timezone.now()))

    assert subjects(calendar) == ["Busy"]


def test_a_new_address_ends_the_one_before(ann) -> None:
    first = feeds.make_feed(user=ann, team=None, at=timezone.now())

    second = feeds.make_feed(user=ann, team=None, at=timezone.now())

    assert read(first) == 404
    assert read(second) != 404


def test_who_left_is_read_no_more(ann) -> None:
    token = feeds.make_feed(user=ann, team=None, at=timezone.now())

    ann.is_active = False
    ann.save()

    assert read(token) == 404


def test_another_s_team_has_no_address(ann, team_b) -> None:
    with pytest.raises(PermissionDenied):
        feeds.make_feed(user=ann, team=team_b, at=timezone.now())


def test_the_address_is_shown_once_and_ended_on_the_page(ann, client_for) -> None:
    client = client_for(ann)

    shown = client.post("/calendar/settings/", {"act": "feed"}).content.decode()
    token = re.search(r"/calendar/feed/([\w-]+)\.ics", shown)[1]
    again = client.get("/calendar/settings/").content.decode()
    client.post("/calendar/settings/", {"act": "drop", "feed": Feed.objects.get().pk})

    assert token not in again
    assert read(token) == 404


def test_absences_are_entered_and_taken_back(ann, client_for) -> None:
    client, today = client_for(ann), timezone.localdate()
    form = {"act": "absence", "kind": "vacation", "first_on": today, "last_on": today + timedelta(days=3)}

    wrong = client.post("/calendar/settings/", {**form, "last_on": date(2020, 1, 1)})
    client.post("/calendar/settings/", form)
    row = Absence.objects.get()
    client.post("/calendar/settings/", {"act": "back", "absence": row.pk})

    assert wrong.status_code == 422
    assert row.user == ann
    assert not Absence.objects.exists()
