"""People's names in both scripts: taking them apart, putting them together, sorting and finding them.

Russian names are written surname first when official and given name first when spoken, so a
column "ФИО" holds both; patronymics and the endings of surnames tell which is which.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class NameParts(NamedTuple):
    """A full name taken apart; any part may be empty."""

    first: str = ""
    middle: str = ""
    last: str = ""


PATRONYMIC = re.compile(
    r"(.*(ович|евич|ьич|овна|евна|инична|ична)|.*(ovich|evich|evna|ovna|ichna)|оглы|кызы|угли|ogly|kyzy)",
    re.IGNORECASE,
)
SURNAME = re.compile(
    r".{2,}(ов|ев|ёв|ин|ын|ова|ева|ёва|ина|ына|ский|ская|цкий|цкая|ской|ных|их|ко|ук|юк|ак|ян|янц|дзе|швили|ец)",
    re.IGNORECASE,
)
GIVEN_NAMES = """
алевтина алина альбина ангелина антонина арина валентин валентина галина дарина екатерина ирина карина
каролина кристина константин мартин марина нина полина регина сабина эвелина элина августин севастьян
роман лев яков лука исаак
"""
TITLE_WORDS = "mr mrs ms miss dr prof sir г г-н г-жа господин госпожа herr frau m mme"
PARTICLE_WORDS = "van von der den de da di del della la le du dos bin ibn al el st. ter ten"
#: Given names that end like a surname.
GIVEN = frozenset(GIVEN_NAMES.split())

TITLES = frozenset(TITLE_WORDS.split())
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
PARTICLES = frozenset(PARTICLE_WORDS.split())

#: One letter or several for each Cyrillic one, as most people type them.
LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya".replace("_", "").split(
            " "
        ),
        strict=True,
    )
)
#: Longer spellings first.
CYRILLIC_OF = (
    ("shch", "щ"), ("sch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"),
    ("yu", "ю"), ("ju", "ю"), ("ya", "я"), ("ja", "я"), ("yo", "е"), ("jo", "е"), ("ye", "е"), ("ck", "к"),
    ("ph", "ф"), ("x", "кс"), ("q", "к"), ("w", "в"),
    *zip("abvgdezijklmnoprstufhcy", "абвгдезийклмнопрстуфхкы", strict=True),
)  # fmt: skip


def split_full_name(text: str) -> NameParts:
    """Take a full name apart: "Иванов Иван Петрович", "Ivanov, Ivan", "Anna van der Berg"."""
    if "," in text:
        last, _comma, rest = text.partition(",")
        words = _words(rest)
        return NameParts(" ".join(words[:1]), " ".join(words[1:]), " ".join(last.split()))
    words = _words(text)
    if len(words) < 2:
        return NameParts(first=" ".join(words))
    if len(words) == 2:
        return _split_pair(*words)
    return _split_long(words)


def full_name(first: str, middle: str, last: str) -> str:
    """Put a name together in the order of its script: Russian and East Asian surnames come first."""
    parts = (last, first, middle) if CYRILLIC.search(last or first) else (first, middle, last)
    if HAN.search(last):
        return f"{last}{first}" if HAN.search(first) else f"{last} {first}".strip()
    return " ".join(part for part in parts if part)


def sort_key(*parts: str) -> str:
    """Return the text by which names are sorted: lower case, ё as е, single spaces."""
    return " ".join(" ".join(parts).casefold().replace("ё", "е").split())


def to_latin(text: str) -> str:
    """Write Cyrillic letters in Latin ones, lower case; what is Latin already stays."""
    return "".join(LATIN.get(letter, letter) for letter in text.lower())


def to_cyrillic(text: str) -> str:
    """Write Latin letters in Cyrillic ones, lower case, as a Russian would hear them."""
    written = text.lower()
    for latin, cyrillic in CYRILLIC_OF:
        written = written.replace(latin, cyrillic)
    return written


def other_script(text: str) -> str:
    """Return ``text`` in the other script, so that a search finds it by either spelling."""
    return to_latin(text) if CYRILLIC.search(text) else to_cyrillic(text)


def _words(text: str) -> list[str]:
    words = text.split()
    while len(words) > 1 and words[0].rstrip(".").lower() in TITLES:
        words = words[1:]
    return words


def _split_long(words: list[str]) -> NameParts:
    if PATRONYMIC.fullmatch(words[-1]):
        return NameParts(words[1], " ".join(words[2:]), words[0])
    if PATRONYMIC.fullmatch(words[1]):
        return NameParts(words[0], words[1], " ".join(words[2:]))
    particle = next((place for place, word in enumerate(words[1:], 1) if word.lower() in PARTICLES), None)
    start = particle if particle is not None else len(words) - 1
    return NameParts(words[0], " ".join(words[1:start]), " ".join(words[start:]))


def _split_pair(one: str, other: str) -> NameParts:
    """Tell "Иванов Иван", "Иван Иванов" and "Анна Петровна" apart; in doubt the given name is first."""
    if CYRILLIC.search(one) and PATRONYMIC.fullmatch(other):
        return NameParts(one, other)
    return NameParts(other, "", one) if _surname_first(one, other) else NameParts(one, "", other)


def _surname_first(one: str, other: str) -> bool:
    if not CYRILLIC.search(one):
        return False
    first, second = one.lower(), other.lower()
    looks_first = bool(SURNAME.fullmatch(first)) and first not in GIVEN
    looks_second = bool(SURNAME.fullmatch(second)) and second not in GIVEN
    return looks_first and not looks_second
