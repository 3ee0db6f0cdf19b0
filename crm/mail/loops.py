"""Automatic letters that answer automatic letters: stopped here, before they begin.

Whoever sends something that no person wrote asks ``may_answer``, marks it with ``HEADERS`` and
counts it by ``claim``: an address gets only so many within an hour and a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Sum

from crm.mail.models import AutoReplyCounter, Mailbox, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What every automatic letter of ours carries (RFC 3834, and what Exchange listens to).
HEADERS: Mapping[str, str] = {
    "Auto-Submitted": "auto-replied",
    "X-Auto-Response-Suppress": "All",
    "Precedence": "auto_reply",
}
WINDOW = timedelta(hours=1)
PER_WINDOW, PER_DAY = 4, 12
COUNT = """
INSERT INTO {table} (address, window_start, count) VALUES (%s, %s, 1)
ON CONFLICT (address, window_start) DO UPDATE SET count = {table}.count + 1
WHERE {table}.count < %s
RETURNING count
"""


def why_not(message: Message) -> str:
    """Tell why nothing automatic may answer a letter; empty where something may."""
    if message.direction != "in":
        return "ours"
    if refusal := message.verdict.get("no_answer"):
        return str(refusal)
    if is_ours(message.from_address):
        return "ours"
    return ""


def is_ours(address: str) -> bool:
    """Tell whether an address is one of our own mailboxes, which would answer in turn."""
    wanted = address.strip().lower()
    return Mailbox.objects.filter(address=wanted).exists() or (
        Mailbox.objects.filter(aliases__contains=[wanted]).exists()
    )


def claim(address: str, at: datetime) -> bool:
    """Count one automatic letter to an address; False when it has had enough and must get none."""
    wanted = address.strip().lower()
    start = at.replace(minute=0, second=0, microsecond=0)
    rows = AutoReplyCounter.objects.filter(address=wanted, window_start__gt=at - timedelta(days=1))
    if (rows.aggregate(total=Sum("count"))["total"] or 0) >= PER_DAY:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT.format(table=connection.ops.quote_name(AutoReplyCounter._meta.db_table)),
            [wanted, start, PER_WINDOW],
        )
        return cursor.fetchone() is not None


def may_answer(message: Message, at: datetime) -> bool:
    """Tell whether an automatic letter may answer this one now, and count it."""
    return not why_not(message) and claim(message.from_address, at)


def forget(now: datetime) -> int:
    """Drop counters that no window asks for any more."""
    return AutoReplyCounter.objects.filter(window_start__lt=now - timedelta(days=2)).delete()[0]
