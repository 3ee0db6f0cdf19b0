"""Taking in one raw letter, so that nothing is lost, nothing is doubled and nothing stops the next one.

Whatever arrives gets its row in the ledger: taken in, known already, left out by a rule, a
bounce, or kept in quarantine with the error, from where it can be tried again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from crm.mail import addressbook, raw, replies, threading
from crm.mail.judging import Verdict, bounces, judge
from crm.mail.models import (
    AddressRole,
    Direction,
    LedgerRow,
    Linked,
    Message,
    MessageAddress,
    MessageFile,
    MessageKind,
    MessageState,
    Outcome,
    SenderAct,
    Thread,
)
from crm.mail.parsing import Letter, parse
from crm.mail.receiving import hooks, linking, rules
from crm.mail.receiving.hooks import Received
from crm.records.files.sniffing import HTML, TEXT, sniff

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.mail.models import Mailbox
    from crm.records.registry import Ref

logger = logging.getLogger(__name__)

ROLES = ((AddressRole.FROM, "from"), (AddressRole.TO, "to"), (AddressRole.CC, "cc"), (AddressRole.BCC, "bcc"))
#: Of a circular's recipients so many are kept.
MOST_ADDRESSES = 200


#: A letter has at least one of these.
HEAD = ("from", "to", "subject", "date", "message-id", "received", "return-path", "content-type")


class NoLetter(Exception):
    """What arrived is no letter at all."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One raw letter and where it came from."""

    raw: bytes
    folder: str = ""
    uidvalidity: int | None = None
    uid: int | None = None
    #: When our server took it in, where it says so.
    received_at: datetime | None = None
    #: "sent" for letters that the mailbox's owner wrote elsewhere.
    role: str = ""
    is_seen: bool = False
    #: The caller has looked, and the ledger has no row for it yet.
    is_new: bool = False


@dataclass(slots=True)
class Intake:
    """What became of a letter, for whoever handed it in."""

    row: LedgerRow
    letter: Letter | None = None
    verdict: Verdict | None = None
    ticket: Ref | None = None
    links: list[Ref] = field(default_factory=list)


def receive(arrival: Arrival, *, mailbox: Mailbox | None, at: datetime) -> Intake:
    """Take in one letter; a row for the same number on the server is found again, not made twice."""
    if arrival.uid is not None and not arrival.is_new and (known := _known_row(arrival, mailbox)):
        return Intake(known)
    path, digest = raw.keep(arrival.raw)
    row = LedgerRow(
        mailbox=mailbox,
        folder=arrival.folder,
        uidvalidity=arrival.uidvalidity,
        uid=arrival.uid,
        sha256=digest,
        raw_path=path,
        size=len(arrival.raw),
        at=at,
    )
    intake = Intake(row)
    try:
        try:
            _try(intake, arrival, at)
        except IntegrityError:
            # Somebody else takes in the same letter at this very moment: now theirs is there.
            if arrival.uid is not None and (known := _known_row(arrival, mailbox)):
                return Intake(known)
            _try(intake, arrival, at)
    except NoLetter as rubbish:
        _quarantine(row, rubbish)
    except Exception as failure:
        logger.exception("A letter could not be taken in")
        _quarantine(row, failure)
    return intake


def _try(intake: Intake, arrival: Arrival, at: datetime) -> None:
    with transaction.atomic():
        _take_in(intake, arrival, at)
        intake.row.save()


def retry(*, row: LedgerRow, at: datetime) -> Intake:
    """Try a letter from the quarantine again."""
    row.attempts += 1
    intake = Intake(row)
    try:
        arrival = Arrival(raw.read(row.raw_path), row.folder, row.uidvalidity, row.uid, row.at)
        _try(intake, arrival, at)
    except NoLetter as rubbish:
        _quarantine(row, rubbish)
    except Exception as failure:
        logger.exception("A letter could not be taken in")
        _quarantine(row, failure)
    return intake


