"""Where else the mail of people and companies belongs: their open deals."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from contacts.models import Person
from crm.mail import addressbook
from crm.records.registry import Ref
from sales.models import Deal, DealPerson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Of somebody with more open deals than this, nobody knows which one a letter is about.
MOST_DEALS = 5


def deals_of_people(refs: Sequence[Ref]) -> Mapping[Ref, Sequence[Ref]]:
    """Return the open deals of these people, the newest first; none of somebody who has too many."""
    people = [ref.id for ref in refs if ref.type_id == Person.record_type.id]
    if not people:
        return {}
    led = Deal.objects.filter(person__in=people, is_open=True, deleted_at=None).values_list("person_id", "pk")
    named = DealPerson.objects.filter(
        person__in=people, deal__is_open=True, deal__deleted_at=None
    ).values_list("person_id", "deal_id")
    found: dict[int, set[int]] = defaultdict(set)
    for person, deal in [*led, *named]:
        found[person].add(deal)
    return {
        Ref(Person.record_type.id, person): [
            Ref(Deal.record_type.id, deal) for deal in sorted(deals, reverse=True)
        ]
        for person, deals in found.items()
        if len(deals) <= MOST_DEALS
    }


def register() -> None:
    addressbook.register_belongings("deals", deals_of_people)
