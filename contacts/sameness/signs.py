"""The signs of one record: what it would have in common with its double, hashed to be compared."""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from contacts import domains
from contacts.models import Company, ContactPoint, Person
from contacts.sameness import letters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TEXT = 320


class Sign(IntEnum):
    """Kinds of signs; pairs keep them as bits."""

    EMAIL = 0
    PHONE = 1
    NUMBER = 2
    DOMAIN = 3
    #: The whole name as it sounds.
    NAME = 4
    #: The whole name by its consonants.
    BONES = 5
    #: Where names begin: how typing errors further on are found.
    BEGIN = 6

    @property
    def bit(self) -> int:
        return 1 << self


class Key(NamedTuple):
    """One sign of one record, as it is kept."""

    record_id: int
    kind: int
    hash: int
    text: str


def hashed(kind: Sign, text: str) -> int:
    """Return a number of 64 bits that stands for a sign."""
    digest = blake2b(f"{int(kind)}:{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def keys_of(model: Any, ids: Sequence[int]) -> list[Key]:
    """Read the signs of these records; of what lies in the bin there are none."""
    reader = _people if model is Person else _companies
    return [
        Key(pk, int(kind), hashed(kind, text), text[:TEXT] if kind is Sign.NAME else "")
        for pk, found in reader(ids)
        for kind, text in dict.fromkeys(found)
    ]


def _people(ids: Sequence[int]) -> Iterator[tuple[int, list[tuple[Sign, str]]]]:
    reached = _points("person", ids)
    rows = Person.objects.filter(pk__in=ids)
    for pk, first, middle, last in rows.values_list("pk", "first_name", "middle_name", "last_name"):
        found = reached[pk]
        words = letters.person_words(first, middle, last)
        if len(words) > 1:
            found += name_signs(words)
        yield pk, found


def _companies(ids: Sequence[int]) -> Iterator[tuple[int, list[tuple[Sign, str]]]]:
    reached = _points("company", ids)
    columns = ("pk", "name", "inn", "ogrn", "vat", "domains", "website")
    for pk, name, inn, ogrn, vat, known, website in Company.objects.filter(pk__in=ids).values_list(*columns):
        found = reached[pk]
        found += [(Sign.NUMBER, number) for number in (inn, ogrn, vat) if number]
        sites = [*known, domains.clean_domain(website)]
        sites += [text.rpartition("@")[2] for kind, text in found if kind is Sign.EMAIL]
        found += [(Sign.DOMAIN, site) for site in sites if domains.is_telling(site)]
        words = letters.company_words(name)
        if sum(map(len, words)) > 2:
            found += name_signs(words)
        yield pk, found


def name_signs(words: list[str]) -> list[tuple[Sign, str]]:
    """Return the signs that a name gives; ``words`` as they sound."""
    ordered = sorted(words)
    begin = " ".join(word[:3] for word in ordered)
    return [
        (Sign.NAME, " ".join(ordered)),
        (Sign.BONES, letters.bones(ordered)),
        (Sign.BEGIN, begin),
    ]


def _points(holder: str, ids: Sequence[int]) -> dict[int, list[tuple[Sign, str]]]:
    kinds = {"email": Sign.EMAIL, "phone": Sign.PHONE}
    found: dict[int, list[tuple[Sign, str]]] = defaultdict(list)
    rows = ContactPoint.objects.filter(**{f"{holder}__in": ids, "kind__in": list(kinds)})
    for pk, kind, normalised in rows.values_list(f"{holder}_id", "kind", "normalised"):
        found[pk].append((kinds[kind], normalised))
    return found
