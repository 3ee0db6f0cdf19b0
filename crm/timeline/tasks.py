"""What workers do for the timeline."""

from __future__ import annotations

from django.utils import timezone

from crm.identity.models import Organisation
from crm.records.models import Event
from crm.timeline import setup
from crm.timeline.services import worktime

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
