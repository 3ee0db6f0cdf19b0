"""Writing down what came of a letter: sent, put off, refused, or doubtful until a person says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.mail.models import Outgoing, OutgoingState, OutgoingTry, TryOutcome
from crm.mail.sending import afterwards

if TYPE_CHECKING:
    from uuid import UUID

    from crm.mail.sending.dialogue import Result

#: Minutes until the next try, after each; then it has failed.
BACK_OFF = (1, 3, 10, 30, 60, 120, 240, 480, 960)


@transaction.atomic
def settle(pk: int, claim: UUID, result: Result) -> None:
    """Write down the outcome of the try that ``claim`` names; of an older one nothing."""
    outgoing = Outgoing.objects.select_for_update(of=("self",)).select_related("mailbox", "author").get(pk=pk)
    # An answer that comes late still counts, if nobody has judged the letter meanwhile.
    if outgoing.claim != claim or outgoing.state not in (OutgoingState.SENDING, OutgoingState.DOUBTFUL):
        return
    now = timezone.now()
    note(outgoing, claim, result, now)
    outgoing.refused |= result.refused
    if result.is_doubtful:
        # Who was put off has surely not got it; the others may have.
        outgoing.refused |= result.put_off
        outgoing.waiting = [one for one in outgoing.waiting if one not in outgoing.refused]
        doubt(outgoing, result.said, now)
        return
    is_first = bool(result.taken) and outgoing.sent_at is None
    outgoing.delivered = [*outgoing.delivered, *result.taken]
    outgoing.waiting = [one for one in outgoing.waiting if one in result.put_off]
    outgoing.error = "; ".join(dict.fromkeys([*result.put_off.values(), *result.refused.values()]))
    outgoing.claimed_until = outgoing.handing_over_at = None
    if is_first:
        outgoing.sent_at = now
    decide(outgoing, now)
    outgoing.save()
    if is_first:
        afterwards.sent(outgoing, now)
    if outgoing.state == OutgoingState.FAILED or (outgoing.state == OutgoingState.SENT and outgoing.refused):
        afterwards.failed(outgoing, now)


def decide(outgoing: Outgoing, now: datetime) -> None:
    """Set what follows from who has got it and who waits."""
    if outgoing.waiting and outgoing.tries <= len(BACK_OFF):
        outgoing.state = OutgoingState.QUEUED
        outgoing.next_at = now + timedelta(minutes=BACK_OFF[outgoing.tries - 1])
        return
    outgoing.refused |= dict.fromkeys(outgoing.waiting, outgoing.error)
    outgoing.waiting = []
    outgoing.state = OutgoingState.SENT if outgoing.delivered else OutgoingState.FAILED


def note(outgoing: Outgoing, claim: UUID, result: Result, now: datetime) -> None:
    """Write the line of the log that this try makes."""
    outcome = TryOutcome.TAKEN
    if result.is_doubtful:
        outcome = TryOutcome.DOUBT
    elif not result.taken:
        outcome = TryOutcome.PUT_OFF if result.put_off else TryOutcome.REFUSED
    said = [result.said, *result.put_off.values(), *result.refused.values()]
    OutgoingTry.objects.filter(token=claim).update(
        ended_at=now, outcome=outcome, said="; ".join(dict.fromkeys(one for one in said if one))[:2000]
    )


def doubt(outgoing: Outgoing, said: str, now: datetime) -> None:
    """Leave a letter that a server may have taken to a person."""
    outgoing.state, outgoing.error, outgoing.claimed_until = OutgoingState.DOUBTFUL, said, None
    outgoing.save()
    afterwards.failed(outgoing, now)


@transaction.atomic
def has_arrived(pk: int, *, at: datetime) -> bool:
    """Take a doubtful letter as sent: a person says so, or a reply, a bounce or a copy proves it."""
    outgoing = Outgoing.objects.select_for_update(of=("self",)).select_related("mailbox", "author").get(pk=pk)
    if outgoing.state != OutgoingState.DOUBTFUL:
        return False
    is_first = outgoing.sent_at is None
    outgoing.sent_at = outgoing.sent_at or outgoing.handing_over_at or at
    outgoing.delivered, outgoing.waiting = [*outgoing.delivered, *outgoing.waiting], []
    outgoing.state, outgoing.claim, outgoing.handing_over_at, outgoing.error = (
        OutgoingState.SENT,
        None,
        None,
        "",
    )
    outgoing.save()
    if is_first:
        afterwards.sent(outgoing, outgoing.sent_at)
    return True


def is_proved(rfc_id: str, *, at: datetime) -> None:
    """Settle a doubtful letter whose Message-ID has come back from outside."""
    pk = (
        Outgoing.objects.filter(rfc_id=rfc_id, state=OutgoingState.DOUBTFUL)
        .values_list("pk", flat=True)
        .first()
    )
    if pk is not None:
        has_arrived(pk, at=at)


@transaction.atomic
def send_again(pk: int, *, at: datetime) -> bool:
    """Put a letter that failed or is doubtful back into the queue, under the same Message-ID."""
    outgoing = Outgoing.objects.select_for_update(of=("self",)).get(pk=pk)
    if not outgoing.is_in_trouble:
        return False
    if outgoing.state == OutgoingState.FAILED:
        outgoing.waiting, outgoing.refused = list(outgoing.refused) or outgoing.waiting, {}
    outgoing.state, outgoing.next_at, outgoing.tries = OutgoingState.QUEUED, at, 0
    outgoing.claim = outgoing.handing_over_at = None
    outgoing.error = _("To be sent again.")
    outgoing.save()
    afterwards.wake_mailer()
    return True
