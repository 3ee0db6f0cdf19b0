"""What people do with letters in the inbox: read, assign, file, put on records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from crm.mail.models import MessageState
from crm.records.events import emit
from crm.records.registry import Ref

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.models import User
    from crm.mail.models import Message


def mark_read(*, message: Message, actor: User, at: datetime) -> None:
    """Note that somebody has opened a letter; that is no event."""
    if message.is_unread:
        message.is_unread, message.read_by, message.read_at = False, actor, at
        message.save(update_fields=["is_unread", "read_by", "read_at"])


def mark_unread(*, message: Message) -> None:
    message.is_unread, message.read_by, message.read_at = True, None, None
    message.save(update_fields=["is_unread", "read_by", "read_at"])


@transaction.atomic
def file(*, message: Message, actor: User, at: datetime) -> None:
    """Take a letter out of the inbox."""
    mark_read(message=message, actor=actor, at=at)
    message.state = MessageState.FILED
    message.save(update_fields=["state"])


@transaction.atomic
def reopen(*, message: Message) -> None:
    """Put a letter back into the inbox."""
    message.state = MessageState.OPEN
    message.save(update_fields=["state"])


@transaction.atomic
def assign(*, message: Message, to: User | None, actor: User, at: datetime) -> None:
    """Give a letter to a colleague, who sees it whole from then on; or to nobody."""
    message.assigned_to = to
    message.state = MessageState.OPEN
    message.save(update_fields=["assigned_to", "state"])
    data = {"message": message.pk, "to": to.pk if to else None}
    emit("letter.assigned", ref=Ref(0, message.pk), title="", actor=actor, at=at, data=data)
