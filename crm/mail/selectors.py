"""Questions about mailboxes and letters that pages ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from crm.mail.models import LedgerRow, Mailbox, Message
from crm.mail.visibility import Eyes, mailboxes_of
from crm.ui.admin.rights import may_administer

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: What the inbox can be narrowed to.
VIEWS = ("new", "unread", "unlinked", "assigned", "all")


def listed_mailboxes(user: Any) -> QuerySet[Mailbox]:
    """Return the mailboxes of the settings page: one's own, those of one's teams; administrators see all."""
    rows = Mailbox.objects.all() if may_administer(user) else mailboxes_of(user)
    quarantined = Count("ledger", filter=Q(ledger__outcome="quarantined"), distinct=True)
    found: QuerySet[Mailbox] = rows.select_related("user", "team").annotate(quarantined=quarantined)
    return found.order_by("-is_active", "kind", "address")


def may_manage(mailbox: Mailbox, user: Any) -> bool:
    """Tell whether somebody may change a mailbox: their own; a team's only administrators."""
    return mailbox.user_id == user.pk or (mailbox.team_id is not None and may_administer(user))


def may_see_ledger(mailbox: Mailbox, user: Any) -> bool:
    """Tell whether somebody may look at the ledger of a mailbox."""
    return Eyes.of(user).works_with(mailbox) or may_administer(user)


def ledger_of(mailbox: Mailbox, outcome: str = "", before: int | None = None) -> QuerySet[LedgerRow]:
    """Return rows of the ledger, newest first."""
    rows = LedgerRow.objects.filter(mailbox=mailbox).select_related("message")
    if outcome:
        rows = rows.filter(outcome=outcome)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return rows.order_by("-pk")


def inbox_of(user: Any, view: str = "new") -> QuerySet[Message]:
    """Return the letters that wait for somebody: of their mailboxes, and those given to them."""
    boxes = list(mailboxes_of(user).filter(is_active=True).values_list("pk", flat=True))
    mine = Q(mailbox__in=boxes) | Q(assigned_to=user)
    rows = Message.objects.filter(mine, direction="in")
    if view == "all":
        return rows
    rows = rows.filter(state="open")
    if view == "unread":
        return rows.filter(is_unread=True)
    if view == "unlinked":
        return rows.filter(is_linked=False)
    if view == "assigned":
        return rows.filter(assigned_to=user)
    return rows


def unread_count(user: Any) -> int:
    """Count what is unread and open in the mailboxes of somebody; beyond a hundred nobody counts."""
    return inbox_of(user, "unread")[:100].count()
