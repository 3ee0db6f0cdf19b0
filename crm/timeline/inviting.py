"""Invitations out and answers in, as RFC 5546 has them: REQUEST and CANCEL leave, REPLY comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.identity.models import Organisation
from crm.timeline import ical, posting
from crm.timeline.models import Activity, Occasion, Participant
from crm.timeline.services import participants as services

if TYPE_CHECKING:
    from collections.abc import Sequence


# Out.


def invite(activity_id: int, now: datetime) -> int:
    """Write to everybody who has an address and has not heard of this edition; return to how many."""
    activity = Activity.all_objects.select_related("owner").filter(pk=activity_id).first()
    if activity is None or activity.due_at is None:
        return 0
    occasion = Occasion.objects.filter(pk=activity.pk).select_related("series").first()
    if occasion is None or occasion.organizer:
        return 0
    sequence = max(occasion.sequence, occasion.series.sequence if occasion.series else 0)
    rows = Participant.objects.filter(activity=activity, user=None).exclude(email="")
    is_off = ical.is_off(activity)
    told = 0
    for one in rows:
        if one.sent_sequence is not None and one.sent_sequence >= sequence:
            continue
        if is_off and one.sent_sequence is None:
            continue
        send(activity, occasion, one, now, is_off=is_off)
        told += 1
    rows.update(sent_sequence=sequence)
    if occasion.series is not None:
        Participant.objects.filter(activity__occasion__series=occasion.series, user=None).exclude(
            email=""
        ).filter(sent_sequence=None).update(sent_sequence=sequence)
    return told


def send(activity: Activity, occasion: Occasion, one: Participant, now: datetime, *, is_off: bool) -> None:
    """Send one invitation, or that it does not take place."""
    method = "CANCEL" if is_off else "REQUEST"
    was_told = one.sent_sequence is not None
    if was_told and occasion.series is not None:
        # Of a series already known only this time is told.
        people = list(Participant.objects.filter(activity=activity).select_related("user"))
        event = ical.event_of(activity, occasion, now=now, participants=people)
        calendar = ical.calendar_of([event], method=method)
    else:
        calendar = ical.whole_of(activity, now, method=method)
    language, zone = speak(activity, occasion)
    with translation.override(language), timezone.override(zone):
        subject = subject_of(activity, is_off=is_off, was_told=was_told)
        posting.post(
            posting.Letter(
                to=one.email,
                subject=subject,
                text=words_of(activity, subject),
                calendar=ical.text_of(calendar),
                method=method,
                reply_to=ical.bare(str(ical.organizer_of(activity, occasion))).removeprefix("MAILTO:"),
                sender=activity.owner,
            )
        )


def subject_of(activity: Activity, *, is_off: bool, was_told: bool) -> str:
    if is_off:
        return _("Called off: %(title)s, %(when)s") % {"title": str(activity), "when": when_of(activity)}
    if not was_told and hasattr(activity, "booking"):
        return _("Booked: %(title)s, %(when)s") % {"title": str(activity), "when": when_of(activity)}
    if was_told:
        return _("Changed: %(title)s, %(when)s") % {"title": str(activity), "when": when_of(activity)}
    return _("Invitation: %(title)s, %(when)s") % {"title": str(activity), "when": when_of(activity)}


def when_of(activity: Activity) -> str:
    """Say when a meeting is, with the zone in which that is meant."""
    assert activity.due_at is not None
    local = timezone.localtime(activity.due_at)
    day = date_format(local, "DATE_FORMAT")
    if activity.all_day:
        return day
    return f"{day} {local:%H:%M} ({timezone.get_current_timezone_name()})"


def words_of(activity: Activity, subject: str) -> str:
    """Write what stands in the letter for those whose programs know no invitations."""
    lines = [subject, ""]
    if activity.location:
        lines.append(_("Place: %(place)s") % {"place": activity.location})
    if activity.meeting_url:
        lines.append(_("To join: %(link)s") % {"link": activity.meeting_url})
    if activity.body:
        lines += ["", activity.body]
    if hasattr(activity, "booking"):
        lines += ["", _("To move it or call it off:"), manage_url(activity.booking)]
    if activity.owner:
        lines += ["", str(activity.owner)]
    return "\n".join(lines) + "\n"


def manage_url(booking: Any) -> str:
    """Return where the guest moves a booking or calls it off."""
    path = reverse("timeline:booking", args=[booking.page.slug, booking.token])
    return settings.BASE_URL.rstrip("/") + path


def speak(activity: Activity, occasion: Occasion) -> tuple[str, str]:
    """Return the language and the zone of a letter: a guest's own, else the company's."""
    company = Organisation.load()
    if hasattr(activity, "booking"):
        return activity.booking.language or company.language, activity.booking.time_zone
    return company.language, occasion.time_zone or company.time_zone


def uninvite(activity_id: int, *, email: str, name: str, now: datetime) -> None:
    """Tell somebody that they are asked no longer."""
    activity = Activity.all_objects.select_related("owner").filter(pk=activity_id).first()
    occasion = Occasion.objects.filter(pk=activity_id).select_related("series").first()
    if activity is None or occasion is None or activity.due_at is None:
        return
    one = Participant(activity=activity, email=email, name=name)
    event = ical.event_of(activity, occasion, now=now, participants=[one])
    event["STATUS"] = "CANCELLED"
    language, zone = speak(activity, occasion)
    with translation.override(language), timezone.override(zone):
        subject = subject_of(activity, is_off=True, was_told=True)
        text = ical.text_of(ical.calendar_of([event], method="CANCEL"))
        posting.post(
            posting.Letter(
                to=email, subject=subject, text=words_of(activity, subject), calendar=text, method="CANCEL"
            )
        )


# In.


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a calendar object in a letter.

    ``outcome``: answered, outdated (an older edition or an older answer), unknown (no such meeting),
    stranger (not from somebody who was asked), other (no answer at all), broken.
    """

    outcome: str
    activity: Activity | None = None
    participant: Participant | None = None
    answer: str = ""
    reason: str = ""


