"""What workers do for the timeline."""

from __future__ import annotations

from crm.identity.models import Organisation
from crm.records.models import Event
from crm.timeline import setup


def on_organisation_changed(event_id: int) -> None:
    """Follow a new language of the house in the first names of outcomes and views."""
    event = Event.objects.filter(pk=event_id).first()
    if event is not None and "language" in event.data.get("changes", {}):
        setup.rename_defaults(Organisation.load().language)
