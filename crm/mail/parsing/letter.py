"""One raw letter taken apart: its head, its text, its HTML, and its files.

``parse`` never raises: of a letter that is broken beyond repair the head and the text are
what can be made out, and ``defects`` says so.
"""

from __future__ import annotations

import html as html_words
import re
from dataclasses import dataclass, field
from email.message import Message as Part
from hashlib import sha256
from typing import TYPE_CHECKING

from crm.mail.parsing import headers, mending
from crm.mail.parsing.charsets import clean, decode
from crm.mail.parsing.flowed import unflow
from crm.mail.parsing.headers import Address
from crm.mail.parsing.html import cids, text_of
from crm.mail.parsing.parts import bytes_of, head_of, kind_of, nested_bytes
from crm.records.files.names import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

#: Text beyond this is read in the raw letter.
LONGEST_TEXT = 500_000
LONGEST_HTML = 5_000_000
MOST_PARTS = 1000


@dataclass(slots=True)
class LetterFile:
    """A part that is a file."""

    part: int
    name: str
    media_type: str
    data: bytes
    content_id: str = ""
    is_inline: bool = False

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()


@dataclass(slots=True)
class Leaf:
    """A part without parts, as the walk met it."""

    number: int
    part: Part
    media_type: str
    parameters: dict[str, str]
    disposition: str
    name: str
    content_id: str


@dataclass(slots=True)
class Letter:
    """What a raw letter says."""

    head: list[tuple[str, str]]
    root: Part
    text: str = ""
    html: str = ""
    files: list[LetterFile] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    charset: str = ""

    def raw(self, name: str) -> str:
        """Return the first header of this name, as it stands; "" when there is none."""
        wanted = name.lower()
        return next((value for key, value in self.head if key == wanted), "")

    def all(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for key, value in self.head if key == wanted]

    def words(self, name: str) -> str:
        """Return a header as people read it."""
        return headers.words(self.raw(name), self.charset)

    def addresses(self, *wanted: str) -> list[Address]:
        """Return everybody whom these headers name, each once."""
        found: dict[str, Address] = {}
        for name in wanted:
            for value in self.all(name):
                for one in headers.addresses(value, self.charset):
                    found.setdefault(one.address, one)
        return list(found.values())

    @property
    def subject(self) -> str:
        return self.words("subject")[:1000]

    @property
    def sender(self) -> Address:
        """Who wrote it; an empty address when it does not say."""
        for name in ("from", "sender", "reply-to"):
            if found := self.addresses(name):
                return found[0]
        return Address(self.words("from")[:320], "")

    @property
    def message_id(self) -> str:
        found = headers.message_ids(self.raw("message-id"))
        return found[0] if found else ""

    @property
    def answers(self) -> list[str]:
        return headers.message_ids(self.raw("in-reply-to"))

    @property
    def references(self) -> list[str]:
        return headers.message_ids(self.raw("references"))

    @property
    def date(self) -> datetime | None:
        return headers.moment(self.raw("date")) if self.raw("date") else None


def parse(raw: bytes) -> Letter:
    """Take a raw letter apart."""
    defects: list[str] = []
    root = mending.tree(raw, defects)
    letter = Letter(head_of(root), root, defects=defects)
    try:
        _fill(letter)
    except mending.WRONG as wrong:
        # Whatever its structure is worth, a person wants to see what stands in it.
        defects.append(f"{type(wrong).__name__}: {wrong}"[:200])
        letter.text = letter.text or clean(decode(raw.partition(b"\n\n")[2]))[:LONGEST_TEXT]
    return letter


def _fill(letter: Letter) -> None:
    leaves = list(_walk(letter.root))
    letter.charset = next((one.parameters.get("charset", "") for one in leaves if one.parameters), "")
    if len(leaves) >= MOST_PARTS:
        letter.defects.append("Too many parts.")
    bodies = _bodies(letter.root, leaves)
    slots = [_read(slot) for slot in bodies]
    if any(html for _text, html in slots):
        letter.html = "\n".join(html or _as_html(text) for text, html in slots)[:LONGEST_HTML]
    letter.text = "\n\n".join(filter(None, ((text or text_of(html)).strip("\r\n") for text, html in slots)))
    letter.text = letter.text.replace("\r\n", "\n").replace("\r", "\n")[:LONGEST_TEXT]
    shown = {one.number for slot in bodies for one in slot}
    used = cids(letter.html)
    letter.files = [_file(one, used) for one in leaves if one.number not in shown and not _is_report(one)]


