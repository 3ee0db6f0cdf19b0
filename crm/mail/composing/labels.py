"""What one should know of each recipient before a letter leaves: kept, added, dropped, colleague, new."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from crm.identity.models import User
from crm.mail import addressbook
from crm.mail.composing.replying import own_addresses, participants
from crm.mail.models import MessageAddress
from crm.records import registry
from crm.records.models import Search
from crm.records.registry import service_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm.mail.models import Message
    from crm.records.registry import Ref

KEPT, ADDED, COLLEAGUE, OTHER, NEW = "kept", "added", "colleague", "other", "new"


@dataclass(slots=True)
class Labels:
    """What is known of the recipients of a letter."""

    #: By address: kinds with their words, the gravest first.
    by_address: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    #: Who was in the conversation and would no longer be.
    dropped: list[dict[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "labels": {
                address: [{"kind": kind, "text": text} for kind, text in several]
                for address, several in self.by_address.items()
            },
            "dropped": self.dropped,
        }


def labels_of(
    recipients: Iterable[Mapping[str, str]], *, record: Any, answered: Message | None, user: User
) -> Labels:
    """Label the recipients of a letter about ``record`` (or None) that answers ``answered`` (or none)."""
    addresses = list(
        dict.fromkeys(one["address"].strip().lower() for one in recipients if one.get("address"))
    )
    before = {one["address"]: one for one in participants(answered)} if answered else {}
    colleagues = own_addresses() | colleagues_among(addresses)
    holders = addressbook.find(addresses)
    own = customers_of(record)
    seen = set(
        MessageAddress.objects.filter(address__in=addresses).values_list("address", flat=True).distinct()
    )
    names = titles_of([ref for several in holders.values() for ref in several], user)
    found = Labels(dropped=[one for address, one in before.items() if address not in addresses])
    for address in addresses:
        labels: list[tuple[str, str]] = []
        refs = holders.get(address, [])
        if address in colleagues:
            labels.append((COLLEAGUE, _("Colleague")))
        elif own and refs and own.isdisjoint([*refs, *addressbook.belongings(refs)]):
            who = ", ".join(names[ref] for ref in refs if ref in names)
            labels.append(
                (OTHER, _("Other customer: %(who)s") % {"who": who} if who else _("Other customer"))
            )
        elif not refs and address not in seen:
            labels.append((NEW, _("Never written to")))
        if answered is not None:
            is_kept = address in before
            labels.append((KEPT, _("Was in the conversation")) if is_kept else (ADDED, _("Added by you")))
        found.by_address[address] = labels
    return found


def colleagues_among(addresses: Sequence[str]) -> frozenset[str]:
    rows = User.objects.annotate(lower=Lower("email")).filter(lower__in=addresses, is_active=True)
    return frozenset(rows.values_list("lower", flat=True))


def customers_of(record: Any) -> set[Ref]:
    """Return whom a record is about: itself, those in whose timelines it shows, and where these belong."""
    if record is None:
        return set()
    own = [record.ref, *service_for(record).links(record)]
    return {*own, *addressbook.belongings(own)}


def titles_of(refs: Sequence[Ref], user: User) -> dict[Ref, str]:
    """Return the titles of those records that ``user`` may see."""
    found: dict[Ref, str] = {}
    by_type: dict[int, set[int]] = {}
    for ref in refs:
        by_type.setdefault(ref.type_id, set()).add(ref.id)
    for type_id, ids in by_type.items():
        record_type = registry.by_id(type_id)
        model: Any = record_type.model
        visible = model.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
        rows = Search.objects.filter(type_id=type_id, record_id__in=list(visible))
        for pk, title in rows.values_list("record_id", "title"):
            found[record_type.ref(pk)] = title
    return found