def _known_row(arrival: Arrival, mailbox: Mailbox | None) -> LedgerRow | None:
    return LedgerRow.objects.filter(
        mailbox=mailbox, folder=arrival.folder, uidvalidity=arrival.uidvalidity, uid=arrival.uid
    ).first()


def _quarantine(row: LedgerRow, failure: Exception) -> None:
    row.outcome, row.message = Outcome.QUARANTINED, None
    kind = "" if isinstance(failure, NoLetter) else f"{type(failure).__name__}: "
    row.reason = f"{kind}{failure}"[:2000].replace("\x00", "")
    row.save()


def _take_in(intake: Intake, arrival: Arrival, at: datetime) -> None:
    row, mailbox = intake.row, intake.row.mailbox
    letter = intake.letter = parse(arrival.raw)
    row.subject, row.from_address = letter.subject[:300], letter.sender.address
    row.rfc_id = letter.message_id or made_up_id(letter)
    verdict = intake.verdict = judge(letter)
    if not any(letter.raw(name) for name in HEAD):
        raise NoLetter("This is no letter: it has no head.")
    if mailbox is None:
        row.outcome, row.reason = Outcome.IGNORED, "no mailbox has this address"
        return
    if known := Message.objects.filter(mailbox=mailbox, message_id=row.rfc_id).first():
        row.outcome, row.message, row.reason = Outcome.DUPLICATE, known, ""
        return
    rule = rules.rule_for(letter.sender.address, mailbox)
    if rule is not None and rule.act == SenderAct.IGNORE:
        row.outcome, row.reason = Outcome.IGNORED, f"rule {rule.pattern}"
        return
    message, is_new_thread = _keep(intake, arrival, at)
    if rule is not None:
        message.state, message.is_unread = MessageState.FILED, False
        message.save(update_fields=["state", "is_unread"])
    row.message, row.reason = message, "; ".join(letter.defects)[:2000]
    row.outcome = Outcome.BOUNCE if verdict.is_bounce else Outcome.IMPORTED
    received = Received(message, letter, verdict, is_new_thread, at)
    intake.ticket, wrong = hooks.run(received)
    row.reason = "; ".join(filter(None, [row.reason, *wrong]))


def made_up_id(letter: Letter) -> str:
    """Return a number for a letter that has none: the same each time it arrives."""
    signs = [letter.raw(name) for name in ("date", "from", "to", "subject")]
    digest = sha256("\n".join([*signs, letter.text]).encode("utf-8", "surrogateescape")).hexdigest()
    return f"{digest[:32]}@without-message-id.invalid"


def _known(intake: Intake) -> tuple[Mailbox, Letter, Verdict]:
    assert intake.row.mailbox is not None
    assert intake.letter is not None
    assert intake.verdict is not None
    return intake.row.mailbox, intake.letter, intake.verdict


def _keep(intake: Intake, arrival: Arrival, at: datetime) -> tuple[Message, bool]:
    """Write the message with its addresses, files and links."""
    mailbox, letter, verdict = _known(intake)
    original = _original(verdict)
    place = threading.place(letter, mailbox)
    thread = original.thread if original is not None else place.thread
    is_new = thread is None
    if thread is None:
        thread = Thread(subject=letter.subject[:500], key=threading.new_key())
    message = _message(intake, arrival, at, thread)
    thread.messages_count += 1
    thread.last_at = message.at if is_new else max(thread.last_at, message.at)
    thread.save()
    message.thread = thread
    message.is_unverified = not place.is_verified and original is None
    message.bounce_of = original if verdict.is_bounce else None
    message.save()
    everybody, holders = _write_addresses(message, letter)
    _write_files(message, letter)
    refs = {} if is_new else linking.by_thread(message)
    if original is not None:
        refs |= dict.fromkeys((link.ref for link in original.links.all()), Linked.THREAD)
    else:
        refs |= linking.by_addresses(message, everybody, holders)
    intake.links = linking.put(message, refs, at=at, is_new=True)
    return message, is_new


