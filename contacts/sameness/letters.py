"""Names as they sound: Иванов Пётр, Ivanov Petr and Petr Iwanow are written alike."""

from __future__ import annotations

import re
import unicodedata

from crm.lib import names

#: Hissing sounds, longer spellings first.
HISS = (
    ("shch", "5"), ("tsch", "4"), ("sch", "5"), ("tch", "4"), ("ch", "4"), ("cz", "4"), ("tz", "4"),
    ("ts", "4"), ("sh", "5"),
)  # fmt: skip
#: Spellings of one sound, longer ones first; applied to Latin letters.
SOUNDS = (
    ("kh", "h"), ("ph", "f"), ("th", "t"), ("ck", "k"), ("qu", "kv"), ("x", "ks"), ("w", "v"), ("z", "s"),
    ("yo", "e"), ("jo", "e"), ("io", "e"), ("ye", "e"), ("je", "e"), ("ie", "e"),
    ("yu", "u"), ("ju", "u"), ("iu", "u"), ("ya", "a"), ("ja", "a"), ("ia", "a"),
    ("iy", "i"), ("yi", "i"), ("ij", "i"), ("ey", "ei"), ("ay", "ai"), ("oy", "oi"), ("y", "i"), ("j", "i"),
    ("q", "k"), ("c", "k"),
)  # fmt: skip
#: Letters that are no Latin one with a mark.
WHOLE = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "þ": "th",
        "ı": "i",
        "і": "i",
        "ї": "i",
        "є": "e",
        "ґ": "g",
    }
)
NOT_A_LETTER = re.compile(r"[^a-z0-9]+")
DOUBLED = re.compile(r"(.)\1+")
VOWELS = str.maketrans("", "", "aeiou")
PATRONYMIC = re.compile(r".{3,}(ovich|evich|ovna|evna|ichna|inichna)", re.IGNORECASE)
FORM_WORDS = """
ooo oao zao pao ao ip nko too odo ltd limited llc llp lp inc incorporated corp corporation gmbh mbh
ag kg kgaa ug se sa sas sarl srl spa bv nv ab oy oyj as asa aps plc co company kompaniya group
gruppa holding kholding the pty pvt sp zoo zo o
"""
#: Words that say what a company is, not which; in Latin letters.
FORMS = frozenset(FORM_WORDS.split())


def latin(text: str) -> str:
    """Write any text in small Latin letters without accents."""
    written = names.to_latin(text.casefold().replace("ё", "е").translate(WHOLE))
    if written.isascii():
        return written
    return "".join(letter for letter in unicodedata.normalize("NFD", written) if letter.isascii())


def sounded(word: str) -> str:
    """Return one Latin word as it sounds."""
    for spelling, sound in (*HISS, *SOUNDS):
        word = word.replace(spelling, sound)
    return DOUBLED.sub(r"\1", word)


def words_of(text: str) -> list[str]:
    """Return the words of a name, in Latin letters."""
    return [word for word in NOT_A_LETTER.split(latin(text.replace("'", "").replace("’", ""))) if word]


def person_words(*parts: str) -> list[str]:
    """Return a person's names as they sound, in order, without the patronymic."""
    found = [word for part in parts for word in words_of(part)]
    return sorted(sounded(word) for word in found if not PATRONYMIC.fullmatch(word))


def company_words(name: str) -> list[str]:
    """Return a company's name as it sounds, without its legal form."""
    found = words_of(re.sub(r"(?<=\b\w)\.(?=\w\b)", "", name))
    bare = [word for word in found if word not in FORMS]
    return [sounded(word) for word in bare or found]


def bones(words: list[str]) -> str:
    """Return consonants alone: what remains of a name when its vowels are spelled otherwise."""
    return " ".join(sorted(word[:1] + word[1:].translate(VOWELS) for word in words))
