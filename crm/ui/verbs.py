"""What the palette does with a record in one line: "call Anna", "log a call with Acme", "task for deal 17".

A floor above hands its verbs in; each leads to the place on the record's page where it is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.records import search

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do with a record.

    ``words`` are the beginnings by which it is asked for, parted by bars; ``label`` names it with
    %(name)s; ``anchor`` is its place on the page.
    """

    words: str | Promise
    label: str | Promise
    icon: str
    anchor: str
    may: Callable[[Any], bool]
    #: Types of record with which nothing of it can be done.
    without: frozenset[str] = frozenset()

    def object_of(self, text: str) -> str | None:
        """Return with whom it is to be done: what follows the verb; None when the text is another wish."""
        wanted = search.fold(text)
        for words in sorted(str(self.words).split("|"), key=len, reverse=True):
            beginning = search.fold(words)
            if wanted == beginning or wanted.startswith(f"{beginning} "):
                return text.strip()[len(words.strip()) :].strip()
        return None


_verbs: list[Verb] = []


def register(*verbs: Verb) -> None:
    """Offer verbs in the palette."""
    _verbs.extend(verbs)


def asked(text: str, user: Any) -> list[tuple[Verb, str]]:
    """Return the verbs that a text begins with, each with the rest of it."""
    found = ((verb, verb.object_of(text)) for verb in _verbs if verb.may(user))
    return [(verb, rest) for verb, rest in found if rest is not None]
