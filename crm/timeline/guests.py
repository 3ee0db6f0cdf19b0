"""Who may be asked to a meeting beside colleagues: whatever the trades know as people.

Contacts hands in how people are found, named and made; the timeline itself knows none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.registry import Ref


@dataclass(frozen=True, slots=True)
class Guest:
    """A person as an invitation addresses them."""

    ref: Ref
    name: str
    email: str = ""


class Book(Protocol):
    """What contacts hands in."""

    def of(self, refs: Collection[Ref]) -> dict[Ref, Guest]:
        """Return name and best address of people."""

    def find(self, email: str) -> Any | None:
        """Return the person with this address, whoever owns them."""

    def make(self, *, name: str, email: str, phone: str, owner: User | None, at: datetime) -> Any:
        """Make a person."""


_books: list[Book] = []


def register(book: Book) -> None:
    """Hand in a book of people; from ``AppConfig.ready``."""
    _books.append(book)


def of(refs: Collection[Ref]) -> dict[Ref, Guest]:
    """Return name and address of people."""
    found: dict[Ref, Guest] = {}
    for book in _books:
        found |= book.of([ref for ref in refs if ref not in found])
    return found


def find(email: str) -> Any | None:
    """Return the person with this address; None where nobody knows it."""
    return next((person for book in _books if (person := book.find(email)) is not None), None)


def find_or_make(*, name: str, email: str, phone: str, owner: User | None, at: datetime) -> Any | None:
    """Return the person with this address, made if need be; None where nobody keeps people."""
    person = find(email)
    if person is None and _books:
        person = _books[0].make(name=name, email=email, phone=phone, owner=owner, at=at)
    return person
