"""Booking by strangers: what is on offer, that nobody is booked twice, and what a link may do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from contacts.models import Person
from crm.records import due
from crm.timeline import freetimes
from crm.timeline.models import Absence, Activity, BookedHost, Booking, BookingPage
from crm.timeline.services import bookings
from crm.timeline.services.bookings import Taken, Visitor
from crm.timeline.services.meetings import Plan, Times, call_off, change_meeting, plan_meeting
from tests.factories.contacts import made_person
from tests.factories.identity import person

#: A Monday morning, before work.
NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
VERA = Visitor("Vera West", "vera@example.com", "America/New_York", note="Hello", language="en")


def page(*hosts: Any, **values: Any) -> BookingPage:
    values = {"slug": "talk", "title": "First talk", "minutes": 30, "step": 30, **values}
    made = BookingPage.objects.create(**values)
    made.hosts.set(hosts)
    return made


def offered(of: BookingPage, day: datetime = TEN, now: datetime = NOW) -> list[str]:
    start = day.replace(hour=0)
    return [f"{one.start:%H:%M}" for one in freetimes.slots(of, start, start + timedelta(days=1), now)]


def booked(of: BookingPage, start: datetime = TEN, visitor: Visitor = VERA, key: str = "") -> Booking:
    return bookings.book(
        page=of, start=start, visitor=visitor, form_key=key or f"key-{start}-{visitor}"[:64], at=NOW
    )


# What is on offer.


def test_times_lie_within_working_hours(ann) -> None:
    found = offered(page(ann))

    assert (found[0], found[-1], len(found)) == ("09:00", "17:30", 18)
    assert offered(BookingPage.objects.get(), datetime(2026, 11, 28, tzinfo=UTC)) == []


def test_meetings_and_their_buffers_are_not_on_offer(ann) -> None:
    plan_meeting(plan=Plan("Busy", Times(TEN, TEN + HOUR)), actor=ann, at=NOW)

    found = offered(page(ann, buffer_before=15, buffer_after=30))

    assert {"09:30", "10:00", "10:30", "11:00"} & set(found) == set()
    assert {"09:00", "11:30"} <= set(found)


def test_notice_days_ahead_absence_and_limits_count(ann) -> None:
    of = page(ann, notice_hours=30, days_ahead=3, per_day=1)
    wednesday = datetime(2026, 11, 25, tzinfo=UTC)

    assert offered(of)[0] == "11:00"
    assert offered(of, datetime(2026, 11, 27, tzinfo=UTC)) == []
    booked(of, TEN + HOUR)
    assert offered(of) == []
    assert offered(of, wednesday)[0] == "09:00"
    Absence.objects.create(user=ann, first_on=wednesday.date(), last_on=wednesday.date())
    assert offered(of, wednesday) == []


def test_together_means_that_all_are_free(ann, bob) -> None:
    plan_meeting(plan=Plan("Busy", Times(TEN, TEN + HOUR)), actor=bob, at=NOW)

    of_any = page(ann, bob)
    of_all = page(ann, bob, slug="both", mode="all")

    assert "10:00" in offered(of_any)
    assert "10:00" not in offered(of_all)


# Booking.


def test_a_booking_makes_the_person_the_meeting_and_the_letter(ann, mailoutbox) -> None:
    one = booked(page(ann, place="https://meet.example.com/ann"))
    due.run_due(NOW + timedelta(minutes=5))

    meeting = one.activity
    (known,) = Person.objects.all()
    assert (meeting.owner, meeting.due_at, meeting.meeting_url) == (ann, TEN, "https://meet.example.com/ann")
    assert meeting.about == known.ref
    assert known.owner == ann
    (letter,) = mailoutbox
    assert letter.to == ["vera@example.com"]
    assert f"/b/talk/{one.token}/" in letter.body
    assert "05:00 (America/New_York)" in letter.subject
    assert "METHOD:REQUEST" in letter.alternatives[0][0]


def test_who_is_known_by_the_address_is_not_made_again(ann, bob) -> None:
    known = made_person(bob, last_name="West", email="Vera@Example.com")

    one = booked(page(ann))

    assert Person.objects.count() == 1
    assert one.activity.about == known.ref


def test_hosts_take_turns(ann, bob) -> None:
    of = page(ann, bob)

    owners = [booked(of, TEN + number * HOUR).activity.owner.username for number in range(4)]

    assert sorted(owners[:2]) == ["ann", "bob"]
    assert owners[:2] == owners[2:]


def test_together_all_take_part(ann, bob) -> None:
    one = booked(page(ann, bob, mode="all"))

    assert one.taken.count() == 2
    assert one.activity.participants.filter(user__isnull=False).count() == 1
    assert Activity.objects.visible_to(bob).filter(pk=one.activity.pk).exists()


def test_what_is_taken_is_refused(ann) -> None:
    of = page(ann)
    booked(of)

    with pytest.raises(Taken):
        booked(of, visitor=Visitor("Zoe", "zoe@example.com", "UTC"))


def test_the_same_form_twice_books_once(ann) -> None:
    of = page(ann)

    assert booked(of, key="one") == booked(of, key="one")
    assert Activity.objects.count() == 1


def test_the_database_keeps_two_bookings_of_a_host_apart(ann) -> None:
    one = booked(page(ann))

    with pytest.raises(IntegrityError), transaction.atomic():
        BookedHost.objects.create(booking=one, user=ann, during=(TEN, TEN + HOUR))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", ["any", "all"])
def test_of_many_at_once_each_host_is_booked_once(mode: str) -> None:
    hosts = [person(name, role="sales_rep") for name in ("ann", "bob")]
    first = page(*hosts, mode=mode)
    second = page(*hosts, mode=mode, slug="other")

    def attempt(number: int) -> bool:
        try:
            visitor = Visitor(f"Guest {number}", f"guest{number}@example.com", "UTC")
            bookings.book(
                page=(first, second)[number % 2],
                start=TEN,
                visitor=visitor,
                form_key=f"form-{number}",
                at=NOW,
            )
        except Taken:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(attempt, range(12)))

    assert won == (2 if mode == "any" else 1)
    assert BookedHost.objects.filter(is_active=True).count() == 2
    assert Activity.objects.count() == Booking.objects.count() == won


# Moving and calling off.


def test_a_booking_is_moved_by_its_guest(ann, mailoutbox) -> None:
    of = page(ann)
    one = booked(of)
    due.run_due(NOW + timedelta(minutes=5))

    bookings.move_booking(booking=one, start=TEN + timedelta(minutes=30), at=NOW + HOUR)
    due.run_due(NOW + 2 * HOUR)

    assert Activity.objects.get().due_at == TEN + timedelta(minutes=30)
    assert "10:00" in offered(of)
    assert "10:30" not in offered(of)
    assert mailoutbox[1].subject.startswith("Changed")


def test_a_booking_is_called_off_and_its_time_is_free_again(ann, mailoutbox) -> None:
    of = page(ann)
    one = booked(of)
    due.run_due(NOW + timedelta(minutes=5))

    bookings.cancel_booking(booking=one, at=NOW + HOUR)
    due.run_due(NOW + 2 * HOUR)

    assert "10:00" in offered(of)
    assert "METHOD:CANCEL" in mailoutbox[1].alternatives[0][0]
    booked(of, visitor=Visitor("Zoe", "zoe@example.com", "UTC"))


def test_what_a_colleague_does_to_the_meeting_counts_for_the_booking(ann) -> None:
    of = page(ann)
    one = booked(of)

    change_meeting(
        activity=one.activity, changes={}, times=Times(TEN + 2 * HOUR, TEN + 3 * HOUR), actor=ann, at=NOW
    )
    moved = Booking.objects.get()
    call_off(activity=one.activity, actor=ann, at=NOW)

    assert moved.starts_at == TEN + 2 * HOUR
    assert Booking.objects.get().cancelled_at is not None
    assert {"10:00", "12:00"} <= set(offered(of))


# The page.


@pytest.fixture
def stranger(db: None) -> Any:
    """A browser of somebody who never signed in."""
    with time_machine.travel(NOW, tick=False):
        yield Client()


FORM = {"name": "Vera West", "email": "vera@example.com", "note": "Hello", "form_key": "0123456789abcdef"}


def test_a_stranger_sees_times_by_their_own_clock(ann, stranger) -> None:
    page(ann)

    in_utc = stranger.get("/b/talk/?from=2026-11-24&tz=UTC").content.decode()
    in_new_york = stranger.get("/b/talk/?from=2026-11-24&tz=America/New_York").content.decode()

    assert "09:00" in in_utc
    assert ">04:00<" in in_new_york


def test_a_stranger_books_moves_and_calls_off(ann, stranger) -> None:
    page(ann)
    moment = quote(TEN.isoformat())

    asked = stranger.get(f"/b/talk/?at={moment}&tz=UTC")
    answer = stranger.post(f"/b/talk/?at={moment}&tz=UTC&lang=ru", FORM, follow=True)
    one = Booking.objects.get()
    address = f"/b/talk/{one.token}/"
    stranger.post(f"{address}?tz=UTC", {"at": (TEN + HOUR).isoformat()})
    moved = Booking.objects.get().starts_at
    stranger.post(f"{address}?tz=UTC", {"cancel": "1"})

    assert asked.status_code == answer.status_code == 200
    assert one.language == "ru"
    assert moved == TEN + HOUR
    assert Booking.objects.get().cancelled_at is not None
    assert "BEGIN:VCALENDAR" in stranger.get(f"{address}?ics=1").content.decode()


def test_who_was_too_late_is_offered_other_times(ann, stranger) -> None:
    booked(page(ann))

    answer = stranger.post(f"/b/talk/?at={quote(TEN.isoformat())}&tz=UTC", {**FORM, "form_key": "f" * 20})

    assert answer.status_code == 409
    assert "just been taken" in answer.content.decode()


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"email": "nobody"}, 422), ({"name": ""}, 422), ({"website": "spam"}, 404), ({"form_key": ""}, 422)],
)
def test_a_form_that_is_wrong_books_nothing(ann, stranger, wrong, status) -> None:
    page(ann)

    answer = stranger.post(f"/b/talk/?at={quote(TEN.isoformat())}", {**FORM, **wrong})

    assert answer.status_code == status
    assert not Booking.objects.exists()


@pytest.mark.parametrize(
    "query", ["?at=rubbish", "?from=rubbish&tz=Nowhere/City", "?at=2026-11-24", "?lang=xx"]
)
def test_rubbish_in_the_address_shows_times(ann, stranger, query) -> None:
    page(ann)

    assert stranger.get(f"/b/talk/{query}").status_code == 200


def test_times_that_are_not_on_offer_can_t_be_booked(ann, stranger) -> None:
    page(ann)
    night = datetime(2026, 11, 24, 3, tzinfo=UTC)

    answer = stranger.post(f"/b/talk/?at={quote(night.isoformat())}", FORM)

    assert answer.status_code == 409
    assert not Booking.objects.exists()


def test_a_link_of_another_booking_leads_nowhere(ann, stranger) -> None:
    booked(page(ann))

    assert stranger.get("/b/talk/guessed/").status_code == 404
    assert stranger.get("/b/other/").status_code == 404


def test_who_books_too_often_has_to_wait(ann, stranger) -> None:
    page(ann, is_active=True)

    codes = [
        stranger.post(f"/b/talk/?at={quote(TEN.isoformat())}", {**FORM, "email": "wrong"}).status_code
        for _number in range(31)
    ]

    assert codes[0] == 422
    assert codes[-1] == 429


def test_a_closed_page_says_so(ann, stranger) -> None:
    page(ann, is_active=False)

    assert stranger.get("/b/talk/").status_code == 404
