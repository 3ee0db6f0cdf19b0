"""What workers do for rules: hear of events, run what waits, look at the clock, send."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from crm.automation import engine, hooks, letters, sending, timing
from crm.lib import queue
from crm.records import due
from crm.records.models import DueRow, Event


def on_event(event_id: int) -> None:
    """Make runs of the rules that wait for an event."""
    event = Event.objects.filter(pk=event_id).first()
    if event is not None:
        engine.note_event(event)


def on_event_for_hooks(event_id: int) -> None:
    """Make messages to the hooks that listen for an event."""
    event = Event.objects.select_related("actor").filter(pk=event_id).first()
    if event is not None:
        hooks.tell_event(event)


@shared_task
def run_waiting() -> None:
    """Do the runs that wait."""
    engine.run_waiting()


@shared_task
def send_letters() -> None:
    letters.send_waiting()


@shared_task
def send_hooks() -> None:
    sending.send_waiting()


@shared_task
def sweep() -> None:
    """Pick up what a lost message or a dead worker left."""
    engine.run_waiting()
    letters.send_waiting()
    queue.enqueue(hooks.SEND)


@due.handler(timing.LOOK)
def look(row: DueRow) -> None:
    """Look once a minute for dates that have come."""
    timing.look(timezone.now())


@due.handler(timing.SCHEDULE)
def scheduled(row: DueRow) -> None:
    """Run a rule whose time has come, and plan its next."""
    timing.run_schedule(row, timezone.now())


@due.handler("automation.nightly")
def nightly(row: DueRow) -> None:
    """Pause rules whose authors left; forget old runs, letters and messages."""
    timing.tidy(timezone.now())
