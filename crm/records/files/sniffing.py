"""What a file is, by its bytes. What the browser or the name say is not asked."""

from __future__ import annotations

import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import IO, Any

import puremagic
from PIL import Image

#: More pixels than these are not unpacked, here or in anybody's browser.
MOST_PIXELS = 40_000_000
HEAD = 8192
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
HTML = "text/html"
SVG = "image/svg+xml"
PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
#: First bytes of programs, which puremagic tells apart from nothing else too seldom.
PROGRAMS = {
    b"MZ": "application/vnd.microsoft.portable-executable",
    b"\x7fELF": "application/x-elf",
    b"\xcf\xfa\xed\xfe": "application/x-mach-binary",
    b"\xca\xfe\xba\xbe": "application/x-mach-binary",
    b"L\x00\x00\x00\x01\x14\x02\x00": "application/x-ms-shortcut",
    b"#!": "text/x-script",
}
OFFICE = "application/vnd.openxmlformats-officedocument."
#: A name inside an archive that says what the archive is.
INSIDE = {
    "META-INF/MANIFEST.MF": "application/java-archive",
    "AndroidManifest.xml": "application/vnd.android.package-archive",
    "word/document.xml": f"{OFFICE}wordprocessingml.document",
    "xl/workbook.xml": f"{OFFICE}spreadsheetml.sheet",
    "xl/workbook.bin": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "ppt/presentation.xml": f"{OFFICE}presentationml.presentation",
}
MARKUP = re.compile(
    rb"<(!doctype\s+html|html|head|body|script|iframe|object|embed|meta|link|img|a\s|form|style|title|table)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What the bytes are. Only pictures that can be read have a size."""

    media_type: str
    width: int | None = None
    height: int | None = None


def sniff(file: IO[bytes]) -> Kind:
    """Return what ``file`` is; it is left at its beginning."""
    try:
        file.seek(0)
        head = file.read(HEAD)
        return _picture(file) or Kind(_media_type(file, head))
    finally:
        file.seek(0)


def _media_type(file: IO[bytes], head: bytes) -> str:
    for first, program in PROGRAMS.items():
        if head.startswith(first):
            return program
    if head.startswith(b"PK\x03\x04"):
        return _archive(file)
    if _is_text(head):
        return _textual(head)
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    return next((one.mime_type for one in found if one.mime_type), UNKNOWN).lower()[:127]


def _picture(file: IO[bytes]) -> Kind | None:
    """Read the whole picture's structure, without unpacking it."""
    try:
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=tuple(PICTURES)) as picture:
                width, height, name = picture.width, picture.height, picture.format or ""
                if width * height > MOST_PIXELS:
                    return Kind(PICTURES[name])
                picture.verify()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return Kind(PICTURES[name], width, height)


def _archive(file: Any) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 128:
                said = archive.read("mimetype").decode("ascii", "replace").strip()
                if re.fullmatch(r"application/[\w.+-]+", said):
                    return said.lower()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return "application/zip"
    return next((kind for name, kind in INSIDE.items() if name in names), "application/zip")


def _is_text(head: bytes) -> bool:
    if b"\x00" in head or head.startswith(b"%PDF"):
        return False
    odd = sum(1 for byte in head if byte < 32 and byte not in (9, 10, 12, 13))
    return odd == 0


def _textual(head: bytes) -> str:
    """Tell text that a browser would run from text that it would show."""
    if re.search(rb"<svg[\s>]", head, re.IGNORECASE):
        return SVG
    if MARKUP.search(head):
        return HTML
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        return "application/xml"
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    return TEXT
