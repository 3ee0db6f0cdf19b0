"""Mail for administrators: mailboxes and how they fare, rules for senders, the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from crm.mail.models import (
    Enrolment,
    LedgerRow,
    Mailbox,
    MailPolicy,
    MailTemplate,
    Outgoing,
    SenderRule,
    Sequence,
    SequenceStep,
    Signature,
)
from crm.ui.admin import ReadOnlyAdmin, SetupAdmin, SetupInline

if TYPE_CHECKING:
    from django.http import HttpRequest


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
    list_filter = ("act",)


@admin.register(MailTemplate)
class MailTemplateAdmin(SetupAdmin):
    """Letters that people and rules write by template."""

    section, order = "mail", 73
    deletable = True
    list_display = ("name", "type_label", "subject", "owner", "team", "used", "is_active")
    list_filter = ("is_active", "team")
    list_select_related = ("owner", "team")
    search_fields = ("name", "subject")
    search_help_text = _("Name or subject.")
    fields = ("name", "subject", "body", "html", "owner", "team", "is_active")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A new one is written on its own page, which knows the fields of each type."""
        return False


@admin.register(Signature)
class SignatureAdmin(SetupAdmin):
    """What stands below letters, of a person or of everybody."""

    section, order = "mail", 74
    deletable = True
    list_display = ("name", "user", "is_default")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "user__full_name")
    search_help_text = _("Name of the signature or of the person.")
    list_filter = ("is_default",)


@admin.register(Outgoing)
class OutgoingAdmin(ReadOnlyAdmin):
    """Letters on their way, and whether they left."""

    section, order = "mail", 75
    list_display = ("created_at", "mailbox", "author", "state", "tries", "next_at", "sent_at", "error")
    list_filter = ("state", "is_auto", "created_at")
    list_select_related = ("mailbox", "author")
    search_fields = ("=rfc_id",)
    search_help_text = _("Message-ID, whole.")
    ordering = ("-id",)
    fields = (
        "created_at", "mailbox", "author", "rfc_id", "state", "waiting", "delivered", "refused", "tries",
        "next_at", "sent_at", "error",
    )  # fmt: skip


class StepInline(SetupInline):
    model = SequenceStep


@admin.register(Sequence)
class SequenceAdmin(SetupAdmin):
    """Sequences and their steps."""

    section, order = "mail", 76
    list_display = ("name", "owner", "is_active", "stops_on_stage")
    list_filter = ("is_active",)
    list_select_related = ("owner",)
    search_fields = ("name",)
    search_help_text = _("Name.")
    inlines = (StepInline,)


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    """Who is led along which sequence."""

    section, order = "mail", 77
    list_display = ("title", "sequence", "address", "author", "state", "reason", "next_at")
    list_filter = ("state", "reason", "sequence")
    list_select_related = ("sequence", "author")
    search_fields = ("title", "=address")
    search_help_text = _("Record or address.")
    ordering = ("-id",)


@admin.register(MailPolicy)
class MailPolicyAdmin(SetupAdmin):
    """What the company allows in letters; one row."""

    section, order = "mail", 78
    list_display = ("allows_opens", "allows_clicks")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not MailPolicy.objects.exists()
