"""Money: currencies with their minor units, and amounts written as the reader's language does.

An amount is a Decimal beside a currency code. Sums are whole numbers of minor units (cents)
of one currency: unlike currencies are never added.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import TypeAlias

from babel import Locale, UnknownLocaleError
from django.utils.functional import Promise, lazy
from django.utils.translation import get_language

Amount: TypeAlias = Decimal | int | float

#: Every currency in use (ISO 4217), by how many digits its minor unit has.
_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
        "CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD "
        "HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD "
        "MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON "
        "RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TOP TRY TTD TWD TZS "
        "UAH USD UYU UZS VES WST XCD YER ZAR ZMW"
    ),
}
#: Digits of the minor unit by currency code.
CURRENCIES: dict[str, int] = dict(
    sorted((code, digits) for digits, codes in _BY_DIGITS.items() for code in codes.split())
)
#: Signs that nobody mistakes for another currency; all others are written by their code.
SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "RUB": "₽",
    "UAH": "₴",
    "KZT": "₸",
    "INR": "₹",
    "ILS": "₪",
    "KRW": "₩",
    "TRY": "₺",
    "GEL": "₾",
    "AMD": "֏",
    "AZN": "₼",
    "VND": "₫",
    "PLN": "zł",
    "CZK": "Kč",
    "CAD": "CA$",
    "AUD": "A$",
    "BRL": "R$",
    "CNY": "CN¥",
    "HKD": "HK$",
    "MXN": "MX$",
    "NZD": "NZ$",
    "TWD": "NT$",
}
#: Symbols and steps of shortened amounts, by language: 1.2M, 1,2 млн.
_SHORT = {
    "en": ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K")),
    "ru": (
        (Decimal(10) ** 9, "\u00a0млрд"),
        (Decimal(10) ** 6, "\u00a0млн"),
        (Decimal(10) ** 3, "\u00a0тыс."),
    ),
}
_SPACE = "\u00a0"


def digits_of(currency: str) -> int:
    """Return how many digits the minor unit of ``currency`` has: 2 for most, 0 for yen."""
    return CURRENCIES.get(currency, 2)


def to_minor(amount: Amount, currency: str) -> int:
    """Return an amount in whole minor units, halves rounded away from zero."""
    scaled = as_decimal(amount).scaleb(digits_of(currency))
    return int(scaled.to_integral_value(rounding=ROUND_HALF_UP))


def from_minor(minor: int, currency: str) -> Decimal:
    """Return minor units as an amount: 105400 cents are 1054.00."""
    return Decimal(minor).scaleb(-digits_of(currency))


def as_decimal(amount: Amount) -> Decimal:
    return amount if isinstance(amount, Decimal) else Decimal(str(amount))


def format_money(amount: Amount | None, currency: str = "") -> str:
    """Write an amount for a person: "€1,234.50", in Russian "1 234,50 ₽"; no digits when whole."""
    if amount is None:
        return ""
    value = as_decimal(amount)
    digits = 0 if value == value.to_integral_value() else digits_of(currency)
    return _with_sign(_number(value, digits, _language()), currency, _language())


def format_minor(minor: int | None, currency: str) -> str:
    """Write minor units for a person."""
    return "" if minor is None else format_money(from_minor(minor, currency), currency)


def format_short(amount: Amount | None, currency: str = "") -> str:
    """Write an amount where space is scarce: "$1.2M", in Russian "1,2 млн ₽"."""
    if amount is None:
        return ""
    value, language = as_decimal(amount), _language()
    for step, word in _SHORT[language]:
        if abs(value) >= step * 10 or (abs(value) >= step and step > 1000):
            unit = Decimal("0.1") if abs(value) < step * 100 else Decimal(1)
            scaled = (value / step).quantize(unit, rounding=ROUND_HALF_UP)
            digits = 0 if scaled == scaled.to_integral_value() else 1
            return _with_sign(_number(scaled, digits, language) + word, currency, language)
    return _with_sign(_number(value, 0, language), currency, language)


def _language() -> str:
    return "ru" if (get_language() or "").startswith("ru") else "en"


def _number(value: Decimal, digits: int, language: str) -> str:
    text = f"{value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP):,f}"
    if language == "ru":
        return text.replace(",", _SPACE).replace(".", ",")
    return text


def _with_sign(text: str, currency: str, language: str) -> str:
    if not currency:
        return text
    symbol = SYMBOLS.get(currency, currency)
    if language == "ru" or currency in ("PLN", "CZK"):
        return f"{text}{_SPACE}{symbol}"
    minus, plain = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{minus}{symbol}{_SPACE if symbol.isalpha() else ''}{plain}"


# Names, for choosing a currency.


@cache
def _names(language: str) -> dict[str, str]:
    try:
        known = Locale.parse(language, sep="-").currencies
    except (UnknownLocaleError, ValueError):
        known = Locale("en").currencies
    return {code: known.get(code, code) for code in CURRENCIES}


@lru_cache(maxsize=1024)
def _label(code: str, language: str) -> str:
    name = _names(language).get(code, code)
    return f"{code} · {name[:1].upper()}{name[1:]}"


def label_of(code: str) -> str:
    """Return a currency's code and its name in the present language."""
    return _label(code, get_language() or "en")


lazy_label = lazy(label_of, str)


@cache
def choices() -> tuple[tuple[str, str | Promise], ...]:
    """Return every currency as (code, name in the reader's language), those used most first."""
    often = [code for code in ("USD", "EUR", "RUB", "GBP", "CNY") if code in CURRENCIES]
    codes = dict.fromkeys([*often, *CURRENCIES])
    return tuple((code, lazy_label(code)) for code in codes)
