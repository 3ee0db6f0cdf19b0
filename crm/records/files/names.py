"""Names of files: what a stranger's computer called it, made harmless and legible."""

from __future__ import annotations

import re
import unicodedata

MOST_LETTERS = 200
#: Kinds of characters that nobody sees: controls, marks of direction, joiners.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
#: Paths, wildcards, quotes.
FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
#: Windows opens devices by these names.
DEVICES = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
SPARE = "file"


def cleaned(name: str) -> str:
    """Return the last part of a path without what could mislead a person or a computer.

    Control characters go, and so do marks that turn the reading direction: "invoice‮fdp.exe"
    would otherwise be read as a PDF.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(
        one for one in last if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    )
    plain = FORBIDDEN.sub("_", " ".join(plain.split())).strip(". ")
    if DEVICES.match(plain):
        plain = f"_{plain}"
    return shortened(plain) or SPARE


def shortened(name: str) -> str:
    """Cut a long name in its middle, so that its ending stays."""
    if len(name) <= MOST_LETTERS:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 20:
        return name[:MOST_LETTERS]
    return f"{stem[: MOST_LETTERS - len(ending) - 1]}.{ending}"


def ending_of(name: str) -> str:
    """Return the lower-case ending: "pdf"; empty when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
