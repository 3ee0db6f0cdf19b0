"""Secrets of mailboxes under a new key of the installation."""

from __future__ import annotations

from crm.lib import crypto
from crm.mail.models import Mailbox


def encrypt_anew() -> int:
    """Encrypt the passwords and tokens of all mailboxes with the newest key; return how many."""
    count = 0
    for mailbox in Mailbox.objects.exclude(secret="", smtp_secret="").iterator():
        for name in ("secret", "smtp_secret"):
            if kept := getattr(mailbox, name):
                setattr(mailbox, name, crypto.rotate(kept))
                count += 1
        mailbox.save(update_fields=["secret", "smtp_secret"])
    return count
