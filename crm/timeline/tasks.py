"""What workers do for the timeline."""

from __future__ import annotations

from django.utils import timezone

from crm.identity.models import Organisation
from crm.records import due
from crm.records.models import DueRow, Event
from crm.timeline import inviting, setup
from crm.timeline.services import invitations, meetings, worktime

#: What of the company profile tells when it works.
WEEK = {"time_zone", "working_days", "work_starts", "work_ends"}


def on_organisation_changed(event_id: int) -> None:
    """Follow the house: a new language in the first names of outcomes and views, a new week in calendars."""
    event = Event.objects.filter(pk=event_id).first()
    changes = event.data.get("changes", {}) if event is not None else {}
    if "language" in changes:
        setup.rename_defaults(Organisation.load().language)
    if WEEK & set(changes):
        worktime.follow_company(at=timezone.now())


@due.handler(invitations.INVITE)
def invite(row: DueRow) -> None:
    """Write to those who are asked to one meeting."""
    inviting.invite(int(row.key), timezone.now())


@due.handler(invitations.UNINVITE)
def uninvite(row: DueRow) -> None:
    """Tell somebody that they are asked no longer."""
    activity, _colon, _participant = row.key.partition(":")
    payload = row.payload
    inviting.uninvite(int(activity), email=payload["email"], name=payload["name"], now=timezone.now())


@due.handler("timeline.extend")
def extend(row: DueRow) -> None:
    """Write further times of endless series down."""
    meetings.extend_series(timezone.now())
