"""Booking a time from outside: once for one form, never two for one host, moved and called off by link."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from crm.identity.models import User
from crm.records import due
from crm.timeline import freetimes, guests
from crm.timeline.models import BookedHost, Booking, BookingPage
from crm.timeline.services import invitations
from crm.timeline.services.meetings import Plan, Times, call_off, change_meeting, plan_meeting
from crm.timeline.services.participants import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Hosts take turns by what they were given within this time.
FAIRNESS = timedelta(days=30)


class Taken(ValidationError):
    """Somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__(_("This time has just been taken. Please choose another one."), code="taken")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who books, as they write themselves."""

    name: str
    email: str
    time_zone: str
    phone: str = ""
    note: str = ""
    language: str = ""


def book(*, page: BookingPage, start: datetime, visitor: Visitor, form_key: str, at: datetime) -> Booking:
    """Book a time. The same form sent again gives the same booking.

    Raises:
        Taken: when nobody is free then any more.
    """
    known = Booking.objects.filter(form_key=form_key).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return write_booking(page, start, visitor, form_key, at)
    except IntegrityError:
        # The same form came twice at once, or the database kept two bookings of a host apart.
        known = Booking.objects.filter(form_key=form_key).first()
        if known is not None:
            return known
        raise Taken from None


def write_booking(
    page: BookingPage, start: datetime, visitor: Visitor, form_key: str, at: datetime
) -> Booking:
    hosts = chosen_hosts(page, start, at)
    booking = Booking.objects.create(
        page=page,
        name=visitor.name,
        email=visitor.email,
        phone=visitor.phone,
        note=visitor.note,
        language=visitor.language,
        time_zone=visitor.time_zone,
        starts_at=start,
        ends_at=start + timedelta(minutes=page.minutes),
        token=secrets.token_urlsafe(24),
        form_key=form_key,
        created_at=at,
    )
    take(booking, hosts)
    owner, *others = hosts
    person = guests.find_or_make(
        name=visitor.name, email=visitor.email, phone=visitor.phone, owner=owner, at=at
    )
    link = page.place if page.place.startswith(("http://", "https://")) else ""
    plan = Plan(
        subject=f"{page.title}: {visitor.name}",
        times=Times(booking.starts_at, booking.ends_at),
        body=visitor.note,
        location="" if link else page.place,
        meeting_url=link,
        owner=owner,
        records=[person] if person is not None else [],
        asked=Asked(users=others, addresses=[(visitor.name, visitor.email)]),
    )
    booking.activity = plan_meeting(plan=plan, actor=None, at=at, via="booking")[0]
    booking.save(update_fields=["activity"])
    due.schedule(invitations.INVITE, str(booking.activity.pk), at)
    return booking


def chosen_hosts(
    page: BookingPage, start: datetime, at: datetime, *, without: int | None = None
) -> list[User]:
    """Return who takes a booking; the page's hosts are locked until it is written.

    Raises:
        Taken: when nobody is free.
    """
    ids = list(page.hosts.order_by("pk").values_list("pk", flat=True))
    locked = list(
        User.objects.select_for_update(no_key=True).filter(pk__in=ids, is_active=True).order_by("pk")
    )
    found = freetimes.slots(page, start, start + timedelta(seconds=1), at, without=without)
    slot = next((one for one in found if one.start == start), None)
    if slot is None:
        raise Taken
    free = [one for one in locked if one.pk in slot.hosts]
    if page.mode == BookingPage.Hosts.ALL:
        return free
    return [next_in_turn(page, free, at)]


def next_in_turn(page: BookingPage, free: Sequence[User], at: datetime) -> User:
    """Return who was given least lately, and of these who has waited longest."""
    recent = Q(booking__page=page, booking__created_at__gt=at - FAIRNESS, is_active=True)
    rows = BookedHost.objects.filter(recent, user__in=[one.pk for one in free]).values("user")
    counts = {row["user"]: row for row in rows.annotate(n=Count("pk"), last=Max("booking__created_at"))}

    def rank(one: User) -> tuple[int, float, int]:
        row: Any = counts.get(one.pk)
        return (row["n"], row["last"].timestamp(), one.pk) if row else (0, 0.0, one.pk)

    return min(free, key=rank)


def take(booking: Booking, hosts: Sequence[User]) -> None:
    """Take the hosts' time, buffers included; the database refuses what overlaps."""
    page = booking.page
    during = (
        booking.starts_at - timedelta(minutes=page.buffer_before),
        booking.ends_at + timedelta(minutes=page.buffer_after),
    )
    BookedHost.objects.bulk_create(BookedHost(booking=booking, user=one, during=during) for one in hosts)


@transaction.atomic
def move_booking(*, booking: Booking, start: datetime, at: datetime) -> Booking:
    """Move a booking to another time; with the same host where they are free.

    Raises:
        Taken: when nobody is free then.
        ValidationError: when it is called off or over.
    """
    booking = Booking.objects.select_for_update().select_related("page").get(pk=booking.pk)
    check_open(booking, at)
    if start == booking.starts_at:
        return booking
    hosts = chosen_hosts(booking.page, start, at, without=booking.pk)
    activity = booking.activity
    assert activity is not None
    ids = [one.pk for one in hosts]
    if booking.page.mode == BookingPage.Hosts.ANY:
        slot = freetimes.slots(booking.page, start, start + timedelta(seconds=1), at, without=booking.pk)[0]
        if activity.owner_id in slot.hosts:
            ids = [activity.owner_id] if activity.owner_id else ids
    booking.starts_at, booking.ends_at = start, start + timedelta(minutes=booking.page.minutes)
    booking.save(update_fields=["starts_at", "ends_at"])
    changes: dict[str, Any] = {} if activity.owner_id in ids else {"owner": User.objects.get(pk=ids[0])}
    change_meeting(
        activity=activity,
        changes=changes,
        times=Times(booking.starts_at, booking.ends_at),
        actor=None,
        at=at,
        via="booking",
    )
    booking.taken.all().delete()
    take(booking, list(User.objects.filter(pk__in=ids)))
    return booking


@transaction.atomic
def cancel_booking(*, booking: Booking, at: datetime) -> None:
    """Call a booking off; its time is free again."""
    booking = Booking.objects.select_for_update().select_related("page").get(pk=booking.pk)
    check_open(booking, at)
    assert booking.activity is not None
    call_off(activity=booking.activity, actor=None, at=at, via="booking")


def check_open(booking: Booking, at: datetime) -> None:
    activity = booking.activity
    if booking.cancelled_at is not None or activity is None or not activity.is_open:
        raise ValidationError(_("This booking was called off."))
    if booking.starts_at <= at:
        raise ValidationError(_("This booking is over."))
