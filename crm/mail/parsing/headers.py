"""Lines of a letter's head: words in any alphabet, addresses, parameters, dates, numbers of letters.

Encoded words (RFC 2047) that were cut in the middle of a letter are put together before they
are read; long and foreign parameters (RFC 2231) too; raw bytes where none may be are read as text.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import UTC, datetime
from email.utils import parsedate_tz
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from dateutil import parser as dates

from crm.mail.parsing.charsets import clean, decode

WORD = re.compile(r"=\?([^?\s]+)\?([BbQq])\?(.*?)\?=", re.DOTALL)
FOLD = re.compile(r"\s*[\r\n]+\s*")
QUOTED_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")
PARAMETER = re.compile(r""";\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)""", re.DOTALL)
CONTINUED = re.compile(r"^([^*]+)\*(\d+)(\*?)$")
MESSAGE_ID = re.compile(r"<\s*([^<>]+?)\s*>")
BARE_ID = re.compile(r"[^\s<>,;\"()]+@[^\s<>,;\"()]+")
COMMENT = re.compile(r"\(([^()]*)\)")
#: What a mail system of our time may have written.
OLDEST, LATEST = datetime(1971, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_ID = 500


class Address(NamedTuple):
    """A name, perhaps empty, and an address in lower case."""

    name: str
    address: str


def words(raw: str, charset: str = "") -> str:
    """Return a header as people read it, on one line."""
    text = FOLD.sub(" ", raw)
    found: list[tuple[str, bytes]] = []
    parts: list[str] = []
    end = 0
    for match in WORD.finditer(text):
        between = text[end : match.start()]
        if between.strip() or not found:
            parts += [_join(found), _plain(between, charset)]
            found = []
        found.append((match[1].partition("*")[0].lower(), _word_bytes(match[2], match[3])))
        end = match.end()
    parts += [_join(found), _plain(text[end:], charset)]
    return " ".join("".join(parts).split())


def _join(found: list[tuple[str, bytes]]) -> str:
    """Decode encoded words that follow each other; those of one charset as one piece."""
    text = ""
    pending, charset = b"", ""
    for name, data in found:
        if name != charset and pending:
            text += decode(pending, charset)
            pending = b""
        charset = name
        pending += data
    return text + decode(pending, charset) if pending else text


def _plain(text: str, charset: str) -> str:
    return decode(raw_bytes(text), charset)


def raw_bytes(text: str) -> bytes:
    """Return the bytes of which the mail parser made a header."""
    return text.encode("utf-8", "surrogateescape")


def _word_bytes(kind: str, text: str) -> bytes:
    data = raw_bytes(text)
    if kind in "Bb":
        return unbase64(data)
    return QUOTED_BYTE.sub(lambda match: bytes([int(match[1], 16)]), data.replace(b"_", b" "))


def unbase64(data: bytes) -> bytes:
    """Decode base64 that may hold rubbish, and may end too early."""
    # What follows the end of a piece on its line is no part of it.
    pure = re.sub(rb"[^A-Za-z0-9+/]", b"", re.sub(rb"=[^\r\n]*", b"", data))
    if len(pure) % 4 == 1:
        pure = pure[:-1]
    try:
        return b64decode(pure + b"=" * (-len(pure) % 4))
    except binascii.Error:
        return b""


def parameters(raw: str) -> tuple[str, dict[str, str]]:
    """Return the value of a structured header in lower case, and its parameters."""
    text = FOLD.sub(" ", raw)
    value = COMMENT.sub("", text.partition(";")[0]).strip().lower()
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in PARAMETER.finditer(text[len(text.partition(";")[0]) :]):
        name, given = match[1].lower(), _unquoted(match[2])
        if piece := CONTINUED.match(name):
            pieces.setdefault(piece[1], []).append((int(piece[2]), bool(piece[3]), given))
        elif name.endswith("*"):
            pieces.setdefault(name[:-1], []).append((0, True, given))
        elif name not in plain:
            plain[name] = words(given)
    for name, found in pieces.items():
        plain[name] = _continued(found)
    return value, plain


def _unquoted(text: str) -> str:
    bare = text.strip()
    if bare.startswith('"'):
        return re.sub(r"\\(.)", r"\1", bare[1:].removesuffix('"'))
    return bare.strip("'\"")


def _continued(found: list[tuple[int, bool, str]]) -> str:
    """Put a parameter of RFC 2231 together; the first piece names the charset."""
    data, charset = b"", ""
    for position, (_number, is_coded, text) in enumerate(sorted(found, key=lambda one: one[0])):
        given = text
        if is_coded and position == 0 and given.count("'") >= 2:
            charset, _language, given = given.split("'", 2)
        data += unquote_to_bytes(raw_bytes(given)) if is_coded else raw_bytes(given)
    return " ".join(decode(data, charset).split())


def addresses(raw: str, charset: str = "") -> list[Address]:
    """Return everybody whom a header names; groups are opened, nonsense is left out."""
    found = (_address(one, charset) for one in _split(FOLD.sub(" ", raw)))
    return [one for one in found if one is not None]


def _split(text: str) -> list[str]:
    """Cut at commas and semicolons that stand in no quotes, brackets or encoded words."""
    parts, start, depth, place = [], 0, 0, 0
    in_quotes = in_angle = False
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter == '"' and not in_angle:
            in_quotes = not in_quotes and '"' in text[place + 1 :]
        elif not in_quotes:
            depth = max(0, depth + (letter == "(") - (letter == ")"))
            in_angle = (in_angle or (letter == "<" and ">" in text[place:])) and letter != ">"
            if letter in ",;" and not depth and not in_angle:
                parts.append(text[start:place])
                start = place + 1
            elif letter == ":" and not depth and not in_angle and "@" not in text[start:place]:
                # The name of a group: "Undisclosed recipients:;".
                start = place + 1
        place += 1
    return [*parts, text[start:]]


def _address(text: str, charset: str) -> Address | None:
    bare = text.strip()
    if match := re.search(r"<([^<>]*)>?\s*(\([^()]*\))?\s*$", bare):
        name, address = bare[: match.start()], match[1]
        name = name or (match[2] or "").strip("()")
    else:
        comment = COMMENT.search(bare)
        address = COMMENT.sub("", bare)
        name = comment[1] if comment else ""
    # A route in front ("@relay,@other:joe@example.com") and what is quoted for no reason.
    address = address.rpartition(":")[2] if address.lstrip().startswith("@") else address
    address = address.strip().strip("'\"").removeprefix("mailto:")
    address = words(address, charset).replace(" ", "") if "=?" in address else _plain(address, charset)
    address = re.sub(r"\s+", "", address)
    if "@" not in address.strip("@") or len(address) > 320:
        return None
    shown = words(_unquoted(name) if '"' in name else name.strip(), charset).strip("'\" ")
    return Address(shown[:320], address.lower().rstrip("."))


def message_ids(raw: str) -> list[str]:
    """Return the numbers of letters that a header names, without brackets, in their order.

    They may be parted by commas, folded, or lack their brackets.
    """
    text = clean(raw_bytes(FOLD.sub(" ", raw)).decode("utf-8", "replace"))
    found = [re.sub(r"\s+", "", one) for one in MESSAGE_ID.findall(text)]
    if not found:
        found = BARE_ID.findall(text)
    return list(dict.fromkeys(one[:LONGEST_ID] for one in found if one))


def moment(raw: str) -> datetime | None:
    """Return the instant that a Date header means; None for nonsense."""
    text = words(raw)
    try:
        given = parsedate_tz(text)
        if given is not None:
            offset = given[9] or 0
            found = datetime(*given[:6], tzinfo=UTC).timestamp() - offset
            result = datetime.fromtimestamp(found, UTC)
        else:
            result = dates.parse(text, fuzzy=False)
            result = result.astimezone(UTC) if result.tzinfo else result.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError, OSError):
        return None
    return result if OLDEST < result < LATEST else None
