"""The first reading of a mailbox from a local server: letters per second of one worker.

A server in a process of its own holds 10,000 letters; one reading takes all of them in, with the
ledger, addresses, files, links and timelines. What was made is thrown away again.
"""

from __future__ import annotations

import multiprocessing
import time
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts.models import ContactPoint, PointKind
from crm.identity.models import User
from crm.mail.models import LedgerRow, Mailbox
from crm.mail.syncing import sync
from tests.bench.figures import Row
from tests.factories.mail import letter
from tests.mail.imapserver import Post, serving

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LETTERS = 10_000
#: So many of a hundred letters come from people who are on record.
KNOWN = 30


def measure(people: int) -> list[Row]:
    """Read a mailbox of so many letters once, and once more when nothing is new."""
    settings.OUTBOUND_HOSTS = frozenset({"127.0.0.1"})
    points = ContactPoint.objects.filter(kind=PointKind.EMAIL).order_by("pk")
    senders = list(points.values_list("normalised", flat=True)[:2000])
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(there, senders), daemon=True)
    server.start()
    port = here.recv()
    try:
        with TemporaryDirectory() as folder, transaction.atomic():
            settings.MEDIA_ROOT = folder
            rows = _read(port)
            transaction.set_rollback(True)
    finally:
        here.send("stop")
        server.join(10)
    return rows


def _read(port: int) -> list[Row]:
    user = User.objects.filter(is_active=True).order_by("pk").first()
    assert user is not None
    box = Mailbox(
        address="bench@artel.example",
        kind="personal",
        user=user,
        imap_host="127.0.0.1",
        imap_port=port,
        imap_security="none",
    )
    box.keep_credentials({"password": "secret"})
    box.save()
    rows = []
    for name in ("first reading", "nothing new"):
        started = time.perf_counter()
        found = sync.sync(box, timezone.now())
        seconds = time.perf_counter() - started
        per_second = round(found.fetched / seconds, 1) if found.fetched else None
        rows.append(Row(name, median_ms=round(seconds * 1000, 1), per_second=per_second))
    assert LedgerRow.objects.filter(mailbox=box, outcome="imported").count() == LETTERS
    return rows


def _serve(there: Connection, senders: list[str]) -> None:
    post = Post()
    box = post.boxes["INBOX"]
    for number in range(LETTERS):
        known = senders and number % 100 < KNOWN
        sender = senders[number % len(senders)] if known else f"stranger{number % 500}@elsewhere.example"
        box.add(raw(number, sender))
    with serving(post):
        there.send(post.port)
        there.recv()


def raw(number: int, sender: str) -> bytes:
    """A letter of some two kilobytes, with a quote."""
    text = f"Dear colleagues, this is letter {number}.\n\n" + "Some words of an ordinary letter. " * 20
    quote = "\n\nOn Mon, 2 Mar 2026 at 10:00, Ann <ann@artel.example> wrote:\n> " + "quoted words " * 30
    headers: dict[str, Any] = {"subject": f"Letter {number}", "message_id": f"<{number}@bench>"}
    return letter(text + quote, sender=f"Sender <{sender}>", to="bench@artel.example", **headers)
