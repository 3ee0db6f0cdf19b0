"""Telling people about their letters. The centre of notifications stands above and hands itself in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.registry import Ref

#: What mail tells of; the centre of notifications knows the words.
FAILED, DOUBTFUL, NO_REPLY, WITHDRAWN, STOPPED = (
    "mail_failed",
    "mail_doubtful",
    "mail_no_reply",
    "mail_withdrawn",
    "sequence_stopped",
)


class Teller(Protocol):
    """Brings something to people, each as they chose."""

    def __call__(
        self,
        users: Iterable[User],
        kind: str,
        *,
        at: datetime,
        title: str,
        key: str,
        ref: Ref | None,
        url: str,
    ) -> None: ...


_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Have ``teller`` bring what mail tells; from ``AppConfig.ready``."""
    _tellers.append(teller)


def tell(
    users: Iterable[User],
    kind: str,
    *,
    at: datetime,
    title: str,
    key: str,
    ref: Ref | None = None,
    url: str = "",
) -> None:
    """Tell ``users`` something about a letter; the same ``key`` twice while unread is one line."""
    told = list(users)
    for teller in _tellers:
        teller(told, kind, at=at, title=title, key=key, ref=ref, url=url or "/mail/outbox/")
