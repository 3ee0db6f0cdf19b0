"""What follows once a letter is sent, or can't be: the timeline, the reminder, a word to its author."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Value
from django.db.models.functions import Greatest

from crm.lib import queue
from crm.mail import telling
from crm.mail.models import Draft, OutgoingState, Thread
from crm.mail.sending import keeping
from crm.records import due

if TYPE_CHECKING:
    from crm.mail.models import Outgoing

#: Due work: has nobody answered?
REMINDER = "mail.no_reply"


def sent(outgoing: Outgoing, at: datetime) -> None:
    """Put a letter that has left into the timelines; the draft behind it is done with."""
    message = outgoing.message
    if message is not None:
        message.sent_at = at
        message.save(update_fields=["sent_at"])
        Thread.objects.filter(pk=message.thread_id).update(
            last_at=Greatest(F("last_at"), Value(at)), messages_count=F("messages_count") + 1
        )
        keeping.put_on_records(message, outgoing, at=at)
    Draft.objects.filter(outgoing=outgoing).delete()
    if outgoing.remind_days:
        due.schedule(REMINDER, str(outgoing.pk), at + timedelta(days=outgoing.remind_days))


def failed(outgoing: Outgoing, at: datetime) -> None:
    """Tell the author that a letter needs a look."""
    if outgoing.author is None:
        return
    kind = telling.DOUBTFUL if outgoing.state == OutgoingState.DOUBTFUL else telling.FAILED
    telling.tell(
        [outgoing.author],
        kind,
        at=at,
        title=outgoing.subject,
        key=f"outgoing:{outgoing.pk}",
        ref=outgoing.ref,
    )


def wake_mailer() -> None:
    """Have a mailer look now, not only at its next round."""
    queue.enqueue("crm.mail.tasks.send_waiting")
