"""Mail for administrators: mailboxes and how they fare, rules for senders, the ledger."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crm.mail.models import LedgerRow, Mailbox, SenderRule
from crm.ui.admin import ReadOnlyAdmin, SetupAdmin


@admin.register(Mailbox)
class MailboxAdmin(ReadOnlyAdmin):
    """Mailboxes are connected on their own page; here one sees how all of them fare."""

    section, order = "mail", 70
    list_display = ("address", "kind", "user", "team", "state", "is_active", "last_sync_at", "visibility")
    list_filter = ("state", "kind", "is_active")
    list_select_related = ("user", "team")
    search_fields = ("address", "name")
    search_help_text = _("Address or name.")
    ordering = ("address",)
    exclude = ("secret", "smtp_secret")


@admin.register(LedgerRow)
class LedgerAdmin(ReadOnlyAdmin):
    """What became of each letter that arrived."""

    section, order = "mail", 72
    list_display = ("at", "mailbox", "folder", "uid", "outcome", "reason", "attempts")
    list_filter = ("outcome",)
    list_select_related = ("mailbox",)
    search_fields = ("=rfc_id", "=from_address")
    search_help_text = _("Sender or Message-ID, whole.")
    ordering = ("-id",)
    fields = (
        "at", "mailbox", "folder", "uidvalidity", "uid", "rfc_id", "sha256", "outcome", "reason", "attempts",
    )  # fmt: skip


@admin.register(SenderRule)
class SenderRuleAdmin(SetupAdmin):
    """Senders whose letters are left on the server, or taken in as filed."""

    section, order = "mail", 71
    deletable = True
    list_display = ("pattern", "act", "mailbox")
    list_select_related = ("mailbox",)
    search_fields = ("pattern",)
    search_help_text = _("Sender.")
