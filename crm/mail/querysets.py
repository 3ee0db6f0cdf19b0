"""Finding mailboxes, letters and ledger rows by their own columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Iterable


class MailboxQuerySet(models.QuerySet[Any]):
    """Mailboxes."""

    def of(self, user: Any) -> MailboxQuerySet:
        """Those that a person works with: their own, and those of their teams."""
        return self.filter(
            models.Q(user=user) | models.Q(team__memberships__user=user, team__is_active=True)
        ).distinct()

    def to_sync(self) -> MailboxQuerySet:
        """Those that a server holds and that nobody has paused."""
        return self.filter(is_active=True, is_test=False).exclude(imap_host="").exclude(state="paused")


class MessageQuerySet(models.QuerySet[Any]):
    """Letters."""

    def received(self) -> MessageQuerySet:
        return self.filter(direction="in")

    def open(self) -> MessageQuerySet:
        """Letters that nobody has filed yet."""
        return self.filter(direction="in", state="open")

    def known(self, message_ids: Iterable[str]) -> MessageQuerySet:
        return self.filter(message_id__in=list(message_ids))


class LedgerQuerySet(models.QuerySet[Any]):
    """Rows of the ledger."""

    def counts(self) -> dict[str, int]:
        """How many rows there are per outcome."""
        return dict(self.order_by().values_list("outcome").annotate(count=models.Count("pk")))

    def quarantined(self) -> LedgerQuerySet:
        return self.filter(outcome="quarantined")
