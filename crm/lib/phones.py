"""Phone numbers as people write them, and the one form in which they are compared.

Common Russian and North American numbers take a short cut: the full library reads
46,000 numbers a second, which an import of a million people would feel.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

#: The two ways in which Russians and Kazakhs write a trunk number: 8 495 … and +7 495 …
PLAIN_RU = re.compile(r"(?:\+?7|8)([3489]\d{9})")
PLAIN_US = re.compile(r"(?:\+?1)?([2-9]\d{2}[2-9]\d{6})")
GROUPED_RU = re.compile(r"\+7([3489]\d{2})(\d{3})(\d{2})(\d{2})")
GROUPED_US = re.compile(r"\+1(\d{3})(\d{3})(\d{4})")
#: Everything people put between digits.
FILLING = str.maketrans("", "", " \t\u00a0\u202f-–—().·/")
EXTENSION = re.compile(r"(?:;ext=|ext\.?|доб\.?|вн\.?|x|#)\s*(\d{1,6})\s*$", re.IGNORECASE)
MARK = ";ext="


def normalise(text: str, region: str = "") -> str | None:
    """Return ``text`` as E.164 ("+74951234567"), or None when it is no phone number.

    ``region`` is the country (two letters) in which a number without a country code is read.
    An extension stays at the end as ``;ext=12``: two people behind one switchboard are two.
    """
    number, extension = split_extension(text)
    found = _shortcut(number.translate(FILLING), region.upper()) or _parsed(number, region.upper())
    if found is None:
        return None
    return f"{found}{MARK}{extension}" if extension else found


def split_extension(text: str) -> tuple[str, str]:
    """Return the number proper and the digits of its extension."""
    match = EXTENSION.search(text)
    return (text[: match.start()].rstrip(" ,;"), match[1]) if match else (text.strip(), "")


def digits(text: str) -> str:
    """Return nothing but the digits: what a person types when they look for part of a number."""
    return re.sub(r"\D", "", text)


def pretty(number: str, region: str = "") -> str:
    """Return a normalised number the way people of ``region`` read it, spaces and all."""
    plain, _mark, extension = number.partition(MARK)
    shown = _pretty(plain, region.upper())
    return f"{shown} ext. {extension}" if extension else shown


def country_of(number: str) -> str:
    """Return the two letters of the country a normalised number belongs to, or ""."""
    parsed = _read(number.partition(MARK)[0], "")
    return (phonenumbers.region_code_for_number(parsed) or "") if parsed else ""


def _shortcut(plain: str, region: str) -> str | None:
    explicit = plain.startswith("+")
    if explicit or region in ("RU", "KZ"):
        match = PLAIN_RU.fullmatch(plain)
        if match:
            return f"+7{match[1]}"
    if plain.startswith("+1") or (region in ("US", "CA") and not explicit):
        match = PLAIN_US.fullmatch(plain)
        if match:
            return f"+1{match[1]}"
    return None


def _parsed(text: str, region: str) -> str | None:
    parsed = _read(text, region)
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))


def _read(text: str, region: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region or None)
    except NumberParseException:
        return None


@lru_cache(maxsize=4096)
def _pretty(number: str, region: str) -> str:
    if match := GROUPED_RU.fullmatch(number):
        return "+7 {} {}-{}-{}".format(*match.groups())
    if region not in ("US", "CA") and (match := GROUPED_US.fullmatch(number)):
        return "+1 {}-{}-{}".format(*match.groups())
    parsed = _read(number, region)
    if parsed is None:
        return number
    if region and phonenumbers.region_code_for_number(parsed) == region and region != "RU":
        return str(phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL))
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL))
