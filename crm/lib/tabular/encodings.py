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
