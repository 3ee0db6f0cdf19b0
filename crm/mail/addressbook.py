"""The address book: whose an address is, as the floors above tell it.

Mail knows no people. Contacts registers a book that finds the holders of addresses and
suggests recipients; trades register where else a person's mail belongs, such as open deals.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from crm.identity.models import User
    from crm.records.registry import Ref


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One recipient on offer."""

    address: str
    name: str
    ref: Ref | None = None
    #: Whatever tells two people of one name apart, such as their company.
    detail: str = ""


class Book(Protocol):
    """Who holds which address."""

    def find(self, addresses: Collection[str]) -> Mapping[str, Sequence[Ref]]:
        """Return the holders of each address (lower case), the likeliest first."""

    def suggest(self, user: User, text: str, limit: int) -> Sequence[Suggestion]:
        """Return recipients that ``user`` may see whose name or address begins with ``text``."""

    def addresses_of(self, refs: Sequence[Ref], user: User | None, limit: int) -> Sequence[Suggestion]:
        """Return the addresses of these records that ``user`` may see (None is the system), people first."""


_books: dict[str, Book] = {}
_belongings: dict[str, Callable[[Sequence[Ref]], Mapping[Ref, Sequence[Ref]]]] = {}


def register(name: str, book: Book) -> None:
    """Have ``book`` asked about addresses; from ``AppConfig.ready``."""
    _books[name] = book


def register_belongings(name: str, find: Callable[[Sequence[Ref]], Mapping[Ref, Sequence[Ref]]]) -> None:
    """Have ``find`` tell where else the mail of people and companies belongs; from ``AppConfig.ready``."""
    _belongings[name] = find


def find(addresses: Iterable[str]) -> dict[str, list[Ref]]:
    """Return the holders of each address; addresses that nobody holds are left out."""
    wanted = sorted({one.strip().lower() for one in addresses if one and "@" in one})
    found: dict[str, list[Ref]] = defaultdict(list)
    if not wanted:
        return found
    for book in _books.values():
        for address, refs in book.find(wanted).items():
            found[address].extend(ref for ref in refs if ref not in found[address])
    return dict(found)


def belongings(refs: Sequence[Ref]) -> list[Ref]:
    """Return the further records to which letters of these belong, each once."""
    if not refs:
        return []
    more: dict[Ref, None] = {}
    for tell in _belongings.values():
        for several in tell(refs).values():
            more.update(dict.fromkeys(several))
    return [ref for ref in more if ref not in set(refs)]


def suggest(user: User, text: str, limit: int = 8) -> list[Suggestion]:
    """Return recipients for what was typed so far, each address once."""
    known: dict[str, Suggestion] = {}
    for book in _books.values():
        for one in book.suggest(user, text.strip(), limit):
            known.setdefault(one.address.lower(), one)
    return list(known.values())[:limit]


def of_records(refs: Sequence[Ref], user: User | None, limit: int = 8) -> list[Suggestion]:
    """Return whom one would write to about these records, each address once."""
    known: dict[str, Suggestion] = {}
    for book in _books.values():
        for one in book.addresses_of(refs, user, limit):
            known.setdefault(one.address.lower(), one)
    return list(known.values())[:limit]
