"""User names made from people's names: "Анна Снегирёва" → "anna.snegireva"."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

#: Russian letters as passports and boarding passes spell them, simplified.
LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "_",
            "y",
            "_",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
) | {"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "і": "i", "ї": "yi", "є": "ye", "ґ": "g"}
LONGEST = 40


def transliterate(text: str) -> str:
    """Write ``text`` in plain Latin letters; what has none is dropped."""
    latin = "".join(LETTERS.get(letter, letter) for letter in text.lower()).replace("_", "")
    plain = unicodedata.normalize("NFKD", latin)
    return plain.encode("ascii", "ignore").decode("ascii")


def username_from(text: str, taken: Collection[str] = ()) -> str:
    """Return a user name for a person called ``text`` that is none of ``taken`` (in lower case)."""
    local = text.partition("@")[0] if "@" in text else text
    words = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", transliterate(local).replace("'", ""))
    base = ".".join(words)[:LONGEST].strip(".-") or "user"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    return name
