"""What workers do for mail: read mailboxes, send letters, forget what nobody asks for any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.utils import timezone

from crm.mail import loops, sequences
from crm.mail.sending import mailer
from crm.mail.syncing import planning
from crm.records import due
from crm.records.models import Event

if TYPE_CHECKING:
    from crm.records.models import DueRow


@shared_task
def sync_mailbox(mailbox_id: int) -> None:
    """Read one mailbox."""
    planning.run(mailbox_id, timezone.now())


@shared_task
def send_waiting() -> int:
    """Send what is due; what is left waits for the next round."""
    return mailer.send_waiting()


@due.handler(planning.KIND)
def on_sync_due(row: DueRow) -> None:
    planning.on_due(row, timezone.now())


@due.handler(planning.NIGHTLY)
def nightly(row: DueRow) -> None:
    """Plan mailboxes that have lost their next time; drop old counters."""
    planning.plan_all(timezone.now())
    loops.forget(timezone.now())


def on_sequence_event(event_id: int) -> None:
    """Hear of meetings and stages; called by the dispatch, in a transaction of its own."""
    event = Event.objects.filter(pk=event_id).first()
    if event is not None:
        sequences.on_event(event, timezone.now())
