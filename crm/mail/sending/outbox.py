"""The outbox as others use it: put a letter in, stop it, see what has become of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from crm.mail.models import IN_TROUBLE, STOPPABLE, Outgoing, OutgoingState
from crm.mail.sending import keeping
from crm.mail.sending.afterwards import wake_mailer

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from crm.identity.models import User
    from crm.mail.models import Draft, Mailbox, Thread
    from crm.mail.sending.building import Letter
    from crm.records.registry import Ref

#: So long a letter may be called back after "Send".
UNDO = timedelta(seconds=15)


def post(
    letter: Letter,
    *,
    mailbox: Mailbox,
    author: User | None,
    key: str,
    at: datetime,
    ref: Ref | None = None,
    thread: Thread | None = None,
) -> Outgoing:
    """Put a whole letter into the outbox, to leave at once; asked twice with one ``key`` it is one letter.

    Raises:
        CannotSend: when an address is none, or nobody would get it.
    """
    if known := Outgoing.objects.filter(key=key).first():
        return known
    outgoing = Outgoing(
        key=key,
        mailbox=mailbox,
        author=author,
        subject=letter.subject[:1000],
        state=OutgoingState.QUEUED,
        is_auto=letter.is_auto,
        next_at=at,
        created_at=at,
    )
    if ref is not None:
        outgoing.type_id, outgoing.record_id = ref
    try:
        with transaction.atomic():
            keeping.keep(letter, outgoing, at=at, thread=thread)
            outgoing.save()
    except IntegrityError:
        # Somebody asked for the same letter in this very moment.
        return Outgoing.objects.get(key=key)
    wake_mailer()
    return outgoing


def hold(draft: Draft, letter: Letter, *, at: datetime, until: datetime) -> Outgoing:
    """Put a draft into the outbox; its bytes are made when it leaves. Its row must be locked."""
    ref = draft.ref
    assert draft.mailbox is not None
    outgoing, _is_new = Outgoing.objects.get_or_create(
        key=f"draft:{draft.pk}:{draft.round}",
        defaults={
            "mailbox": draft.mailbox,
            "author": draft.author,
            "type_id": ref.type_id if ref else 0,
            "record_id": ref.id if ref else None,
            "subject": letter.subject[:1000],
            "waiting": letter.recipients,
            "state": OutgoingState.HELD,
            "next_at": until,
            "created_at": at,
            "is_auto": letter.is_auto,
            "withdraw_on_reply": bool(draft.leaves and draft.withdraw_on_reply),
            "remind_days": draft.remind_days,
        },
    )
    return outgoing


@transaction.atomic
def stop(pk: int, *, reason: str = "") -> Outgoing | None:
    """Withdraw a letter that no server has seen; None when it is too late."""
    outgoing = Outgoing.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if outgoing is None or not outgoing.may_stop:
        return None
    outgoing.state, outgoing.error = OutgoingState.WITHDRAWN, reason
    outgoing.save(update_fields=["state", "error"])
    return outgoing


def hurry(pk: int, *, at: datetime) -> bool:
    """Let a letter that is held leave now."""
    rows = Outgoing.objects.filter(pk=pk, state__in=STOPPABLE, next_at__gt=at)
    found = bool(rows.update(next_at=at))
    if found:
        wake_mailer()
    return found


def open_for(user: User) -> QuerySet[Outgoing]:
    """Return what ``user`` wrote and what has not reached its end, what is in trouble first."""
    rows = Outgoing.objects.filter(author=user).exclude(
        state__in=[OutgoingState.SENT, OutgoingState.WITHDRAWN]
    )
    return rows.select_related("mailbox", "draft").order_by("next_at", "pk")


def in_trouble(user: User) -> QuerySet[Outgoing]:
    """Return what ``user`` has to look at: what failed, and what may have arrived or not."""
    return Outgoing.objects.filter(author=user, state__in=IN_TROUBLE)
