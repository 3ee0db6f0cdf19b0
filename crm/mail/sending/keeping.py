"""A letter that leaves, as one of its conversation: whom it goes to, and the records it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.mail import addressbook, raw, threading
from crm.mail.models import (
    AddressRole,
    Direction,
    Linked,
    Message,
    MessageAddress,
    MessageFile,
    MessageState,
    Thread,
)
from crm.mail.parsing import parse
from crm.mail.receiving import linking
from crm.mail.replies import split
from crm.mail.sending.building import Letter, build

if TYPE_CHECKING:
    from datetime import datetime

    from crm.mail.models import Outgoing
    from crm.records.registry import Ref


def keep(letter: Letter, outgoing: Outgoing, *, at: datetime, thread: Thread | None = None) -> Message:
    """Make the bytes of a letter that is about to leave and write it down; ``outgoing`` is filled, not saved.

    Raises:
        CannotSend: when it can't be made.
    """
    thread = thread or Thread.objects.create(
        subject=letter.subject[:500], key=threading.new_key(), last_at=at
    )
    outgoing.rfc_id = rfc_id = threading.make_message_id(outgoing.mailbox, thread)
    data = build(letter, rfc_id=rfc_id, at=at)
    outgoing.raw_path, digest = raw.keep(data)
    outgoing.size, outgoing.waiting = len(data), letter.recipients
    read = parse(data)
    parts = split(read.text)
    message = Message.objects.create(
        mailbox=outgoing.mailbox,
        thread=thread,
        direction=Direction.OUT,
        message_id=rfc_id,
        in_reply_to=letter.in_reply_to,
        references=list(letter.references),
        from_address=letter.sender.address.lower(),
        from_name=letter.sender.name,
        subject=letter.subject[:1000],
        body_text=read.text,
        reply_text=parts.reply,
        quoted_text=parts.rest,
        has_html=bool(letter.html),
        received_at=at,
        author=outgoing.author,
        state=MessageState.FILED,
        raw_path=outgoing.raw_path,
        raw_sha256=digest,
        size=len(data),
        is_auto=letter.is_auto,
    )
    write_addresses(message, letter)
    MessageFile.objects.bulk_create(
        MessageFile(
            message=message,
            part=file.part,
            name=file.name,
            media_type=file.media_type,
            size=len(file.data),
            sha256=file.sha256,
            content_id=file.content_id,
            is_inline=file.is_inline,
        )
        for file in read.files
    )
    outgoing.message = message
    return message


def write_addresses(message: Message, letter: Letter) -> None:
    """Keep who is written to, hidden recipients too: only our side reads them."""
    roles = (
        (AddressRole.FROM, (letter.sender,)),
        (AddressRole.TO, letter.to),
        (AddressRole.CC, letter.cc),
        (AddressRole.BCC, letter.bcc),
    )
    holders = addressbook.find(letter.recipients)
    rows = []
    for role, several in roles:
        for place, one in enumerate(several):
            ref = next(iter(holders.get(one.address.lower(), ())), None)
            row = MessageAddress(message=message, role=role, position=place, address=one.address.lower())
            row.name = one.name
            if ref is not None:
                row.type_id, row.record_id = ref
            rows.append(row)
    MessageAddress.objects.bulk_create(rows)


def put_on_records(message: Message, outgoing: Outgoing, *, at: datetime) -> list[Ref]:
    """Put a letter that has left on the record it was written on, and where its recipients lead."""
    # The first has the event: whoever sees the record it was written on sees the letter.
    refs: dict[Ref, Linked] = {outgoing.ref: Linked.HAND} if outgoing.ref is not None else {}
    everybody = list(message.addresses.exclude(role=AddressRole.FROM).values_list("address", flat=True))
    outside = [one for one in dict.fromkeys(everybody) if one not in linking.ours(everybody)]
    for ref, how in linking.by_thread(message).items():
        refs.setdefault(ref, how)
    for ref, how in linking.by_addresses(message, outside, addressbook.find(outside)).items():
        refs.setdefault(ref, how)
    return linking.put(message, refs, at=at, actor=outgoing.author)
