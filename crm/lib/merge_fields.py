"""Words in a text that are filled in later: ``Dear {{ person.first_name | colleague }}``.

A field is named by a path; what stands after the bar is said where it is empty.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELD = re.compile(r"\{\{\s*([A-Za-z_][\w.]{0,99})\s*(?:\|([^{}|]{0,200}))?\}\}")


def fields_in(text: str) -> list[str]:
    """Return the paths that ``text`` names, each once."""
    return list(dict.fromkeys(found[1] for found in _FIELD.finditer(text)))


def fill(text: str, value: Callable[[str], str]) -> str:
    """Return ``text`` with each field replaced by what ``value`` says of its path, or by its fallback."""

    def said(found: re.Match[str]) -> str:
        return value(found[1]) or (found[2] or "").strip()

    return _FIELD.sub(said, text)


def shown(text: str) -> str:
    """Return ``text`` as a sentence may quote it, each field by its name: "Call ‹owner.name›"."""
    return _FIELD.sub(lambda found: f"‹{found[1]}›", text)


def unknown(text: str, known: Callable[[str], bool]) -> list[str]:
    """Return what can't be filled in: paths nobody knows, and braces that are no field at all."""
    found = [path for path in fields_in(text) if not known(path)]
    rest = _FIELD.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append("{{")
    return found
