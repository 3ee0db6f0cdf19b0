"""When mailboxes are read: every few minutes, at once when somebody asks, seldom while one fails."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from crm.lib import queue
from crm.mail.models import Mailbox, MailboxState
from crm.mail.syncing.errors import MailServerError
from crm.mail.syncing.sync import Outcomes, sync
from crm.records import due
from crm.records.models import DueRow

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger(__name__)

KIND = "mail.sync"
NIGHTLY = "mail.nightly"
EVERY = timedelta(minutes=2)
#: While a server is away, and while a person has to do something first.
SLOWER, SLOWEST = timedelta(minutes=15), timedelta(hours=2)


def ask(mailbox: Mailbox) -> None:
    """Have a mailbox read now."""
    queue.enqueue("crm.mail.tasks.sync_mailbox", mailbox_id=mailbox.pk)


def plan(mailbox: Mailbox, at: datetime) -> None:
    """Have a mailbox read at ``at``; there is one next time per mailbox."""
    key = str(mailbox.pk)
    due.cancel(KIND, key)
    DueRow.objects.filter(kind=KIND, key=key).exclude(done_at=None).delete()
    if Mailbox.objects.to_sync().filter(pk=mailbox.pk).exists():
        due.schedule(KIND, key, at)


def on_due(row: DueRow, at: datetime) -> None:
    """Read a mailbox whose time has come, and set the next time."""
    mailbox = Mailbox.objects.to_sync().filter(pk=int(row.key)).first()
    if mailbox is None:
        return
    ask(mailbox)
    DueRow.objects.filter(kind=KIND, key=row.key).exclude(pk=row.pk).delete()
    due.schedule(KIND, row.key, at + pause(mailbox, at))


def pause(mailbox: Mailbox, at: datetime) -> timedelta:
    """Return how long to wait before the next time: the longer it fails, the longer."""
    if mailbox.state != MailboxState.FAILING or mailbox.failing_since is None:
        return EVERY
    failing = at - mailbox.failing_since
    return EVERY if failing < timedelta(minutes=10) else SLOWER if failing < SLOWEST else SLOWEST


def run(mailbox_id: int, at: datetime) -> Outcomes | None:
    """Read one mailbox, in a worker. A server that fails is noted, not raised."""
    mailbox = Mailbox.objects.to_sync().filter(pk=mailbox_id).first()
    if mailbox is None:
        return None
    try:
        return sync(mailbox, at)
    except MailServerError as wrong:
        logger.info("Mailbox %s: %s", mailbox, wrong)
        return None


def plan_all(at: datetime) -> None:
    """Give every mailbox its next time, should it have lost it."""
    planned = set(DueRow.objects.filter(kind=KIND, done_at=None).values_list("key", flat=True))
    for mailbox in Mailbox.objects.to_sync():
        if str(mailbox.pk) not in planned:
            plan(mailbox, at)
