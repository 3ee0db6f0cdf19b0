"""Countries by their two letters: named in the reader's language, recognised in any spelling.

Names come from CLDR (Babel); a file may say "США", "United States" or "Philipines".
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from django.utils.functional import Promise, lazy
from django.utils.translation import get_language

#: In CLDR, but no country.
NOT_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
ALIASES = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "соединённые штаты америки": "US",
    "сша": "US",
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "англия": "GB",
    "russian federation": "RU",
    "рф": "RU",
    "российская федерация": "RU",
    "korea": "KR",
    "republic of korea": "KR",
    "корея": "KR",
    "uae": "AE",
    "оаэ": "AE",
    "holland": "NL",
    "голландия": "NL",
    "czech republic": "CZ",
    "белоруссия": "BY",
    "киргизия": "KG",
    "молдавия": "MD",
    "turkey": "TR",
}
#: How alike a misspelt name must be.
ALIKE = 0.87


def name_of(code: str) -> str:
    """Return a country's name in the present language; what is no code stays as it is."""
    return _names(get_language() or "en").get(code, code)


lazy_name = lazy(name_of, str)


@cache
def choices() -> tuple[tuple[str, str | Promise], ...]:
    """Return every country as (code, name in the reader's language)."""
    names = _names("en")
    return tuple((code, lazy_name(code)) for code in sorted(names, key=names.__getitem__))


@lru_cache(maxsize=4096)
def recognise(text: str) -> str:
    """Return the two letters of the country that ``text`` means, or ""."""
    wanted = " ".join(text.split()).casefold()
    known = _spellings()
    if wanted in known or len(wanted) < 4:
        return known.get(wanted, "")
    alike = get_close_matches(wanted, known, n=1, cutoff=ALIKE)
    return known[alike[0]] if alike else ""


@cache
def _names(language: str) -> dict[str, str]:
    try:
        territories = Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        territories = Locale("en").territories
    return {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }


@cache
def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("de", "fr", "es", "ru", "en"):
        found.update({name.casefold(): code for code, name in _names(language).items()})
    found.update({code.casefold(): code for code in _names("en")})
    return found | ALIASES
