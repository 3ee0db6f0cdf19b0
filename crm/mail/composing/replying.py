"""Answering and passing on: whom an answer goes to, its subject, and what it quotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _

from crm.mail.models import AddressRole, Direction, Mailbox, Message

if TYPE_CHECKING:
    from collections.abc import Iterable

REPLY, REPLY_ALL, FORWARD, NEW = "reply", "reply_all", "forward", "new"
HOWS = (NEW, REPLY, REPLY_ALL, FORWARD)
#: What mail programs of many tongues put before a subject.
_PREFIX = re.compile(r"^\s*((re|aw|sv|antw|fwd?|wg|tr|отв|ответ|пересл|fw)(\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def subject_of(message: Message, how: str) -> str:
    """Return the subject of an answer: one "Re:", however many there were."""
    bare = _PREFIX.sub("", message.subject).strip()
    return f"Fwd: {bare}" if how == FORWARD else f"Re: {bare}"


def recipients_of(message: Message, how: str) -> dict[str, list[dict[str, str]]]:
    """Return whom an answer goes to. Our own mailboxes are left out; nobody is added of its own accord."""
    if how == FORWARD:
        return {"to": [], "cc": [], "bcc": []}
    rows = list(message.addresses.order_by("position", "pk"))
    own = own_addresses()
    to = (
        others(rows, (AddressRole.TO,), own) if message.direction == Direction.OUT else senders(message, rows)
    )
    if how == REPLY:
        return {"to": to, "cc": [], "bcc": []}
    taken = {one["address"] for one in to}
    if message.direction == Direction.IN:
        to = to + [one for one in others(rows, (AddressRole.TO,), own) if one["address"] not in taken]
        taken = {one["address"] for one in to}
    cc = [one for one in others(rows, (AddressRole.CC,), own) if one["address"] not in taken]
    return {"to": to, "cc": cc, "bcc": []}


def senders(message: Message, rows: Iterable[Any]) -> list[dict[str, str]]:
    """Return where the sender wants answers to go."""
    wished = others(rows, (AddressRole.REPLY_TO,), frozenset())
    return wished or [{"address": message.from_address.lower(), "name": message.from_name}]


def others(rows: Iterable[Any], roles: Iterable[str], own: frozenset[str]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        address = row.address.lower()
        if row.role in roles and address not in own:
            found.setdefault(address, {"address": address, "name": row.name})
    return list(found.values())


def own_addresses() -> frozenset[str]:
    """Return every address under which letters reach us."""
    found: set[str] = set()
    for mailbox in Mailbox.objects.filter(is_active=True):
        found |= mailbox.own_addresses
    return frozenset(found)


def participants(message: Message) -> list[dict[str, str]]:
    """Return everybody of a letter but us: those whom an answer keeps or drops."""
    rows = list(message.addresses.order_by("position", "pk"))
    own = own_addresses()
    found = {
        one["address"]: one for one in others(rows, (AddressRole.FROM, AddressRole.TO, AddressRole.CC), own)
    }
    if message.direction == Direction.IN:
        for one in senders(message, rows):
            found.setdefault(one["address"], one)
    return list(found.values())


def quoted_html(message: Message, how: str) -> str:
    """Return the letter that is answered or passed on, as the answer quotes it."""
    when = date_format(timezone.localtime(message.at), "DATETIME_FORMAT")
    who = escape(
        f"{message.from_name} <{message.from_address}>" if message.from_name else message.from_address
    )
    text = escape(message.body_text.strip()).replace("\n", "<br>")
    if how == FORWARD:
        lines = [
            escape(_("Forwarded letter")),
            f"{escape(_('From'))}: {who}",
            f"{escape(_('Date'))}: {escape(when)}",
            f"{escape(_('Subject'))}: {escape(message.subject)}",
        ]
        return f"<div><br>---------- {'<br>'.join(lines)}<br><br>{text}</div>"
    said = escape(_("%(when)s, %(who)s wrote:")) % {"when": escape(when), "who": who}
    return f"<div><br>{said}<blockquote>{text}</blockquote></div>"
