"""Letters that tell what became of another letter: whom it did not reach, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message as Part
from typing import TYPE_CHECKING

from crm.mail.judging import phrases
from crm.mail.parsing import headers
from crm.mail.parsing.charsets import decode
from crm.mail.parsing.parts import bytes_of, head_of, kind_of
from crm.mail.replies import Split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crm.mail.parsing import Letter

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -]")
#: As qmail and Postfix begin the paragraph of each recipient.
AT_START = re.compile(r"^[ \t]*<[^\s<>@:;,\"]+@[^\s<>@:;,\"]+>(?=:|[ \t]*\(|[ \t]*$)", re.MULTILINE)
IN_ANGLES = re.compile(r"<(?:mailto:)?([^\s<>@:;,\"]+@[^\s<>@:;,\"]+)>")
ANYWHERE = re.compile(r"[^\s<>()\[\]@:;,\"']+@[\w-]+(?:\.[\w-]+)+")
TEXT_ID = re.compile(r"^[ \t>]*message-id:\s*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE)
#: A bounce says what it has to say within its first lines.
LOOKED_AT = 6000
DSN = ("message/delivery-status", "message/global-delivery-status")
#: Points that make a letter a bounce.
ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Bounced:
    """One recipient whom a letter did not reach, or not yet."""

    address: str
    action: str = "failed"
    status: str = ""
    text: str = ""

    @property
    def is_final(self) -> bool:
        """The action decides: "failed" with a status of 4.x has been given up too."""
        return self.action != "delayed"

    @property
    def reason(self) -> str:
        """Why, in one word: unknown_user, mailbox_full, blocked, delayed or other."""
        if not self.is_final:
            return "delayed"
        if self.status.startswith(("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4")):
            return "unknown_user"
        if self.status.endswith(".2.2") or phrases.FULL.search(self.text):
            return "mailbox_full"
        if self.is_vague and phrases.UNKNOWN_USER.search(self.text):
            return "unknown_user"
        if self.status.startswith("5.7") or phrases.BLOCKED.search(self.text):
            return "blocked"
        return "other"

    @property
    def is_vague(self) -> bool:
        """Whether the status says no more than that it failed, so that only words tell why."""
        return self.status in ("", "5.2.1") or self.status.endswith(".0.0") or self.status.startswith("5.5.")

    @property
    def is_hard(self) -> bool:
        """Whether writing there again is pointless."""
        return self.reason == "unknown_user"


def reported(letter: Letter) -> list[Bounced]:
    """Return what the machine-readable part of a delivery report says of each recipient."""
    found = []
    for part in letter.root.walk():
        if kind_of(part)[0] not in DSN:
            continue
        for block in _blocks(part):
            known = dict(reversed(block))
            address = _recipient(known)
            action = headers.words(known.get("action", "")).lower().split(" ")[0].strip(".;")
            if not address and not action:
                continue
            status = STATUS.search(known.get("status", ""))
            text = headers.words(known.get("diagnostic-code", ""))
            found.append(
                Bounced(address, action or "failed", status[0] if status else _status(text), text[:500])
            )
    return found


def _blocks(part: Part) -> Iterator[list[tuple[str, str]]]:
    payload = part.get_payload()
    if isinstance(payload, list):
        for inner in payload:
            if isinstance(inner, Part):
                yield head_of(inner)
        return
    for text in re.split(r"\n\s*\n", decode(bytes_of(part)).replace("\r\n", "\n")):
        unfolded = re.sub(r"\n[ \t]+", " ", text)
        yield [
            (name.strip().lower(), value.strip())
            for name, colon, value in (line.partition(":") for line in unfolded.split("\n"))
            if colon
        ]


def _recipient(block: dict[str, str]) -> str:
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        value = headers.words(block.get(name, "")).rpartition(";")[2].strip().strip("<>").lower()
        if "@" in value:
            return value
    return ""


def originals(letter: Letter) -> list[str]:
    """Return the numbers of the letters that a report is about, the surest first."""
    found: list[str] = []
    for part in letter.root.walk():
        if part is letter.root:
            continue
        media_type = kind_of(part)[0]
        if media_type in ("text/rfc822-headers", "message/global-headers", "text/plain"):
            found += TEXT_ID.findall(decode(bytes_of(part)).replace("\r\n", "\n"))
        found += [
            one for key, value in head_of(part) if key == "message-id" for one in headers.message_ids(value)
        ]
    found += TEXT_ID.findall(letter.text)
    found += [*letter.answers, *reversed(letter.references)]
    return [one for one in dict.fromkeys(found) if one != letter.message_id]


def score(letter: Letter) -> int:
    """Tell how much a letter without a machine-readable report looks like a bounce; ENOUGH is enough."""
    sender = letter.sender.address
    envelope = letter.raw("return-path").strip()
    is_null = envelope in ("<>", "<MAILER-DAEMON>") or (letter.raw("from") != "" and sender == "")
    report = kind_of(letter.root)[1].get("report-type", "").lower() == "delivery-status"
    failed = letter.raw("x-failed-recipients") != ""
    is_daemon = bool(phrases.DAEMON.search(sender) or phrases.DAEMON.search(envelope.strip("<>")))
    is_postmaster = bool(phrases.POSTMASTER.search(sender))
    # People forward bounces and ask about them: without a machine as the sender it is none.
    if not (is_null or report or failed or is_daemon or is_postmaster):
        return 0
    text = said(letter)
    points = 2 * is_null + 3 * report + 3 * failed + 2 * is_daemon + is_postmaster
    points += 2 * bool(phrases.BOUNCE_SUBJECT.search(letter.subject))
    points += 2 * bool(phrases.BOUNCE_TEXT.search(text))
    return points


def told(letter: Letter) -> Split:
    """Part the words of a report from the letter that it returns."""
    match = phrases.ORIGINAL.search(letter.text)
    if match is None or not letter.text[: match.start()].strip():
        return Split(letter.text.strip(), "")
    return Split(letter.text[: match.start()].strip(), letter.text[match.start() :].strip())


def said(letter: Letter) -> str:
    """Return the words of the report, without the letter that it returns."""
    text = letter.text[: 4 * LOOKED_AT]
    if match := phrases.ORIGINAL.search(text):
        text = text[: match.start()] or text
    return text[:LOOKED_AT]


def guessed(letter: Letter) -> list[Bounced]:
    """Return the recipients of which a bounce speaks in words only."""
    text = said(letter)
    is_delayed = bool(phrases.DELAYED.search(letter.subject) or phrases.DELAYED.search(text[:1500]))
    action = "delayed" if is_delayed else "failed"
    ours = {one.address for one in letter.addresses("to", "delivered-to", "from", "sender")}
    # A Message-ID looks like an address; it is none.
    ours.update(one.lower() for one in [letter.message_id, *originals(letter)])
    named = [one.address for one in letter.addresses("x-failed-recipients")]
    for pattern in (AT_START, IN_ANGLES, ANYWHERE):
        if not named:
            candidates = [match[0].strip("<> \t").lower().strip(".'\"") for match in pattern.finditer(text)]
            candidates = [one.removeprefix("mailto:") for one in candidates]
            named = [one for one in candidates if one not in ours and not phrases.DAEMON.search(one)]
    if not named:
        named = _addressed(letter, ours)
    status, words = _status(text), " ".join(text.split())[:500]
    return [Bounced(one, action, status, words) for one in list(dict.fromkeys(named))[:20]]


def _addressed(letter: Letter, ours: set[str]) -> list[str]:
    """Return to whom the returned letter was written, where the report itself names nobody."""
    for part in letter.root.walk():
        if part is letter.root:
            continue
        values = [value for key, value in head_of(part) if key == "to"]
        found = [one.address for value in values for one in headers.addresses(value)]
        if found:
            return [one for one in found if one not in ours] or found[:1]
    line = re.search(r"^[ \t>]*to:\s*(.+)$", letter.text, re.IGNORECASE | re.MULTILINE)
    return [one.address for one in headers.addresses(line[1])] if line else []


def _status(text: str) -> str:
    """Return the most telling status in words: "5.1.1", or what a reply of three digits says."""
    codes: list[tuple[str, str, str]] = STATUS.findall(text)
    if codes:
        best = max(codes, key=lambda one: (one[0] == "5", one[1:] != ("0", "0")))
        return ".".join(best)
    reply = REPLY.search(text)
    return f"{reply[1][0]}.0.0" if reply else ""


def without_doubles(found: Sequence[Bounced]) -> list[Bounced]:
    by_address: dict[str, Bounced] = {}
    for one in found:
        by_address.setdefault(one.address, one)
    return list(by_address.values())
