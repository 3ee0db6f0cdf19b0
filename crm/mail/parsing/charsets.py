"""Bytes into text, whatever a letter claims its charset to be.

Names may be unknown, wrong or missing. What decodes as UTF-8 is UTF-8; what its charset can't
explain is read as the Cyrillic or Western one that makes the most words of it.
"""

from __future__ import annotations

import codecs
import re

#: Names in the wild → codecs; also what browsers read under a name that promises less.
ALIASES = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "cp819": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "windows-936": "gb18030",
    "x-gbk": "gb18030",
    "gb-2312": "gb18030",
    "chinese": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ks-c-5601-1987": "cp949",
    "euc-kr": "cp949",
    "korean": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "utf": "utf-8",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "koi8": "koi8-r",
    "win-1251": "cp1251",
    "cp-1251": "cp1251",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "dos-866": "cp866",
}
#: Say nothing: the bytes themselves must tell.
SILENT = frozenset(
    {"", "us-ascii", "ascii", "ansi_x3.4-1968", "x-unknown", "unknown-8bit", "unknown", "default"}
)
#: Codecs that turn something into text that is no charset of mail, or that could be asked to do harm.
FOREIGN = frozenset(
    {
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "mbcs",
        "oem",
        "palmos",
        "charmap",
    }
)
#: In these a letter of the alphabet may stand for something else, so plain bytes tell nothing.
SHIFTING = re.compile(r"utf_?-?(7|16|32)|iso2022|hz|unicode", re.IGNORECASE)
#: Charsets of one byte per letter: every byte means something, so only sense tells a wrong one.
ONE_BYTE = re.compile(r"cp(125\d|437|85\d|86\d|874)|iso-?8859|koi8|mac_", re.IGNORECASE)
CYRILLIC = ("cp1251", "koi8-r", "cp866")
#: The commonest letters of Russian text, which is lower case for the most part.
COMMON = frozenset("оеаинтсрвлкмдпу")
#: PostgreSQL holds no zero byte, UTF-8 no half of a surrogate pair.
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def known(charset: str) -> str:
    """Return the codec for a name in a letter; "" when there is none, or it says nothing."""
    name = charset.strip().strip("\"'").lower().partition("*")[0].replace(" ", "-")
    if name in SILENT:
        return ""
    name = ALIASES.get(name, ALIASES.get(name.replace("_", "-"), name))
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if found.name in FOREIGN or not getattr(found, "_is_text_encoding", True):
        return ""
    return ALIASES.get(found.name, found.name)


def decode(data: bytes, charset: str = "") -> str:
    """Return the text that ``data`` most probably is."""
    codec = known(charset)
    if data.isascii() and not (codec and SHIFTING.match(codec)):
        return clean(data.decode("ascii"))
    if codec in ("", "utf-8") or ONE_BYTE.match(codec):
        try:
            return clean(data.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    if not codec or codec == "utf-8":
        return clean(guess(data, is_utf8=codec == "utf-8"))
    if codec == "utf-16":
        codec = _order_of(data)
    try:
        return clean(data.decode(codec))
    except (UnicodeError, ValueError):
        return clean(data.decode(codec, "replace"))


def clean(text: str) -> str:
    """Return text that a database can keep."""
    return UNKEEPABLE.sub("", text.removeprefix("\ufeff"))


def guess(data: bytes, *, is_utf8: bool = False) -> str:
    """Read bytes that nobody explains: broken UTF-8, Cyrillic, or Western."""
    text = data.decode("utf-8", "replace")
    # One torn letter in a long text is a cut, not another charset.
    if text.count("\ufffd") * (10 if is_utf8 else 20) <= sum(1 for letter in text if letter > "\x7f"):
        return text
    high = sum(byte > 127 for byte in data)
    letters = sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in data)
    if high * 2 >= letters:
        return max((data.decode(name, "replace") for name in CYRILLIC), key=_sense)
    return data.decode("cp1252", "replace")


def _sense(text: str) -> int:
    return sum(letter in COMMON for letter in text)


def _order_of(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    return "utf-16-le" if data[1::2].count(0) > data[0::2].count(0) else "utf-16-be"
