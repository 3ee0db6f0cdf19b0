"""Meetings as iCalendar objects (RFC 5545): for invitations, for feeds, for other calendars.

Times of one meeting stand in UTC, those of a series by the clock of its zone, so that ten o'clock
stays ten o'clock in every calendar; whole days are dates, without any zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings

from crm.identity.models import Organisation
from crm.timeline import recurrence
from crm.timeline.models import Activity, Answer, Occasion, Participant, Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from icalendar import Calendar, Event, vCalAddress

PRODUCT = "-//Artel CRM//Calendar//EN"
STATES = {
    Answer.WAITING: "NEEDS-ACTION",
    Answer.ACCEPTED: "ACCEPTED",
    Answer.TENTATIVE: "TENTATIVE",
    Answer.DECLINED: "DECLINED",
}
ANSWERS = {state: answer for answer, state in STATES.items()}
#: A meeting without an end lasts so long in other calendars.
USUAL = timedelta(minutes=30)


def library() -> Any:
    """Return the icalendar package: pages that show no calendar file need not wait for it."""
    return import_module("icalendar")


def calendar_of(events: Iterable[Event], *, method: str = "", name: str = "") -> Calendar:
    """Return a calendar with some events, and the zones that they name."""
    calendar: Calendar = library().Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    if method:
        calendar.add("METHOD", method)
    if name:
        calendar.add("X-WR-CALNAME", name)
    for one in events:
        calendar.add_component(one)
    calendar.add_missing_timezones()
    return calendar


def text_of(calendar: Calendar) -> str:
    return str(calendar.to_ical().decode())


# One meeting.


def event_of(
    activity: Activity,
    occasion: Occasion,
    *,
    now: datetime,
    participants: Sequence[Participant] = (),
    is_told: bool = True,
    sequence: int | None = None,
) -> Event:
    """Return a meeting as an event; without ``is_told`` only that the time is taken."""
    event: Event = library().Event()
    event.add("UID", occasion.uid)
    event.add("SEQUENCE", occasion.sequence if sequence is None else sequence)
    event.add("DTSTAMP", now.astimezone(UTC))
    put_times(event, activity, occasion)
    event.add("SUMMARY", str(activity) if is_told else busy_word())
    event.add("STATUS", "CANCELLED" if is_off(activity) else "CONFIRMED")
    event.add("TRANSP", "OPAQUE")
    if not is_told:
        return event
    event.add("LAST-MODIFIED", activity.updated_at.astimezone(UTC))
    if activity.body:
        event.add("DESCRIPTION", activity.body)
    if place := activity.location or activity.meeting_url:
        event.add("LOCATION", place)
    if activity.meeting_url:
        event.add("CONFERENCE", activity.meeting_url, {"VALUE": "URI"})
    if participants:
        event.add("ORGANIZER", organizer_of(activity, occasion))
    for one in participants:
        if address := address_of(one):
            event.add("ATTENDEE", attendee(one, address))
    return event


def busy_word() -> str:
    return "Занято" if Organisation.load().language == "ru" else "Busy"


def is_off(activity: Activity) -> bool:
    return activity.cancelled_at is not None or activity.deleted_at is not None


def put_times(event: Event, activity: Activity, occasion: Occasion) -> None:
    """Write from when to when; a time of a series also which of them it is."""
    zone = ZoneInfo(occasion.time_zone or "UTC")
    in_series = occasion.series_id is not None
    start, end = bounds(activity, zone)
    if isinstance(start, datetime) and not in_series:
        start, end = start.astimezone(UTC), end.astimezone(UTC)  # type: ignore[union-attr]
    event.add("DTSTART", start)
    event.add("DTEND", end)
    if in_series and occasion.original_at is not None:
        moment: date | datetime = occasion.original_at.astimezone(zone)
        event.add("RECURRENCE-ID", moment.date() if activity.all_day else moment)  # type: ignore[union-attr]


def bounds(activity: Activity, zone: ZoneInfo) -> tuple[date | datetime, date | datetime]:
    """Return beginning and end: of whole days the first one and the day after the last."""
    assert activity.due_at is not None
    if activity.all_day:
        first = activity.due_at.astimezone(zone).date()
        last = activity.ends_at.astimezone(zone).date() if activity.ends_at else first
        return first, last + timedelta(days=1)
    start = activity.due_at.astimezone(zone)
    end = activity.ends_at or activity.due_at + (
        timedelta(seconds=activity.seconds) if activity.seconds else USUAL
    )
    return start, end.astimezone(zone)


def organizer_of(activity: Activity, occasion: Occasion) -> vCalAddress:
    """Return who invites: the owner, else the house."""
    owner = activity.owner
    address = occasion.organizer or (owner.email if owner and owner.email else settings.DEFAULT_FROM_EMAIL)
    found: vCalAddress = library().vCalAddress(f"MAILTO:{bare(address)}")
    if owner is not None and not occasion.organizer:
        found.params["CN"] = library().vText(str(owner))
    return found


def bare(address: str) -> str:
    """Return the address alone of "Name <address>"."""
    return address.rpartition("<")[2].rstrip("> ").strip()


def address_of(one: Participant) -> str:
    return (one.user.email if one.user_id and one.user else one.email) or ""


def attendee(one: Participant, address: str) -> vCalAddress:
    found: vCalAddress = library().vCalAddress(f"MAILTO:{address}")
    found.params["CN"] = library().vText(one.called)
    found.params["PARTSTAT"] = library().vText(STATES[Answer(one.answer)])
    found.params["RSVP"] = library().vText("TRUE")
    found.params["ROLE"] = library().vText("REQ-PARTICIPANT")
    return found


# A series.


def events_of_series(
    series: Series,
    occasions: Sequence[Occasion],
    *,
    now: datetime,
    participants: Sequence[Participant] = (),
    is_told: bool = True,
) -> list[Event]:
    """Return a series as its rule, the times that fell away, and those that differ."""
    zone = ZoneInfo(series.time_zone)
    rows = sorted((one for one in occasions if one.original_at), key=lambda one: one.original_at or now)
    plain = next((one for one in rows if not one.is_changed and not is_off(one.activity)), None)
    model = plain or (rows[-1] if rows else None)
    if model is None:
        return []
    master = event_of(
        model.activity,
        Occasion(uid=series.uid, time_zone=series.time_zone, organizer=model.organizer),
        now=now,
        participants=participants,
        is_told=is_told,
        sequence=series.sequence,
    )
    put_rule(master, series, model, zone)
    gone = missing_times(series, rows, zone)
    if model.activity.all_day:
        gone_days: list[date] = [one.astimezone(zone).date() for one in gone]
        if gone_days:
            master.add("EXDATE", gone_days, {"VALUE": "DATE"})
    elif gone:
        master.add("EXDATE", [one.astimezone(zone) for one in gone])
    changed = [one for one in rows if one.is_changed and not is_off(one.activity)]
    return [
        master,
        *(
            event_of(one.activity, one, now=now, participants=participants, is_told=is_told)
            for one in changed
        ),
    ]


def put_rule(master: Event, series: Series, model: Occasion, zone: ZoneInfo) -> None:
    """Write the rule, and from when it counts, in place of the times of the meeting it is drawn from."""
    start, end = bounds(model.activity, zone)
    first = series.starts_at.astimezone(zone)
    length: timedelta = end - start  # type: ignore[operator]
    for name in ("DTSTART", "DTEND"):
        del master[name]
    if model.activity.all_day:
        master.add("DTSTART", first.date())
        master.add("DTEND", first.date() + length)
    else:
        moments = recurrence.moments(
            series.rule, series.starts_at, zone, until=series.starts_at + recurrence.AHEAD
        )
        begun = (moments[0] if moments else series.starts_at).astimezone(zone)
        master.add("DTSTART", begun)
        master.add("DTEND", (begun.replace(tzinfo=None) + length).replace(tzinfo=zone))
    parts = recurrence.parts_of(series.rule)
    if len(parts.get("UNTIL", "")) == 8 and not model.activity.all_day:
        last = recurrence.until_of(parts, zone)
        assert last is not None
        parts["UNTIL"] = last.replace(tzinfo=zone).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    elif len(parts.get("UNTIL", "")) > 8 and model.activity.all_day:
        last = recurrence.until_of(parts, zone)
        assert last is not None
        parts["UNTIL"] = last.strftime("%Y%m%d")
    master.add("RRULE", library().vRecur.from_ical(recurrence.text_of(parts)))


def missing_times(series: Series, rows: Sequence[Occasion], zone: ZoneInfo) -> list[datetime]:
    """Return the times of a series that do not take place."""
    until = series.made_until or max(
        (one.original_at for one in rows if one.original_at), default=series.starts_at
    )
    wanted = recurrence.moments(series.rule, series.starts_at, zone, until=until)
    there = {one.original_at for one in rows if not is_off(one.activity)}
    return sorted({one for one in wanted if one not in there} | set(series.excluded))


def whole_of(activity: Activity, now: datetime, *, method: str = "", is_told: bool = True) -> Calendar:
    """Return a meeting, or all of the series that it belongs to, with those who take part."""
    occasion = Occasion.objects.select_related("series").get(activity=activity)
    participants = list(Participant.objects.filter(activity=activity).select_related("user").order_by("pk"))
    if occasion.series is None:
        event = event_of(activity, occasion, now=now, participants=participants, is_told=is_told)
        return calendar_of([event], method=method)
    rows = occasions_of(occasion.series)
    events = events_of_series(occasion.series, rows, now=now, participants=participants, is_told=is_told)
    return calendar_of(events, method=method)


def occasions_of(series: Series) -> list[Occasion]:
    """Return all times of a series, those in the bin included."""
    rows = Occasion.objects.filter(series=series)
    found = {one.pk: one for one in rows}
    activities: dict[int, Any] = {
        one.pk: one for one in Activity.all_objects.filter(pk__in=list(found)).select_related("owner")
    }
    for pk, one in found.items():
        if pk in activities:
            one.activity = activities[pk]
    return [one for pk, one in found.items() if pk in activities]
