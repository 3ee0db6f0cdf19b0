"""How letters about meetings leave the house.

Until a floor above hands in a way of its own (the mailbox of whoever invites), they go by the
mail server of the installation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.mail import EmailMultiAlternatives

if TYPE_CHECKING:
    from crm.identity.models import User


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter about a meeting, with the calendar object in it."""

    to: str
    subject: str
    text: str
    calendar: str = ""
    method: str = "REQUEST"
    reply_to: str = ""
    sender: User | None = None
    headers: dict[str, str] = field(default_factory=dict)


Sender = Callable[[Letter], None]
_senders: list[Sender] = []


def register(sender: Sender) -> None:
    """Have letters about meetings sent by ``sender``; from ``AppConfig.ready``."""
    _senders[:] = [sender]


def post(letter: Letter) -> None:
    """Send a letter."""
    if _senders:
        _senders[0](letter)
        return
    message(letter).send()


def message(letter: Letter) -> EmailMultiAlternatives:
    """Return a letter as calendars know invitations: text, the object beside it, and a file of it."""
    found = EmailMultiAlternatives(
        subject=" ".join(letter.subject.split()),
        body=letter.text,
        to=[letter.to],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers=letter.headers,
    )
    if letter.calendar:
        found.attach_alternative(letter.calendar, f"text/calendar; method={letter.method}")
        found.attach("invite.ics", letter.calendar, "application/ics")
    return found