def _walk(root: Part) -> Iterator[Leaf]:
    """Go through the leaves of a letter in their order; a letter inside it is a leaf too."""
    stack, number = [root], 0
    while stack and number < MOST_PARTS:
        part = stack.pop()
        media_type, parameters = kind_of(part)
        payload = part.get_payload()
        if media_type.startswith("multipart/") and isinstance(payload, list):
            stack.extend(reversed([one for one in payload if isinstance(one, Part)]))
            continue
        disposition, given = headers.parameters(_header(part, "content-disposition"))
        name = given.get("filename") or given.get("name") or parameters.get("name") or ""
        content_id = _header(part, "content-id").strip().strip("<>")[:300]
        yield Leaf(number, part, media_type, parameters, disposition, name, clean(content_id))
        number += 1


def _header(part: Part, name: str) -> str:
    return next((str(value) for key, value in part.raw_items() if key.lower() == name), "")


def _is_text(leaf: Leaf) -> bool:
    return (
        leaf.media_type in ("text/plain", "text/html") and leaf.disposition != "attachment" and not leaf.name
    )


def _bodies(root: Part, leaves: list[Leaf]) -> list[list[Leaf]]:
    """Return the leaves that are the letter itself: one list per place, alternatives together."""
    by_part = {id(leaf.part): leaf for leaf in leaves}
    slots = _slots(root, by_part)
    if slots:
        return slots
    # A letter that is nothing but a named text, as some scanners and forms write it.
    texts = [one for one in leaves if one.media_type.startswith("text/") and one.disposition != "attachment"]
    if len(leaves) == 1 and texts and texts[0].media_type != "text/calendar":
        return [texts]
    return []


def _slots(part: Part, by_part: dict[int, Leaf], depth: int = 0) -> list[list[Leaf]]:
    leaf = by_part.get(id(part))
    if leaf is not None:
        return [[leaf]] if _is_text(leaf) else []
    payload = part.get_payload()
    if not isinstance(payload, list) or depth > 50:
        return []
    media_type, _parameters = kind_of(part)
    inner = [_slots(one, by_part, depth + 1) for one in payload if isinstance(one, Part)]
    if media_type == "multipart/alternative":
        return _best(inner)
    if media_type == "multipart/report":
        # The words for people come first; what follows is for machines.
        return inner[0] if inner else []
    if media_type == "multipart/related":
        return next((slots for slots in inner if slots), [])
    return [slot for slots in inner for slot in slots]


def _best(inner: list[list[list[Leaf]]]) -> list[list[Leaf]]:
    """Choose among alternatives: the plain text and the HTML of one and the same thing."""
    plain = [slot for one in inner if all(_is(slot, "text/plain") for slot in one) for slot in one]
    rich = next((one for one in reversed(inner) if any(_is(slot, "text/html") for slot in one)), [])
    if plain and rich:
        return [[leaf for slot in [*plain, *rich] for leaf in slot]]
    return plain or rich


def _is(slot: list[Leaf], media_type: str) -> bool:
    return any(leaf.media_type == media_type for leaf in slot)


def _read(slot: list[Leaf]) -> tuple[str, str]:
    """Return plain text and HTML of one place of the body; either may be empty."""
    texts = [_text(leaf) for leaf in slot if leaf.media_type != "text/html"]
    htmls = [_text(leaf) for leaf in slot if leaf.media_type == "text/html"]
    return "\n\n".join(filter(None, texts)), "\n".join(filter(None, htmls))


def _text(leaf: Leaf) -> str:
    data = bytes_of(leaf.part)
    charset = leaf.parameters.get("charset", "")
    if leaf.media_type == "text/html" and not charset:
        found = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", data[:4096], re.IGNORECASE)
        charset = found[1].decode("ascii") if found else ""
    text = decode(data, charset)
    if leaf.media_type == "text/plain" and leaf.parameters.get("format", "").lower() == "flowed":
        return unflow(text.replace("\r\n", "\n"), delsp=leaf.parameters.get("delsp", "").lower() == "yes")
    return text


def _as_html(text: str) -> str:
    return f"<pre>{html_words.escape(text)}</pre>" if text.strip() else ""


def _is_report(leaf: Leaf) -> bool:
    """What one program tells another is no file for people."""
    return leaf.media_type in (
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/global-delivery-status",
    )


def _file(leaf: Leaf, used: frozenset[str]) -> LetterFile:
    is_letter = leaf.media_type in ("message/rfc822", "message/global") and leaf.part.is_multipart()
    data = nested_bytes(leaf.part) if leaf.part.is_multipart() else bytes_of(leaf.part)
    name = leaf.name
    if not name and is_letter:
        inner = leaf.part.get_payload(0)
        assert isinstance(inner, Part)
        name = f"{headers.words(_header(inner, 'subject'))[:100] or 'letter'}.eml"
    name = names_of_files(name, leaf.media_type)
    is_inline = bool(leaf.content_id) and leaf.content_id in used
    return LetterFile(leaf.number, name, leaf.media_type[:127], data, leaf.content_id, is_inline)


def names_of_files(name: str, media_type: str) -> str:
    """Return a name under which the part can be saved."""
    return cleaned(name) if name else media_type.replace("/", ".")
