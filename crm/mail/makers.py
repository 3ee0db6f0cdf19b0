"""What a letter can be turned into with one key: the floors above hand in how.

A maker gets the letter and makes a record of it by its own service; the letter is put on the
record, and so are the other letters of the same sender that were on none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from crm.identity.access import access_for
from crm.mail import addressbook
from crm.mail.models import Linked, Message
from crm.mail.receiving import linking
from crm.mail.visibility import own

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from crm.identity.models import User
    from crm.records.models import Record

#: So many earlier letters of a sender are put on a new record at once.
MOST_EARLIER = 200


@dataclass(frozen=True, slots=True)
class Maker:
    """One kind of record that letters become."""

    key: str
    label: StrOrPromise
    done: StrOrPromise
    icon: str
    #: The key that does it.
    letter: str
    #: The grant that it needs, as "contacts.person".
    permission: str
    make: Callable[[Message, User, datetime], Record]
    order: int = 50


_makers: dict[str, Maker] = {}


def register(maker: Maker) -> None:
    """Offer ``maker`` on every letter; from ``AppConfig.ready``."""
    _makers[maker.key] = maker


def offered_to(user: Any) -> list[Maker]:
    """Return what this person may turn letters into."""
    access = access_for(user)
    found = (one for one in _makers.values() if access.can(one.permission, "add"))
    return sorted(found, key=lambda one: one.order)


@transaction.atomic
def turn(*, message: Message, key: str, actor: User, at: datetime) -> Record:
    """Make a record of a letter and put the letter on it."""
    record = _makers[key].make(message, actor, at)
    linking.link_by_hand(message=message, refs=[record.ref], actor=actor, at=at)
    holders = addressbook.find([message.from_address]).get(message.from_address, [])
    if record.ref in holders:
        earlier = Message.objects.filter(
            own(actor), from_address=message.from_address, is_linked=False, direction="in"
        )
        for one in earlier.exclude(pk=message.pk)[:MOST_EARLIER]:
            linking.put(one, {record.ref: Linked.ADDRESS}, at=at)
    return record


def sender_name(message: Message) -> str:
    """Return a name for whoever wrote a letter, made of the address where it has none."""
    return message.from_name or message.from_address.partition("@")[0].replace(".", " ").title()
