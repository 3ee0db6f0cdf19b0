"""What a person may write with: their mailboxes, and the letters that they may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from crm.mail import visibility
from crm.mail.models import Mailbox, MailboxKind

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from crm.identity.models import User
    from crm.mail.models import Message


def mailboxes_for(user: User) -> list[Mailbox]:
    """Return the mailboxes that ``user`` writes from, their own first."""
    rows = Mailbox.objects.of(user).filter(is_active=True)
    return sorted(rows, key=lambda one: (one.user_id != user.pk, one.is_test, one.pk))


def test_mailbox(user: User) -> Mailbox:
    """Return the mailbox in which ``user`` tries things out; what it sends stays here."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    domain = host if "." in host else f"{host}.test"
    address = f"{user.username}@{domain}".lower()
    values = {"user": user, "is_test": True, "name": str(user)[:120], "kind": MailboxKind.PERSONAL}
    mailbox, _is_new = Mailbox.objects.get_or_create(address=address, defaults=values)
    return mailbox


def letters_for(user: User) -> QuerySet[Message]:
    """Return the letters that ``user`` may answer: those that they may read whole."""
    return visibility.visible_to(user, visibility.Level.ALL)
