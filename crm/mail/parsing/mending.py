"""Letters that break the rules of MIME, brought to where a parser can read them.

Two things are mended: lines in the head that are no headers, which would end it too early, and
parts whose boundary is misspelt, folded, in other capitals, or missing.
"""

from __future__ import annotations

import re
from email.message import Message as Part
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32

from crm.mail.parsing import headers

HEADER = re.compile(rb"^[!-9;-~]+[ \t]*:")
#: Once allowed, and no longer read by the parser.
SPACED_COLON = re.compile(rb"^([!-9;-~]+)[ \t]+:")
#: So far down a head may reach.
LONGEST_HEAD = 512 * 1024
DEEPEST = 20
WRONG = (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError)


def tree(raw: bytes, defects: list[str]) -> Part:
    """Return a raw letter as a tree of parts, mended where it is broken."""
    stripped = _without_envelope(raw)
    try:
        root = BytesParser(policy=compat32).parsebytes(stripped)
        _mend(root)
    except WRONG as wrong:
        defects.append(f"{type(wrong).__name__}: {wrong}"[:200])
        return BytesHeaderParser(policy=compat32).parsebytes(stripped)
    return root


def _without_envelope(raw: bytes) -> bytes:
    """Drop what some programs put before a letter: a byte order mark, empty lines, "From " of an mbox."""
    bare = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if b"\n" not in bare and b"\r" in bare:
        bare = bare.replace(b"\r", b"\n")
    if bare.startswith((b"From ", b">From ")):
        bare = bare.partition(b"\n")[2]
    return _with_whole_head(bare)


def _with_whole_head(raw: bytes) -> bytes:
    """Leave out lines of the head that are neither a header nor its continuation."""
    end = re.search(rb"\r?\n\r?\n", raw[:LONGEST_HEAD])
    head = raw[: end.start()] if end else raw[:LONGEST_HEAD]
    lines = head.split(b"\n")
    is_good = [bool(HEADER.match(line)) or line[:1] in (b" ", b"\t") for line in lines]
    # Several headers must follow a bad line: else it is where the text begins.
    bad = [place for place, good in enumerate(is_good) if not good and sum(is_good[place : place + 4]) >= 3]
    if not bad and not any(SPACED_COLON.match(line) for line in lines):
        return raw
    good = (line for place, line in enumerate(lines) if place not in set(bad))
    kept = b"\n".join(SPACED_COLON.sub(rb"\1:", line) for line in good)
    return kept + raw[len(head) :]


def _mend(part: Part, depth: int = 0) -> None:
    """Cut the text of parts that promise parts, where the parser found no boundary."""
    payload = part.get_payload()
    if isinstance(payload, list):
        for inner in payload if depth < DEEPEST else ():
            if isinstance(inner, Part):
                _mend(inner, depth + 1)
        return
    raw = next((str(value) for key, value in part.raw_items() if key.lower() == "content-type"), "")
    value, parameters = headers.parameters(raw)
    if not value.startswith("multipart/") or depth >= DEEPEST:
        return
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return
    pieces = _pieces(data, headers.raw_bytes(parameters.get("boundary", "")).strip())
    if not pieces:
        return
    part.set_payload([])
    for piece in pieces:
        inner = BytesParser(policy=compat32).parsebytes(piece)
        part.attach(inner)
        _mend(inner, depth + 1)


def _pieces(data: bytes, boundary: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    marks = [place for place, line in enumerate(lines) if boundary and _is_mark(line, boundary)]
    if not marks:
        # The first line that looks like a boundary and stands before a header is one.
        for place, line in enumerate(lines[:-1]):
            if line.startswith(b"--") and len(line.strip()) > 2 and HEADER.match(lines[place + 1]):
                return _pieces(data, line.strip()[2:])
        return []
    pieces = []
    for place, start in enumerate(marks):
        if lines[start].strip().lower() == b"--" + boundary.lower() + b"--":
            break
        end = marks[place + 1] if place + 1 < len(marks) else len(lines)
        pieces.append(b"\n".join(lines[start + 1 : end]))
    return pieces


def _is_mark(line: bytes, boundary: bytes) -> bool:
    return line.strip().lower() in (b"--" + boundary.lower(), b"--" + boundary.lower() + b"--")
