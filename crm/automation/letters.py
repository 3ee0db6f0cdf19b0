"""Letters of rules: written with the run, sent by a worker, tried again where the server is away."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from crm.automation.models import LetterState, RuleLetter
from crm.lib import queue
from crm.logs import fault
from crm.records import filling

if TYPE_CHECKING:
    from crm.automation.models import RuleRun
    from crm.identity.models import User
    from crm.mail.models import MailTemplate

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
#: So long a letter is one worker's; longer than any mail server is waited for.
CLAIM = timedelta(minutes=10)


def filled(template: MailTemplate, record: Any, user: User) -> tuple[str, str]:
    """Return subject and text of a letter about ``record``, as ``user`` may see it."""
    subject = " ".join(filling.fill(template.subject, record, user).split())
    return subject[:300], filling.fill(template.body, record, user)


def write(
    template: MailTemplate, *, record: Any, user: User, to: str, run: RuleRun | None = None
) -> RuleLetter:
    """Write a letter and have it sent once the transaction is through."""
    subject, body = filled(template, record, user)
    letter = RuleLetter.objects.create(run=run, to=to, subject=subject, body=body)
    queue.enqueue("crm.automation.tasks.send_letters")
    return letter


def send_waiting(limit: int = 200) -> int:
    """Send letters that wait; return how many were tried."""
    tried = 0
    while tried < limit and _send_one():
        tried += 1
    return tried


def _send_one() -> bool:
    """Send one letter: claim it, send it with nothing locked, write down what came of it."""
    letter = _claim(timezone.now())
    if letter is None:
        return False
    claimed_until = letter.next_at
    try:
        message_of(letter).send()
    except Exception as failure:
        logger.warning("Letter %s was not sent: %r", letter.pk, failure, exc_info=fault(failure))
        letter.error = f"{type(failure).__name__}: {failure}"[:500]
        letter.next_at = timezone.now() + timedelta(seconds=min(3600, 15 * 2**letter.attempts))
        if letter.attempts >= MAX_ATTEMPTS:
            letter.state = LetterState.FAILED
    else:
        letter.state, letter.sent_at, letter.error = LetterState.SENT, timezone.now(), ""
    RuleLetter.objects.filter(pk=letter.pk, next_at=claimed_until).update(
        error=letter.error, next_at=letter.next_at, state=letter.state, sent_at=letter.sent_at
    )
    return True


def _claim(now: datetime) -> RuleLetter | None:
    """Take the next letter that is due, so that no other worker sends it meanwhile."""
    with transaction.atomic():
        letter = (
            RuleLetter.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=LetterState.WAITING, next_at__lte=now)
            .order_by("next_at", "pk")
            .first()
        )
        if letter is not None:
            letter.attempts += 1
            letter.next_at = now + CLAIM
            letter.save(update_fields=["attempts", "next_at"])
    return letter


def message_of(letter: RuleLetter) -> EmailMultiAlternatives:
    """Return the letter as mail. Its Message-ID stays the same when it is sent again."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.body,
        to=[letter.to],
        headers={"Message-ID": f"<{letter.token}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(),
    )
    message.attach_alternative(
        render_to_string("automation/mail/letter.html", {"letter": letter}), "text/html"
    )
    return message
