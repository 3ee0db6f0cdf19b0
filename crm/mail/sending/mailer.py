"""Sending what is due, exactly once, with any number of mailers.

A mailer claims one letter, tells the server, and writes down what came of it, each in a
transaction of its own. One that dies leaves a claim that runs out: the letter is tried again if its
last line can't have gone out, and is doubtful otherwise. Nobody sends a doubtful letter but a person.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.mail import raw
from crm.mail.models import Outgoing, OutgoingState, OutgoingTry, TryOutcome
from crm.mail.sending import points, releasing, settling, ways
from crm.mail.sending.dialogue import LostClaim, PutOff, Refused, Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

#: So long a claim holds without a sign of life; longer than any one answer is waited for.
LEASE = timedelta(minutes=3)
#: After the last line has gone out: a server may take its time to look through a letter.
LAST_LEASE = timedelta(minutes=5)


def send_waiting(*, limit: int = 200, seconds: float = 45) -> int:
    """Send what is due; return how many letters were tried. Stops in time for the next round."""
    free_abandoned(timezone.now())
    until, tried = time.monotonic() + seconds, 0
    while tried < limit and time.monotonic() < until and send_next():
        tried += 1
    return tried


def send_next() -> bool:
    """Try the next letter that is due; tell whether there was one."""
    outgoing = claim_next(timezone.now())
    if outgoing is None:
        return False
    if outgoing.state == OutgoingState.SENDING:
        send(outgoing)
    return True


def claim_next(now: datetime) -> Outgoing | None:
    """Make the next letter that is due ours, so that no other mailer touches it."""
    with transaction.atomic():
        outgoing = (
            Outgoing.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("mailbox", "author")
            .filter(state__in=[OutgoingState.HELD, OutgoingState.QUEUED], next_at__lte=now)
            .order_by("next_at", "pk")
            .first()
        )
        if outgoing is None:
            return None
        points.reached(points.CHOSEN)
        if not releasing.release(outgoing, now):
            return outgoing
        outgoing.state, outgoing.claim = OutgoingState.SENDING, uuid4()
        outgoing.claimed_until, outgoing.handing_over_at = now + LEASE, None
        outgoing.tries += 1
        outgoing.save()
        OutgoingTry.objects.create(outgoing=outgoing, token=outgoing.claim, started_at=now)
    points.reached(points.CLAIMED)
    return outgoing


def send(outgoing: Outgoing) -> None:
    """Hand a claimed letter over and write down what came of it."""
    claim = outgoing.claim
    assert claim is not None
    try:
        data = raw.read(outgoing.raw_path)
        result = ways.hand_over(
            outgoing,
            data,
            outgoing.waiting,
            mark=marking(outgoing.pk, claim),
            alive=staying(outgoing.pk, claim),
        )
    except LostClaim:
        logger.warning("Letter %s was taken over by another mailer", outgoing.pk)
    except Refused as refused:
        settling.settle(outgoing.pk, claim, Result(refused=dict.fromkeys(outgoing.waiting, str(refused))))
    except (PutOff, OSError) as late:
        settling.settle(outgoing.pk, claim, Result(put_off=dict.fromkeys(outgoing.waiting, str(late))))
    else:
        settling.settle(outgoing.pk, claim, result)
        if result.taken:
            ways.arrive(outgoing, data, result.taken)


def marking(pk: int, claim: UUID) -> Callable[[], None]:
    """Return what writes down, for good, that the last line follows."""

    def mark() -> None:
        now = timezone.now()
        if not _still(pk, claim).update(handing_over_at=now, claimed_until=now + LAST_LEASE):
            raise LostClaim

    return mark


def staying(pk: int, claim: UUID) -> Callable[[], None]:
    """Return what says that a long letter is still on its way."""

    def alive() -> None:
        if not _still(pk, claim).update(claimed_until=timezone.now() + LEASE):
            raise LostClaim

    return alive


def _still(pk: int, claim: UUID) -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(pk=pk, claim=claim, state=OutgoingState.SENDING)


def free_abandoned(now: datetime) -> int:
    """Give back letters whose mailer is gone: to be tried again, or to be judged by a person."""
    with transaction.atomic():
        rows = list(
            Outgoing.objects.select_for_update(skip_locked=True, of=("self",)).filter(
                state=OutgoingState.SENDING, claimed_until__lt=now
            )
        )
        for one in rows:
            is_doubtful = one.handing_over_at is not None
            OutgoingTry.objects.filter(outgoing=one, ended_at=None).update(
                ended_at=now, outcome=TryOutcome.DOUBT if is_doubtful else TryOutcome.CUT
            )
            if is_doubtful:
                settling.doubt(one, _("It broke off while the server was taking it."), now)
            else:
                one.state, one.next_at, one.claimed_until = OutgoingState.QUEUED, now, None
                one.save(update_fields=["state", "next_at", "claimed_until"])
    return len(rows)
