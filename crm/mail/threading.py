"""Which conversation a letter belongs to.

Three signs, from the surest: our signed token in an address, a subject or a Message-ID; the
letters that it answers; those that it refers to. A token proves that somebody has had a letter of
ours, not that they took part: who did not is marked as unverified.
"""

from __future__ import annotations

import re
from base64 import b32encode
from dataclasses import dataclass
from secrets import token_bytes
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from crm.mail import addressbook
from crm.mail.models import Mailbox, Message, MessageAddress, Thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.mail.parsing import Letter

SALT = "crm.mail.thread"
KEY_LENGTH, MARK_LENGTH = 10, 8
TOKEN = re.compile(
    rf"(?<![a-z0-9])t([a-z2-7]{{{KEY_LENGTH}}})([a-z2-7]{{{MARK_LENGTH}}})(?![a-z0-9])", re.IGNORECASE
)
#: Where servers note to whom a letter was really delivered.
DELIVERED = (
    "to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to",
)  # fmt: skip
MOST_REFERENCES = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where a letter belongs, and by what sign: token, reply, or "" for a new conversation."""

    thread: Thread | None
    sign: str = ""
    #: Whether the sender took part in it before.
    is_verified: bool = True


def new_key() -> str:
    """Return the name of a new conversation."""
    return b32encode(token_bytes(8)).decode("ascii").lower()[:KEY_LENGTH]


def token(thread: Thread) -> str:
    """Return the signed name of a conversation, for addresses, subjects and Message-IDs."""
    return f"t{thread.key}{_mark(thread.key, settings.SECRET_KEY)}"


def reply_address(mailbox: Mailbox, thread: Thread) -> str:
    """Return the address by which an answer finds its conversation, whatever becomes of its headers."""
    local, _at, domain = mailbox.address.rpartition("@")
    return f"{local}+{token(thread)}@{domain}"


def make_message_id(mailbox: Mailbox, thread: Thread) -> str:
    """Return a Message-ID for a letter of ours, without brackets."""
    return f"{token(thread)}.{uuid4().hex}@{mailbox.domain}"


def headers_for_reply(parent: Message) -> tuple[str, list[str]]:
    """Return In-Reply-To and References of an answer (RFC 5322, 3.6.4), without brackets."""
    known = list(parent.references) or ([parent.in_reply_to] if parent.in_reply_to else [])
    chain = [*(one for one in known if one != parent.message_id), parent.message_id]
    # The first names the conversation, the last what is answered: a long chain loses its middle.
    return parent.message_id, chain if len(chain) <= MOST_REFERENCES else [
        chain[0],
        *chain[-MOST_REFERENCES + 1 :],
    ]


def keys_in(texts: Iterable[str]) -> list[str]:
    """Return the names of conversations that are signed by us, in their order."""
    found: dict[str, None] = {}
    for text in texts:
        for match in TOKEN.finditer(text):
            key, mark = match[1].lower(), match[2].lower()
            if any(constant_time_compare(mark, _mark(key, one)) for one in _secrets()):
                found[key] = None
    return list(found)


def place(letter: Letter, mailbox: Mailbox) -> Place:
    """Find the conversation of a letter."""
    thread, sign = _by_token(letter), "token"
    if thread is None:
        thread, sign = _by_reply(letter), "reply"
    if thread is None:
        return Place(None)
    return Place(thread, sign, took_part(letter.sender.address, thread, mailbox))


def _by_token(letter: Letter) -> Thread | None:
    texts = [value for name in DELIVERED for value in letter.all(name)]
    texts += [letter.subject, *letter.answers, *reversed(letter.references)]
    keys = keys_in(texts)
    found = {one.key: one for one in Thread.objects.filter(key__in=keys)} if keys else {}
    return next((found[key] for key in keys if key in found), None)


def _by_reply(letter: Letter) -> Thread | None:
    """Look for what it answers, then for what it refers to, from newest to oldest."""
    wanted = list(dict.fromkeys([*letter.answers, *reversed(letter.references[-MOST_REFERENCES:])]))
    if not wanted:
        return None
    rows = Message.objects.known(wanted).select_related("thread")
    found = {row.message_id: row.thread for row in rows}
    return next((found[one] for one in wanted if one in found), None)


def took_part(address: str, thread: Thread, mailbox: Mailbox) -> bool:
    """Tell whether somebody is part of a conversation: by an address in it, or as its holder."""
    if not address:
        return False
    if address in mailbox.own_addresses:
        return True
    rows = MessageAddress.objects.filter(message__thread=thread, message__is_unverified=False)
    known = list(rows.values_list("address", "type_id", "record_id").distinct()[:500])
    if any(address == other for other, _type, _pk in known):
        return True
    holders = {(ref.type_id, ref.id) for ref in addressbook.find([address]).get(address, ())}
    return any((type_id, pk) in holders for _address, type_id, pk in known)


def _secrets() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


def _mark(key: str, secret: str) -> str:
    digest = salted_hmac(SALT, key, secret=secret, algorithm="sha256").digest()
    return b32encode(digest).decode("ascii").lower()[:MARK_LENGTH]
