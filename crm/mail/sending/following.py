"""What a letter that arrives means for those that left: proof, a bounce, a reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.mail import telling
from crm.mail.models import Direction, Draft, Mailbox, Message, MessageKind, Outgoing, OutgoingState
from crm.mail.receiving import Arrival, hooks, receive
from crm.mail.sending import afterwards, outbox, settling, ways
from crm.mail.syncing import oauth
from crm.records import due

if TYPE_CHECKING:
    from crm.mail.receiving.hooks import Received
    from crm.records.models import DueRow

#: Called with a letter of ours that came back undelivered, and when.
Bounced = Callable[[Outgoing, datetime], None]
#: Called with a letter from outside that a person wrote, and when.
Replied = Callable[[Message, datetime], None]
_bounced: dict[str, Bounced] = {}
_replied: dict[str, Replied] = {}


def on_bounce(name: str, act: Bounced) -> None:
    """Have ``act`` called for each letter that came back; from ``AppConfig.ready``."""
    _bounced[name] = act


def on_reply(name: str, act: Replied) -> None:
    """Have ``act`` called for each letter that a person wrote to us; from ``AppConfig.ready``."""
    _replied[name] = act


def register() -> None:
    hooks.register_follower("outbox", follow)
    ways.register_take_in(take_in)
    ways.register_token(lambda mailbox: oauth.access_token(mailbox, timezone.now()))


def follow(received: Received) -> None:
    """Look at a letter that has just been kept."""
    message, at = received.message, received.at
    prove(received)
    if message.direction != Direction.IN:
        return
    if message.is_bounce:
        bounced(message, at)
    elif message.kind == MessageKind.ORDINARY and not message.is_auto:
        withdraw(message, at)
        for act in _replied.values():
            act(message, at)


def prove(received: Received) -> None:
    """Settle doubtful letters that this one answers, returns, or is a copy of."""
    about = received.verdict.about if received.verdict.is_bounce else []
    for rfc_id in {*received.letter.answers, *about, received.letter.message_id} - {""}:
        settling.is_proved(rfc_id, at=received.at)


def bounced(message: Message, at: datetime) -> None:
    """Note on the letter that bounced that it came back, and for whom."""
    rows = Outgoing.objects.filter(message=message.bounce_of_id, message__isnull=False)
    outgoing = rows.select_related("author").first()
    if outgoing is None:
        return
    verdict = message.verdict
    whom = verdict.get("bounced") or outgoing.delivered
    status = str(verdict.get("status") or _("It came back."))
    outgoing.refused |= dict.fromkeys(whom, status)
    outgoing.delivered = [one for one in outgoing.delivered if one not in whom]
    outgoing.save(update_fields=["refused", "delivered"])
    if verdict.get("is_final", True):
        afterwards.failed(outgoing, at)
    for act in _bounced.values():
        act(outgoing, at)


def withdraw(message: Message, at: datetime) -> None:
    """Keep planned letters here, whose authors wished so: the other side has written first."""
    rows = Outgoing.objects.filter(
        state__in=[OutgoingState.HELD, OutgoingState.QUEUED],
        withdraw_on_reply=True,
        draft__answers__thread=message.thread_id,
    )
    to_sender = Outgoing.objects.filter(
        state=OutgoingState.HELD, withdraw_on_reply=True, waiting__contains=[message.from_address]
    )
    for outgoing in {one.pk: one for one in [*rows, *to_sender]}.values():
        # Within the seconds of undo its author is still there and will see.
        if outgoing.next_at - outgoing.created_at <= outbox.UNDO:
            continue
        stay(outgoing, message, at)


def stay(outgoing: Outgoing, message: Message, at: datetime) -> None:
    """Withdraw one planned letter and make it a draft again."""
    with transaction.atomic():
        if outbox.stop(outgoing.pk, reason=_("They wrote first.")) is None:
            return
        draft = Draft.objects.filter(outgoing=outgoing).first()
        if draft is not None:
            draft.outgoing, draft.round, draft.leaves = None, draft.round + 1, None
            draft.save(update_fields=["outgoing", "round", "leaves"])
    if outgoing.author is not None:
        key = f"outgoing:{outgoing.pk}"
        telling.tell(
            [outgoing.author], telling.WITHDRAWN, at=at, title=outgoing.subject, key=key, ref=outgoing.ref
        )


@due.handler(afterwards.REMINDER)
def remind(row: DueRow) -> None:
    """Remind the author of a letter that nobody has answered."""
    outgoing = Outgoing.objects.filter(pk=row.key).select_related("author", "message").first()
    if outgoing is None or outgoing.author is None or outgoing.message is None:
        return
    answers = Message.objects.filter(
        thread=outgoing.message.thread_id,
        direction=Direction.IN,
        kind=MessageKind.ORDINARY,
        received_at__gte=outgoing.sent_at or outgoing.created_at,
    )
    if not answers.exists():
        key, at = f"outgoing:{outgoing.pk}", timezone.now()
        telling.tell(
            [outgoing.author], telling.NO_REPLY, at=at, title=outgoing.subject, key=key, ref=outgoing.ref
        )


def take_in(sender: Mailbox, raw: bytes, recipients: list[str]) -> None:
    """Let a letter from a test mailbox arrive in those of our test mailboxes that it was written to."""
    for mailbox in Mailbox.objects.filter(is_test=True, address__in=recipients).exclude(pk=sender.pk):
        receive(Arrival(raw), mailbox=mailbox, at=timezone.now())
