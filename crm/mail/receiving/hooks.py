"""What else happens with a letter that arrived: others hand in what they do with it.

All of it runs in the transaction that keeps the letter. What fails there is noted in the
ledger and never keeps the letter from being kept.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crm.mail.judging import Verdict
    from crm.mail.models import Message
    from crm.mail.parsing import Letter, LetterFile
    from crm.records.registry import Ref

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Received:
    """A letter that has just been kept, with all that is known of it."""

    message: Message
    letter: Letter
    verdict: Verdict
    is_new_thread: bool
    at: datetime


_parts: dict[str, Callable[[Received, LetterFile], None]] = {}
_followers: dict[str, Callable[[Received], None]] = {}
_desks: dict[str, Callable[[Received], Ref | None]] = {}


def register_part(media_type: str, take: Callable[[Received, LetterFile], None]) -> None:
    """Have ``take`` called for each part of this type; from ``AppConfig.ready``."""
    _parts[media_type] = take


def register_follower(name: str, follow: Callable[[Received], None]) -> None:
    """Have ``follow`` called for every letter taken in, bounces too; from ``AppConfig.ready``."""
    _followers[name] = follow


def register_desk(name: str, take: Callable[[Received], Ref | None]) -> None:
    """Have ``take`` make a ticket of letters, or find the one they belong to; from ``AppConfig.ready``."""
    _desks[name] = take


def run(received: Received) -> tuple[Ref | None, list[str]]:
    """Tell everybody of a letter; return the ticket that it belongs to, and what went wrong."""
    wrong: list[str] = []
    ticket: Ref | None = None
    for file in received.letter.files:
        if take := _parts.get(file.media_type):
            _try(file.media_type, lambda take=take, file=file: take(received, file), wrong)  # type: ignore[misc]
    for name, follow in _followers.items():
        _try(name, lambda follow=follow: follow(received), wrong)  # type: ignore[misc]
    for name, desk in _desks.items():
        found: list[Ref | None] = []
        _try(name, lambda desk=desk, found=found: found.append(desk(received)), wrong)  # type: ignore[misc]
        ticket = ticket or next(iter(found), None)
    return ticket, wrong


def _try(name: str, act: Callable[[], None], wrong: list[str]) -> None:
    try:
        with transaction.atomic():
            act()
    except Exception as failure:
        logger.exception("%s failed with a letter", name)
        wrong.append(f"{name}: {type(failure).__name__}: {failure}"[:500])
