"""Letters in the outbox, as few as a test needs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone

from crm.mail.models import Mailbox, Outgoing
from crm.mail.sending import outbox
from crm.mail.sending.building import Address, Letter

if TYPE_CHECKING:
    from crm.identity.models import User


def mailbox_of(user: User, address: str = "", **kwargs: Any) -> Mailbox:
    """Make a mailbox of a person; without any server unless one is named."""
    given = {"is_test": not kwargs.get("smtp_host"), "name": str(user), **kwargs}
    return Mailbox.objects.create(user=user, address=address or f"{user.username}@artel.example", **given)


def letter(to: str = "anna@acme.example", **kwargs: Any) -> Letter:
    """Make a letter that is worth sending."""
    given: dict[str, Any] = {"subject": "Hello", "html": "<p>Dear Anna</p>", **kwargs}
    return Letter(
        sender=Address("ann@artel.example", "Ann"), to=[Address(one) for one in to.split()], **given
    )


def posted(
    mailbox: Mailbox, to: str = "anna@acme.example", *, is_due: bool = True, **kwargs: Any
) -> Outgoing:
    """Put a letter into the outbox, to leave once a mailer looks."""
    # In an hour, so that no mailer sends it in the very moment it is written.
    later = timezone.now() + timedelta(hours=1)
    made = outbox.post(letter(to, **kwargs), mailbox=mailbox, author=mailbox.user, key=uuid4().hex, at=later)
    if is_due:
        Outgoing.objects.filter(pk=made.pk).update(next_at=timezone.now())
        made.refresh_from_db()
    return made
