"""Bringing a mailbox up to date with its server.

Every letter inside the chosen window gets its row in the ledger. What has none yet is fetched, in
chunks that are written whole or not at all: a worker may die at any point, the next one goes on
where the ledger ends. Nothing is changed on the server.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q, Sum
from django.utils import timezone

from crm.mail.models import Auth, Folder, LedgerRow, Mailbox, MailboxState, Outcome
from crm.mail.receiving import Arrival, receive
from crm.mail.syncing import imap, oauth
from crm.mail.syncing.errors import MailServerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from crm.mail.syncing.imap import Fetched, Opened, RemoteFolder, Server

logger = logging.getLogger(__name__)

#: Letters that are fetched and written together.
CHUNK = 50
CHUNK_BYTES = 24 * 1024 * 1024
#: So long a folder belongs to the worker that reads it, renewed with every chunk.
LEASE = timedelta(minutes=5)
#: Unless somebody chose, these folders are read.
USUAL = ("inbox", "sent")


@dataclass(slots=True)
class Outcomes:
    """What one run did."""

    fetched: int = 0
    folders: int = 0
    is_busy: bool = False


def open_server(mailbox: Mailbox, at: datetime) -> Server:
    """Connect to the mailbox's server and sign in.

    Raises:
        MailServerError: in words for people.
    """
    is_password = mailbox.auth == Auth.PASSWORD
    given = (
        {"password": str(mailbox.credentials().get("password", ""))}
        if is_password
        else {"access_token": oauth.access_token(mailbox, at)}
    )
    client = imap.connect(mailbox.imap_host, mailbox.imap_port, mailbox.imap_security)
    return imap.sign_in(client, mailbox.imap_username or mailbox.address, **given)


def sync(mailbox: Mailbox, at: datetime) -> Outcomes:
    """Read what is new; the mailbox's state says afterwards how it went.

    Raises:
        MailServerError: after noting it, so that the caller may wait before it tries again.
    """
    found = Outcomes()
    try:
        with open_server(mailbox, at) as server:
            for remote in wanted_folders(mailbox, server.folders()):
                folder = _claim(mailbox, remote, at)
                if folder is None:
                    found.is_busy = True
                    continue
                found.fetched += _read(server, folder)
                found.folders += 1
    except MailServerError as wrong:
        note_failure(mailbox, str(wrong), at)
        raise
    _note_success(mailbox, timezone.now() if at <= timezone.now() else at)
    return found


def wanted_folders(mailbox: Mailbox, there: Sequence[RemoteFolder]) -> list[RemoteFolder]:
    """Return the folders to read: those that were chosen, else inbox and sent."""
    if mailbox.folders:
        return [one for one in there if one.name in set(mailbox.folders)]
    chosen: dict[str, RemoteFolder] = {}
    for one in there:
        if one.role in USUAL:
            chosen.setdefault(one.role, one)
    return list(chosen.values())


def _claim(mailbox: Mailbox, remote: RemoteFolder, at: datetime) -> Folder | None:
    """Take a folder for ourselves; None while another worker reads it."""
    folder, _made = Folder.objects.get_or_create(
        mailbox=mailbox, name=remote.name, defaults={"role": remote.role}
    )
    free = Folder.objects.filter(Q(busy_until=None) | Q(busy_until__lt=at), pk=folder.pk)
    if not free.update(busy_until=at + LEASE, role=remote.role):
        return None
    folder.role = remote.role
    return folder


def _read(server: Server, folder: Folder) -> int:
    """Fetch what has no row yet; return how many letters that were."""
    opened = server.open(folder.name)
    fetched = 0
    try:
        if opened.mark and opened.mark == folder.mark:
            Folder.objects.filter(pk=folder.pk).update(synced_at=timezone.now())
            return 0
        uids = server.search(folder.mailbox.sync_since)
        known = _accounted(folder, opened)
        missing = [uid for uid in uids if uid not in known]
        for chunk in _chunks(server, missing):
            fetched += _take(server, folder, opened, chunk)
            Folder.objects.filter(pk=folder.pk).update(busy_until=timezone.now() + LEASE)
        _close(folder, opened, uids)
    finally:
        Folder.objects.filter(pk=folder.pk).update(busy_until=None)
    return fetched


def _accounted(folder: Folder, opened: Opened) -> set[int]:
    rows = LedgerRow.objects.filter(
        mailbox=folder.mailbox, folder=folder.name, uidvalidity=opened.uidvalidity, uid__isnull=False
    )
    return {uid for uid in rows.values_list("uid", flat=True) if uid is not None}


def _chunks(server: Server, uids: Sequence[int]) -> Iterator[list[tuple[int, int]]]:
    """Cut the work into pieces of few letters and few megabytes: (number, size)."""
    for start in range(0, len(uids), CHUNK * 10):
        sizes = server.sizes(uids[start : start + CHUNK * 10])
        chunk: list[tuple[int, int]] = []
        held = 0
        # What has been deleted since it was counted has no size.
        for uid in (one for one in uids[start : start + CHUNK * 10] if one in sizes):
            if chunk and (len(chunk) >= CHUNK or held + sizes[uid] > CHUNK_BYTES):
                yield chunk
                chunk, held = [], 0
            chunk.append((uid, sizes[uid]))
            held += sizes[uid]
        if chunk:
            yield chunk


def _take(server: Server, folder: Folder, opened: Opened, chunk: Sequence[tuple[int, int]]) -> int:
    """Fetch a chunk and write it; a letter that is too large gets its row and stays on the server."""
    largest = max(settings.FILE_MAX_BYTES * 3 // 2, CHUNK_BYTES)
    letters = list(server.fetch([uid for uid, size in chunk if size <= largest]))
    try:
        with transaction.atomic():
            for one in letters:
                _receive(folder, opened, one)
    except DatabaseError:
        # Two mailboxes that wait for each other, say: one by one they don't.
        logger.warning("A chunk of %s is written letter by letter", folder, exc_info=True)
        for one in letters:
            _receive(folder, opened, one)
    for uid, size in chunk:
        if size > largest:
            _too_large(folder, opened, uid, size)
    return len(chunk)


def _receive(folder: Folder, opened: Opened, one: Fetched) -> None:
    arrival = Arrival(
        one.raw,
        folder.name,
        opened.uidvalidity,
        one.uid,
        one.received_at,
        folder.role,
        one.is_seen,
        is_new=True,
    )
    receive(arrival, mailbox=folder.mailbox, at=timezone.now())


def _too_large(folder: Folder, opened: Opened, uid: int, size: int) -> None:
    LedgerRow.objects.get_or_create(
        mailbox=folder.mailbox,
        folder=folder.name,
        uidvalidity=opened.uidvalidity,
        uid=uid,
        defaults={
            "outcome": Outcome.QUARANTINED,
            "reason": f"{size // 1024 // 1024} MB: too large to be taken in",
            "size": size,
        },
    )


def _close(folder: Folder, opened: Opened, uids: Sequence[int]) -> None:
    """Count what the server holds and what of it is accounted for."""
    rows = _accounted(folder, opened)
    is_whole = all(uid in rows for uid in uids)
    Folder.objects.filter(pk=folder.pk).update(
        uidvalidity=opened.uidvalidity,
        first_uid=uids[0] if uids else 0,
        last_uid=uids[-1] if uids else 0,
        server_count=len(uids),
        accounted=sum(uid in rows for uid in uids),
        mark=opened.mark if is_whole else "",
        synced_at=timezone.now(),
    )


def note_failure(mailbox: Mailbox, text: str, at: datetime) -> None:
    """Keep what went wrong, and since when."""
    mailbox.state, mailbox.last_error = MailboxState.FAILING, text[:1000]
    mailbox.failing_since = mailbox.failing_since or at
    mailbox.save(update_fields=["state", "last_error", "failing_since"])


def _note_success(mailbox: Mailbox, at: datetime) -> None:
    total = mailbox.folder_states.aggregate(total=Sum("server_count"))["total"] or 0
    if mailbox.state == MailboxState.FAILING:
        mailbox.state = MailboxState.OK
    mailbox.last_error, mailbox.failing_since = "", None
    mailbox.last_sync_at, mailbox.server_count = at, total
    mailbox.save(update_fields=["state", "last_error", "failing_since", "last_sync_at", "server_count"])
