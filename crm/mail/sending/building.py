"""Making the bytes of a letter: head, plain and rich text, files, as every mail program reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.headerregistry import Address as Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.mail.sending.plain import plain_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

#: A Message-ID must not be folded; other text than ASCII is encoded.
POLICY = SMTP.clone(max_line_length=200, cte_type="7bit")


class CannotSend(Exception):
    """A letter that can't be made, with a sentence for its author."""


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody who writes or is written to."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address

    @property
    def header(self) -> Header:
        try:
            return Header(display_name=" ".join(self.name.split()), addr_spec=to_ascii(self.address))
        except (ValueError, IndexError) as wrong:
            raise CannotSend(_("“%(address)s” is no address.") % {"address": self.address}) from wrong


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes along."""

    name: str
    media_type: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as its author means it."""

    sender: Address
    to: Sequence[Address]
    subject: str
    html: str = ""
    text: str = ""
    cc: Sequence[Address] = ()
    bcc: Sequence[Address] = ()
    reply_to: Sequence[Address] = ()
    #: Message-IDs without brackets, as everywhere.
    in_reply_to: str = ""
    references: Sequence[str] = ()
    files: Sequence[File] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    #: An invitation or an answer to one: method and text of the iCalendar object.
    calendar: tuple[str, str] | None = None
    is_auto: bool = False

    @property
    def recipients(self) -> list[str]:
        """Every address it goes to, each once."""
        everybody = (*self.to, *self.cc, *self.bcc)
        return list({one.address.lower(): to_ascii(one.address) for one in everybody}.values())


def to_ascii(address: str) -> str:
    """Return an address with its domain as servers know it. Before the @ only ASCII will do."""
    local, _at, domain = address.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError as wrong:
        raise CannotSend(_("“%(address)s” is no address.") % {"address": address}) from wrong
    if not local.isascii() or not local or ("." not in domain and domain != "localhost"):
        raise CannotSend(_("“%(address)s” is no address.") % {"address": address})
    return f"{local}@{domain}"


def build(letter: Letter, *, rfc_id: str, at: datetime) -> bytes:
    """Return the bytes of a letter. Hidden recipients are in no header.

    Raises:
        CannotSend: when an address is none, or nobody would get it.
    """
    if not letter.recipients:
        raise CannotSend(_("Nobody to write to."))
    made = EmailMessage(policy=POLICY)
    made["Message-ID"] = f"<{rfc_id}>"
    made["Date"] = format_datetime(timezone.localtime(at))
    made["From"] = letter.sender.header
    if letter.to:
        made["To"] = [one.header for one in letter.to]
    if letter.cc:
        made["Cc"] = [one.header for one in letter.cc]
    if letter.reply_to:
        made["Reply-To"] = [one.header for one in letter.reply_to]
    made["Subject"] = " ".join(letter.subject.split())
    thread(made, letter)
    if letter.is_auto:
        made["Auto-Submitted"] = "auto-generated"
    for name, value in letter.headers.items():
        made[name] = value
    fill(made, letter)
    return made.as_bytes(policy=POLICY)


def thread(made: EmailMessage, letter: Letter) -> None:
    """Say which letter this one answers, so that it stands below it at the other side."""
    if letter.in_reply_to:
        made["In-Reply-To"] = f"<{letter.in_reply_to}>"
        made["References"] = " ".join(f"<{one}>" for one in letter.references or [letter.in_reply_to])


def fill(made: EmailMessage, letter: Letter) -> None:
    """Put in the text, plain first, then what goes along."""
    text = letter.text or plain_of(letter.html)
    made.set_content(text + ("" if text.endswith("\n") else "\n"))
    if letter.html:
        made.add_alternative(whole(letter.html), subtype="html")
    if letter.calendar is not None:
        method, ics = letter.calendar
        made.add_alternative(ics, subtype="calendar", params={"method": method})
    for one in letter.files:
        main, _slash, sub = (one.media_type or "application/octet-stream").partition("/")
        if main in ("text", "message", "multipart") or not sub:
            main, sub = "application", "octet-stream" if main != "text" else f"{sub}"
        made.add_attachment(one.read(), maintype=main, subtype=sub, filename=one.name)


def whole(html: str) -> str:
    """Return a text as a page, which some mail programs want."""
    if "<html" in html[:200].lower():
        return html
    style = "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:1.5"
    return f'<!DOCTYPE html><html><body><div style="{style}">{html}</div></body></html>'
