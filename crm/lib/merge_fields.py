"""Words in a text that are filled in later: ``Dear {{ person.first_name | colleague }}``.

A field is named by a path; what stands after the bar is said where it is empty. Parts stand only under
a condition: ``{{#if company}}…{{else}}…{{/if}}``, ``{{#if stage == Won}}…{{/if}}``; one may lie in another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_PATH = r"[A-Za-z_][\w.]{0,99}"
_FIELD = re.compile(r"\{\{\s*(" + _PATH + r")\s*(?:\|([^{}|]{0,200}))?\}\}")
_MARK = re.compile(
    r"\{\{\s*(?:#if\s+(?P<path>" + _PATH + r")\s*(?:(?P<is>==|!=)\s*(?P<value>[^{}]{0,100}?))?"
    r"|(?P<other>else)|(?P<end>/if))\s*\}\}"
)
#: Deeper conditions are nobody's wish.
DEEPEST = 8


class Filled(NamedTuple):
    """A text with its fields filled in, and the fields that were empty and had nothing to say instead."""

    text: str
    missing: list[str]


def fields_in(text: str) -> list[str]:
    """Return the paths that ``text`` names, in fields and conditions, each once."""
    found = [*(one["path"] for one in _MARK.finditer(text) if one["path"])]
    found += [one[1] for one in _FIELD.finditer(_MARK.sub("", text))]
    return list(dict.fromkeys(found))


def fill(text: str, value: Callable[[str], str]) -> str:
    """Return ``text`` with each field replaced by what ``value`` says of its path, or by its fallback."""
    return filled(text, value).text


def filled(text: str, value: Callable[[str], str], *, written: Callable[[str], str] = str) -> Filled:
    """As ``fill``, telling what was missing; ``written`` writes a value as the text wants it (escaped)."""
    missing: list[str] = []

    def said(found: re.Match[str]) -> str:
        known = value(found[1])
        fallback = (found[2] or "").strip()
        if not known and not fallback:
            missing.append(found[1])
        return written(known) if known else fallback

    return Filled(_FIELD.sub(said, decided(text, value)), list(dict.fromkeys(missing)))


def decided(text: str, value: Callable[[str], str]) -> str:
    """Return ``text`` without the parts whose condition does not hold, and without the conditions."""
    parts: list[str] = []
    #: For each condition that is open: whether this part of it stands, and whether it held.
    open_: list[tuple[bool, bool]] = []
    place = 0
    for mark in _MARK.finditer(text):
        if all(stands for stands, _held in open_):
            parts.append(text[place : mark.start()])
        place = mark.end()
        if mark["path"]:
            held = _holds(mark, value)
            open_.append((held, held))
        elif mark["other"] and open_:
            open_[-1] = (not open_[-1][1], open_[-1][1])
        elif mark["end"] and open_:
            open_.pop()
    if all(stands for stands, _held in open_):
        parts.append(text[place:])
    return "".join(parts)


def _holds(mark: re.Match[str], value: Callable[[str], str]) -> bool:
    known = value(mark["path"]).strip()
    if not mark["is"]:
        return bool(known)
    is_same = known.casefold() == (mark["value"] or "").strip().strip("\"'").casefold()
    return is_same == (mark["is"] == "==")


def shown(text: str) -> str:
    """Return ``text`` as a sentence may quote it, each field by its name: "Call ‹owner.name›"."""
    return _FIELD.sub(lambda found: f"‹{found[1]}›", _MARK.sub("", text))


def unknown(text: str, known: Callable[[str], bool]) -> list[str]:
    """Return what can't be filled in: paths nobody knows, braces that are no field, open conditions."""
    found = [path for path in fields_in(text) if not known(path)]
    rest = _FIELD.sub("", _MARK.sub("", text))
    if "{{" in rest or "}}" in rest or not _is_closed(text):
        found.append("{{")
    return found


def _is_closed(text: str) -> bool:
    """Tell whether each condition ends, and none is too deep."""
    deep = 0
    for mark in _MARK.finditer(text):
        deep += bool(mark["path"]) - bool(mark["end"])
        if deep < 0 or deep > DEEPEST or (mark["other"] and not deep):
            return False
    return deep == 0
