"""Bytes to upload: pictures, and what pretends to be one."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PAGE = b"<!doctype html><html><script>alert(document.cookie)</script></html>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    """Return a picture that can be read."""
    target = BytesIO()
    Image.new("RGB", (width, height), (200, 220, 255)).save(target, kind)
    return target.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """Return a small PNG that unpacks to a huge one."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * ((side // 8 + 1) * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def upload(name: str = "offer.pdf", content: bytes = PDF, content_type: str = "") -> SimpleUploadedFile:
    """Return a file as a browser sends it, with the type that it claims."""
    return SimpleUploadedFile(name, content, content_type or "application/octet-stream")