def _message(intake: Intake, arrival: Arrival, at: datetime, thread: Thread) -> Message:
    mailbox, letter, verdict = _known(intake)
    row, sender = intake.row, letter.sender
    is_ours = sender.address in mailbox.own_addresses and not verdict.is_bounce
    to_us = any(one.address in mailbox.own_addresses for one in letter.addresses("to", "cc"))
    direction = Direction.OUT if is_ours and (arrival.role == "sent" or not to_us) else Direction.IN
    parts = bounces.told(letter) if verdict.is_bounce else replies.split(letter.text)
    is_unread = direction == Direction.IN and not arrival.is_seen
    answers = letter.answers
    return Message(
        mailbox=mailbox,
        thread=thread,
        direction=direction,
        message_id=row.rfc_id,
        in_reply_to=answers[0] if answers else "",
        references=letter.references[-100:],
        from_address=sender.address,
        from_name=sender.name,
        subject=letter.subject,
        body_text=letter.text,
        reply_text=parts.reply,
        quoted_text=parts.rest,
        has_html=bool(letter.html),
        sent_at=letter.date,
        # The Date header is whatever the sender's clock says; the future never arrives.
        received_at=min(arrival.received_at or at, at),
        kind=verdict.kind,
        verdict=verdict.to_json(),
        is_auto=verdict.is_auto,
        is_bounce=verdict.is_bounce,
        author=mailbox.user if direction == Direction.OUT else None,
        is_unread=is_unread,
        state=MessageState.OPEN if is_unread else MessageState.FILED,
        raw_path=row.raw_path,
        raw_sha256=row.sha256,
        size=row.size,
        created_at=at,
    )


def _original(verdict: Verdict) -> Message | None:
    """Return the letter of ours that a bounce, receipt or complaint is about."""
    if not verdict.about or verdict.kind not in (
        MessageKind.BOUNCE,
        MessageKind.RECEIPT,
        MessageKind.COMPLAINT,
    ):
        return None
    rows = Message.objects.known(verdict.about[:50]).filter(direction=Direction.OUT).select_related("thread")
    found = {one.message_id: one for one in rows}
    return next((found[one] for one in verdict.about if one in found), None)


def _write_addresses(message: Message, letter: Letter) -> tuple[list[str], dict[str, list[Ref]]]:
    """Keep who wrote to whom; return the addresses outside and who holds them."""
    named = [(role, one) for role, name in ROLES for one in letter.addresses(name)]
    named += [(AddressRole.REPLY_TO, one) for one in letter.addresses("reply-to")]
    named = named[:MOST_ADDRESSES]
    everybody = list(dict.fromkeys(one.address for role, one in named if role != AddressRole.REPLY_TO))
    assert message.mailbox is not None
    inside = linking.ours(everybody) | message.mailbox.own_addresses
    outside = [one for one in everybody if one not in inside]
    holders = addressbook.find(outside)
    MessageAddress.objects.bulk_create(
        MessageAddress(
            message=message,
            role=role,
            position=place,
            address=one.address,
            name=one.name,
            **_holder(holders.get(one.address)),
        )
        for place, (role, one) in enumerate(named)
    )
    return outside, holders


def _holder(refs: Sequence[Ref] | None) -> dict[str, int]:
    return {"type_id": refs[0].type_id, "record_id": refs[0].id} if refs else {}


def _write_files(message: Message, letter: Letter) -> None:
    MessageFile.objects.bulk_create(
        MessageFile(
            message=message,
            part=file.part,
            name=file.name,
            media_type=_media_type(file.data, file.media_type),
            size=len(file.data),
            sha256=file.sha256,
            content_id=file.content_id,
            is_inline=file.is_inline,
        )
        for file in letter.files
    )


def _media_type(data: bytes, declared: str) -> str:
    """Return what the bytes are; of plain text, what kind its sender calls it."""
    found = sniff(BytesIO(data)).media_type
    if found == TEXT and declared.startswith("text/") and declared != HTML:
        return declared
    return found
