"""Where else the mail of people and companies belongs: their open deals."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from contacts.models import Company, Person
from crm.mail import addressbook, makers
from crm.records.registry import Ref
from sales.models import Deal, DealPerson
from sales.services import DealService

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.mail.models import Message
    from crm.records.models import Record

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


def make_deal(message: Message, actor: User, at: datetime) -> Record:
    """Make a deal of a letter, with the person and the company that it is on."""
    values: dict[str, Any] = {"name": message.subject[:250] or makers.sender_name(message)}
    on = {link.type_id: link.record_id for link in message.links.order_by("-pk")}
    if pk := on.get(Person.record_type.id):
        values["person"] = Person.objects.visible_to(actor).filter(pk=pk).first()
    if pk := on.get(Company.record_type.id):
        values["company"] = Company.objects.visible_to(actor).filter(pk=pk).first()
    return DealService().create([values], actor=actor, at=at)[0].record


DEAL = makers.Maker(
    key="deal",
    label=_("Deal"),
    done=_("Deal added."),
    icon="currency-dollar",
    letter="d",
    permission="sales.deal",
    make=make_deal,
    order=30,
)


def register() -> None:
    makers.register(DEAL)
    addressbook.register_belongings("deals", deals_of_people)
