"""Which encoding a file of text is in.

Spreadsheets write UTF-8, UTF-16 and the code page of their country, and say so only
sometimes. A wrong guess turns names into rubbish, so the guess looks at how the bytes lie:
a Cyrillic word is high bytes only, a French or German word has one among ASCII letters.
"""

import codecs
from itertools import pairwise

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC = ("cp1251", "koi8-r", "cp866")
# The letters that make up two thirds of any Russian, Ukrainian or Bulgarian text.
_FREQUENT = frozenset("оеаинтсрвлкмдпуя")

ENCODINGS = (
    "utf-8",
    "utf-16",
    "cp1251",
    "cp1252",
    "latin-1",
    "koi8-r",
    "cp866",
    "iso-8859-2",
    "mac-cyrillic",
)

# How files begin that people drag in by mistake: pictures, PDF, sound and film, archives, programs.
_NO_TABLES = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM\x00",
    b"II*\x00",
    b"MM\x00*",
    b"ID3",
    b"OggS",
    b"RIFF",
    b"\x1aE\xdf\xa3",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x7fELF",
    b"MZ",
    b"SQLite format 3\x00",
)
_NEVER_TABLES = (b"%PDF-", b"{\\rtf1", b"\x89PNG\r\n")
_WEB_PAGES = (b"<!doctype html", b"<html", b"<?xml", b"<svg")
#: The controls that texts do hold: tab, line ends, form feed, and the end mark of old DOS files.
_TEXT_CONTROLS = frozenset("\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f\x85")
_CONTROLS_ALLOWED = 0.002


def looks_binary(head: bytes, encoding: str) -> bool:
    """Tell whether the bytes are no text: a picture, a PDF, an archive or a program."""
    if head.startswith(_NEVER_TABLES) or (head.startswith(_NO_TABLES) and _has_controls(head[:4096])):
        return True
    if encoding.startswith(("utf-16", "utf-32")):
        text = head.decode(encoding, errors="replace")
    elif b"\0" in head:
        return True
    else:
        text = head.decode("latin-1")
        # Bytes from 0x80 on are letters in the code pages, controls only in Latin-1.
        text = "".join(char for char in text if ord(char) < 0x80)
    strange = sum(
        (char < " " or char == "\x7f" or char == "\ufffd") and char not in _TEXT_CONTROLS for char in text
    )
    return strange > max(3, len(head) * _CONTROLS_ALLOWED)


def looks_like_web_page(head: bytes) -> bool:
    """Tell whether the bytes begin a page of HTML or XML, which some systems save as ".xls"."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:20].lower()
    return start.startswith(_WEB_PAGES)


def _has_controls(head: bytes) -> bool:
    return any(byte < 0x20 and byte not in b"\t\n\r" for byte in head)


def detect_encoding(head: bytes, *, complete: bool = False) -> str:
    """Name the encoding of a file from its first bytes; `complete` when they are the whole file."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    wide = _utf16_without_mark(head)
    if wide:
        return wide
    if is_utf8(head, complete=complete):
        return "utf-8"
    return single_byte_encoding(head)


def is_utf8(head: bytes, *, complete: bool) -> bool:
    """Tell whether the bytes are UTF-8; a character cut off at the end is forgiven unless complete."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=complete)
    except UnicodeDecodeError:
        return False
    return True


def single_byte_encoding(head: bytes) -> str:
    """Choose among the code pages of one byte per character."""
    high = sum(byte >= 0x80 for byte in head)
    if not high:
        return "utf-8"
    in_runs = sum(a >= 0x80 and b >= 0x80 for a, b in pairwise(head))
    if in_runs / high > 0.5:
        return max(_CYRILLIC, key=lambda name: _russian_score(head, name))
    try:
        head.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _russian_score(head: bytes, encoding: str) -> int:
    text = head.decode(encoding, errors="replace")
    return sum(char in _FREQUENT for char in text)


def _utf16_without_mark(head: bytes) -> str:
    sample = head[:4096]
    if len(sample) < 4:
        return ""
    half = len(sample) // 2
    # The upper byte of Latin letters is 0, of Cyrillic ones 4; blanks and signs make sure of some zeros.
    odd, even = (sum(byte in (0, 4) for byte in sample[start::2]) for start in (1, 0))
    if odd > half * 0.9 and even < half * 0.1 and 0 in sample[1::2]:
        return "utf-16-le"
    if even > half * 0.9 and odd < half * 0.1 and 0 in sample[0::2]:
        return "utf-16-be"
    return ""
