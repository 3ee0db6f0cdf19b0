"""Parts of a letter: what kind they claim to be, and the bytes that they carry."""

from __future__ import annotations

import binascii
import quopri
from copy import copy
from email.generator import BytesGenerator
from email.message import Message as Part
from email.policy import compat32
from io import BytesIO

from crm.mail.parsing import headers
from crm.mail.parsing.charsets import clean


def head_of(part: Part) -> list[tuple[str, str]]:
    """Return the headers as they stand, names in lower case."""
    return [(key.lower().strip(), str(value)) for key, value in part.raw_items()]


def kind_of(part: Part) -> tuple[str, dict[str, str]]:
    """Return the media type of a part and its parameters; nonsense counts as plain text."""
    raw = next((str(value) for key, value in part.raw_items() if key.lower() == "content-type"), "")
    value, parameters = headers.parameters(raw)
    payload = part.get_payload()
    if isinstance(payload, list) and not value.startswith(("multipart/", "message/")):
        return part.get_content_type(), parameters
    if value == "text":
        return "text/plain", parameters
    if value.count("/") != 1 or value.startswith("/") or value.endswith("/"):
        return part.get_content_type(), parameters
    if value.startswith("multipart/") and not isinstance(payload, list):
        # It promises parts that never come: what is there is text.
        return "text/plain", parameters
    return clean(value).replace(" ", ""), parameters


def bytes_of(part: Part) -> bytes:
    """Return what a part carries, decoded as well as can be."""
    if part.is_multipart():
        return nested_bytes(part)
    encoding = next((str(v) for k, v in part.raw_items() if k.lower() == "content-transfer-encoding"), "")
    encoding = headers.parameters(encoding)[0].strip("\"' ")
    # Without the header the parser gives the bytes as they came; it forgives less than we do.
    bare = copy(part)
    del bare["content-transfer-encoding"]
    data = bare.get_payload(decode=True)
    found = data if isinstance(data, bytes) else b""
    if encoding == "base64":
        return headers.unbase64(found)
    if encoding in ("quoted-printable", "quotedprintable"):
        return quopri.decodestring(found)
    return _from_uu(found) if encoding in ("x-uuencode", "uuencode", "uue", "x-uue") else found


def _from_uu(data: bytes) -> bytes:
    """Decode what old programs wrapped as ``begin 644 name`` … ``end``; broken lines are left out."""
    found, is_inside = bytearray(), False
    for line in data.splitlines():
        if line.startswith(b"begin "):
            is_inside = True
        elif line.strip() == b"end":
            break
        elif is_inside and line:
            try:
                found += binascii.a2b_uu(line)
            except binascii.Error:
                continue
    return bytes(found) or data


def nested_bytes(part: Part) -> bytes:
    """Return a letter inside a letter as bytes again."""
    target = BytesIO()
    payload = part.get_payload()
    for inner in payload if isinstance(payload, list) else ():
        if not isinstance(inner, Part):
            continue
        try:
            BytesGenerator(target, mangle_from_=False, maxheaderlen=0, policy=compat32).flatten(inner)
        except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
            head = "".join(f"{key}: {value}\n" for key, value in inner.raw_items())
            target.write(headers.raw_bytes(head) + b"\n")
    return target.getvalue()
