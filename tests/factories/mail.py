"""Mailboxes and raw letters, as few as a test needs."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

from crm.mail.models import Mailbox, MailboxKind
from crm.mail.receiving import Arrival, receive

if TYPE_CHECKING:
    from crm.identity.models import Team, User
    from crm.mail.receiving import Intake

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def personal_box(user: User, **values: Any) -> Mailbox:
    """The mailbox of one person."""
    given = {"address": f"{user.username}@artel.example", "is_test": True, **values}
    return Mailbox.objects.create(kind=MailboxKind.PERSONAL, user=user, **given)


def team_box(team: Team, **values: Any) -> Mailbox:
    """The mailbox of a team."""
    given = {"address": "sales@artel.example", "is_test": True, **values}
    return Mailbox.objects.create(kind=MailboxKind.TEAM, team=team, **given)


def letter(
    text: str = "Hello",
    *,
    sender: str = "Carl <carl@customer.example>",
    to: str = "sales@artel.example",
    **headers: str,
) -> bytes:
    """A raw letter; ``message_id="x@y"`` and the like add headers."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, to
    given = {"subject": "Question", "date": "Mon, 02 Mar 2026 11:58:00 +0000", **headers}
    for name, value in given.items():
        message[name.replace("_", "-").title()] = value
    message.set_content(text)
    return message.as_bytes()


def arrived(mailbox: Mailbox | None, raw: bytes, at: datetime = NOON, **where: Any) -> Intake:
    """Take a raw letter in."""
    return receive(Arrival(raw, **where), mailbox=mailbox, at=at)
