"""Tax and bank numbers of a company, and the check digits that catch a slip of the finger.

Russian ones are checked in full: ИНН (order ММВ-7-6/435, annex), ОГРН and ОГРНИП (order 165н),
КПП by its shape, accounts by the key of the Bank of Russia's regulation 515. VAT numbers of the EU
are checked by their shape only: their digits differ in 27 ways and a live check belongs elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}")
BIK = re.compile(r"\d{9}")
SWIFT = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")

INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)

#: Shape of the number after the country's two letters.
VAT_SHAPES: dict[str, re.Pattern[str]] = {
    country: re.compile(shape)
    for country, shape in {
        "AT": r"U\d{8}",
        "BE": r"[01]\d{9}",
        "BG": r"\d{9,10}",
        "CY": r"\d{8}[A-Z]",
        "CZ": r"\d{8,10}",
        "DE": r"\d{9}",
        "DK": r"\d{8}",
        "EE": r"\d{9}",
        "EL": r"\d{9}",
        "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
        "FI": r"\d{8}",
        "FR": r"[A-HJ-NP-Z0-9]{2}\d{9}",
        "HR": r"\d{11}",
        "HU": r"\d{8}",
        "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
        "IT": r"\d{11}",
        "LT": r"(\d{9}|\d{12})",
        "LU": r"\d{8}",
        "LV": r"\d{11}",
        "MT": r"\d{8}",
        "NL": r"[A-Z0-9+*]{12}",
        "PL": r"\d{10}",
        "PT": r"\d{9}",
        "RO": r"\d{2,10}",
        "SE": r"\d{12}",
        "SI": r"\d{8}",
        "SK": r"\d{10}",
        "XI": r"(\d{9}|\d{12}|(GD|HA)\d{3})",
    }.items()
}


def clean(text: str) -> str:
    """Return a number without the spaces, dots and dashes people group it by."""
    return re.sub(r"[\s.\-–—/]", "", text).upper()


def is_inn(text: str) -> bool:
    """Tell whether ``text`` is an ИНН of a company (10 digits) or of a person (12)."""
    if not _digits(text, 10, 12):
        return False
    if len(text) == 10:
        return _inn_digit(text, INN_10) == int(text[9])
    return _inn_digit(text, INN_11) == int(text[10]) and _inn_digit(text, INN_12) == int(text[11])


def is_kpp(text: str) -> bool:
    """Tell whether ``text`` has the shape of a КПП; it carries no check digit."""
    return bool(KPP.fullmatch(text))


def is_ogrn(text: str) -> bool:
    """Tell whether ``text`` is an ОГРН (13 digits) or an ОГРНИП (15)."""
    if not _digits(text, 13, 15):
        return False
    return int(text[:-1]) % (len(text) - 2) % 10 == int(text[-1])


def is_bik(text: str) -> bool:
    """Tell whether ``text`` has the shape of a БИК; it carries no check digit."""
    return bool(BIK.fullmatch(text))


def is_account(text: str, bik: str) -> bool:
    """Tell whether a settlement account's key agrees with the bank of ``bik``."""
    if bik[-3:] in ("000", "001", "002"):  # kept by the Bank of Russia itself
        return is_correspondent_account(text, bik)
    return is_bik(bik) and _digits(text, 20) and _account_key(bik[-3:] + text) == 0


def is_correspondent_account(text: str, bik: str) -> bool:
    """Tell whether a correspondent account's key agrees with the bank of ``bik``."""
    return is_bik(bik) and _digits(text, 20) and _account_key(f"0{bik[4:6]}{text}") == 0


def is_iban(text: str) -> bool:
    """Tell whether ``text`` is an IBAN by its remainder (ISO 13616)."""
    if not IBAN.fullmatch(text):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def is_swift(text: str) -> bool:
    """Tell whether ``text`` has the shape of a SWIFT code (ISO 9362)."""
    return bool(SWIFT.fullmatch(text))


def is_vat(text: str) -> bool:
    """Tell whether ``text`` may be a VAT number: EU shapes are checked, others are letters and digits."""
    shape = VAT_SHAPES.get(text[:2])
    if shape is not None:
        return bool(shape.fullmatch(text[2:]))
    return bool(re.fullmatch(r"[A-Z0-9]{5,20}", text))


def _digits(text: str, *lengths: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) in lengths


def _weighted(digits: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _inn_digit(text: str, weights: tuple[int, ...]) -> int:
    return _weighted(text, weights) % 11 % 10


def _account_key(text: str) -> int:
    """Sum of the last digits of 23 products with weights 7, 1, 3: zero when the key is right."""
    return sum(int(digit) * (7, 1, 3)[place % 3] % 10 for place, digit in enumerate(text)) % 10
