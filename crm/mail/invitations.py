"""Answers to invitations: calendar objects in letters, handed to the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.mail.receiving import hooks
from crm.timeline.inviting import receive_calendar

if TYPE_CHECKING:
    from crm.mail.parsing import LetterFile
    from crm.mail.receiving.hooks import Received


def take(received: Received, part: LetterFile) -> None:
    """Take an answer to an invitation down."""
    receive_calendar(part.data, received.message.from_address, at=received.at)


def register() -> None:
    """Hand in who reads calendar objects."""
    hooks.register_part("text/calendar", take)