def receive_calendar(text: str | bytes, sender: str, *, at: datetime | None = None) -> Received:
    """Read a calendar object that came by letter from ``sender``, and take an answer in it down."""
    at = at or timezone.now()
    try:
        calendar: Any = ical.library().Calendar.from_ical(text)
        events = list(calendar.walk("VEVENT"))
        method = str(calendar.get("METHOD", "")).upper()
    except (ValueError, IndexError, AttributeError, KeyError, TypeError) as wrong:
        return Received("broken", reason=str(wrong)[:300])
    if method not in ("REPLY", "COUNTER") or not events:
        return Received("other", reason=method)
    results = [answered(event, ical.bare(sender).lower(), at) for event in events]
    return next((one for one in results if one.outcome == "answered"), results[0])


def answered(event: Any, sender: str, at: datetime) -> Received:
    """Take down what one event of an answer says."""
    rows = meetings_of(event)
    if not rows:
        return Received("unknown", reason=str(event.get("UID", ""))[:200])
    activity = rows[0].activity
    said = answer_of(event, sender)
    if said is None:
        return Received("stranger", activity, reason=sender)
    address, state = said
    mine = Participant.objects.filter(activity__in=[one.pk for one in rows])
    people = [
        one for one in mine.select_related("user", "activity") if ical.address_of(one).lower() == address
    ]
    if not people:
        return Received("stranger", activity, reason=address)
    first = next((one for one in people if one.activity_id == activity.pk), people[0])
    if is_outdated(event, rows[0], first):
        return Received("outdated", activity, first, state)
    comment = str(event.get("COMMENT", ""))[:500]
    for place, one in enumerate(people):
        note = comment if place == 0 else ""
        one.answered_sequence = int(event.get("SEQUENCE", 0) or 0)
        one.save(update_fields=["answered_sequence"])
        if place == 0:
            services.answer(participant=one, answer=state, actor=None, at=stamp_of(event) or at, note=note)
        else:
            Participant.objects.filter(pk=one.pk).update(answer=state, answered_at=stamp_of(event) or at)
    first.refresh_from_db()
    return Received("answered", activity, first, state)


def meetings_of(event: Any) -> Sequence[Occasion]:
    """Return the meetings that an event means: one, one of a series, or all of a series."""
    uid = str(event.get("UID", ""))
    rows = Occasion.objects.filter(uid=uid).select_related("activity", "activity__owner", "series")
    found = event.get("RECURRENCE-ID")
    if found is not None:
        moment = found.dt
        kept = list(rows)
        return [one for one in kept if same_moment(one, moment)]
    return list(rows.order_by("original_at"))


def same_moment(one: Occasion, moment: date | datetime) -> bool:
    if one.original_at is None:
        return False
    zone = ZoneInfo(one.time_zone or "UTC")
    if not isinstance(moment, datetime):
        return one.original_at.astimezone(zone).date() == moment
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return one.original_at == moment.astimezone(UTC)


def answer_of(event: Any, sender: str) -> tuple[str, str] | None:
    """Return who answers and what; None when it is not the sender's own answer."""
    found = event.get("ATTENDEE")
    for one in found if isinstance(found, list) else [found]:
        address = str(one or "").lower().removeprefix("mailto:").strip()
        state = ical.ANSWERS.get(str(getattr(one, "params", {}).get("PARTSTAT", "")).upper())
        if address and state is not None and address == sender:
            return address, str(state)
    return None


def is_outdated(event: Any, occasion: Occasion, one: Participant) -> bool:
    """Tell whether an answer is older than the last one, or to an edition with other times."""
    stamp = stamp_of(event)
    if one.answered_at is not None and stamp is not None and stamp < one.answered_at:
        return True
    number = int(event.get("SEQUENCE", 0) or 0)
    return number < min(occasion.sequence, one.sent_sequence or 0)


def stamp_of(event: Any) -> datetime | None:
    found = event.get("DTSTAMP")
    moment = getattr(found, "dt", None)
    if not isinstance(moment, datetime):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
