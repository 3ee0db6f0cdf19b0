"""Putting letters on records: by addresses, by conversations, by hand; and into timelines."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from crm.identity.models import User
from crm.mail import addressbook
from crm.mail.models import Linked, Mailbox, Message, MessageKind, MessageLink
from crm.records import registry
from crm.records.events import Happening, emit_many, touch
from crm.records.models import Event, EventLink
from crm.records.registry import Ref

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

#: A letter to more strangers than this is a circular: it is on the page of its sender only.
MOST_RECIPIENTS = 20
#: What is older was fetched late: no rule should act on it.
FRESH = timedelta(days=1)
NAMES = {"in": "mail.received", "out": "mail.sent"}
#: Letters that people write: the others move no "last touch".
WRITTEN = frozenset({MessageKind.ORDINARY})


def ours(addresses: Collection[str]) -> set[str]:
    """Return which of these addresses are of mailboxes or of people who work here."""
    boxes = Mailbox.objects.filter(address__in=list(addresses)).values_list("address", flat=True)
    emails = User.objects.filter(email__in=list(addresses)).values_list("email", flat=True)
    return {one.lower() for one in boxes.order_by().union(emails.order_by())}


def by_addresses(
    message: Message, everybody: Sequence[str], holders: Mapping[str, Sequence[Ref]]
) -> dict[Ref, Linked]:
    """Return the records to which the addresses of a letter lead."""
    outside = [one for one in everybody if one in holders]
    if len(everybody) > MOST_RECIPIENTS or message.kind == MessageKind.LIST:
        outside = [one for one in outside if one == message.from_address]
    refs = list(dict.fromkeys(ref for one in outside for ref in holders[one]))
    if message.kind != MessageKind.LIST:
        refs += addressbook.belongings(refs)
    return dict.fromkeys(refs, Linked.ADDRESS)


def by_thread(message: Message) -> dict[Ref, Linked]:
    """Return the records that the conversation was put on; a stranger's letter inherits none."""
    if message.is_unverified:
        return {}
    rows = MessageLink.objects.filter(message__thread=message.thread_id).exclude(message=message.pk)
    pairs = rows.exclude(how=Linked.ADDRESS).values_list("type_id", "record_id").distinct()
    return {Ref(*pair): Linked.THREAD for pair in pairs[:50]}


def living(refs: Iterable[Ref]) -> list[Ref]:
    """Leave out records that are gone or in the bin, and types that nobody knows any more."""
    wanted: dict[int, list[int]] = {}
    for ref in refs:
        wanted.setdefault(ref.type_id, []).append(ref.id)
    found: set[Ref] = set()
    for type_id, ids in wanted.items():
        try:
            model = registry.by_id(type_id).model
        except KeyError:
            continue
        rows = model._default_manager.filter(pk__in=ids, deleted_at=None)
        found.update(Ref(type_id, pk) for pk in rows.values_list("pk", flat=True))
    return [ref for ref in dict.fromkeys(refs) if ref in found]


def put(
    message: Message,
    refs: Mapping[Ref, Linked],
    *,
    at: datetime,
    actor: User | None = None,
    is_new: bool = False,
) -> list[Ref]:
    """Put a letter on records and into their timelines; return the new ones.

    A letter that ``is_new`` is on none yet, so that nobody has to look.
    """
    there = set() if is_new else {(one.type_id, one.record_id) for one in message.links.all()}
    new = [ref for ref in living(refs) if tuple(ref) not in there]
    if not new:
        return []
    MessageLink.objects.bulk_create(
        [
            MessageLink(message=message, type_id=ref.type_id, record_id=ref.id, how=refs[ref], created_at=at)
            for ref in new
        ],
        ignore_conflicts=True,
    )
    was_linked, message.is_linked = message.is_linked, True
    told_before = (message.event_id, message.event_created_at)
    _tell(message, new, at=at, actor=actor)
    told = (message.event_id, message.event_created_at)
    if not was_linked or told != told_before:
        message.save(update_fields=["is_linked", "event_id", "event_created_at"])
    return new


def _tell(message: Message, refs: Sequence[Ref], *, at: datetime, actor: User | None) -> None:
    """Show a letter in timelines: by one event, which copies in other mailboxes share."""
    is_written = message.kind in WRITTEN
    event = _event_of(message)
    if event is not None:
        _link_event(event, refs)
        if is_written:
            touch((event.at, ref) for ref in refs)
        return
    happening = Happening(
        NAMES[message.direction] if not message.is_bounce else "mail.bounced",
        refs[0],
        at=min(message.at, at),
        data={"message": message.pk, "message_id": message.message_id, "kind": message.kind},
        links=refs[1:],
    )
    is_fresh = at - message.at < FRESH
    event = emit_many(
        [happening], actor=actor or message.author, via="mail", run_rules=is_fresh, touches=is_written
    )[0]
    message.event_id, message.event_created_at = event.pk, event.created_at


def _event_of(message: Message) -> Event | None:
    """Return the event of this letter, or of its copy in another mailbox."""
    if message.event_id is None:
        twin = (
            Message.objects.known([message.message_id])
            .exclude(pk=message.pk)
            .exclude(event_id=None)
            .values_list("event_id", "event_created_at")
            .first()
        )
        if twin is None:
            return None
        message.event_id, message.event_created_at = twin
        message.save(update_fields=["event_id", "event_created_at"])
    if message.event_created_at is None:
        return None
    return Event.objects.filter(pk=message.event_id, created_at=message.event_created_at).first()


def _link_event(event: Event, refs: Sequence[Ref]) -> None:
    rows = EventLink.objects.filter(event_id=event.pk, event_created_at=event.created_at)
    there = set(rows.values_list("type_id", "record_id"))
    EventLink.objects.bulk_create(
        EventLink(
            type_id=ref.type_id,
            record_id=ref.id,
            at=event.at,
            event_id=event.pk,
            event_created_at=event.created_at,
        )
        for ref in refs
        if tuple(ref) not in there
    )


@transaction.atomic
def link_by_hand(*, message: Message, refs: Collection[Ref], actor: User | None, at: datetime) -> list[Ref]:
    """Put a letter on records because somebody says so; later letters of the conversation follow."""
    return put(message, dict.fromkeys(refs, Linked.HAND), at=at, actor=actor)


@transaction.atomic
def unlink(*, message: Message, ref: Ref, actor: User | None, at: datetime) -> None:
    """Take a letter off a record, and out of its timeline."""
    message.links.filter(type_id=ref.type_id, record_id=ref.id).delete()
    if message.event_id is not None and message.event_created_at is not None:
        EventLink.objects.filter(
            event_id=message.event_id,
            event_created_at=message.event_created_at,
            type_id=ref.type_id,
            record_id=ref.id,
        ).delete()
    message.is_linked = message.links.exists()
    message.save(update_fields=["is_linked"])
