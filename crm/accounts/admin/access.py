"""How people and programs get in: the log of sign-ins, invitations, tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from crm.accounts import invitations, letters, tokens
from crm.accounts.models import ApiToken, Invitation, SignIn
from crm.ui.admin import ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    """Every attempt to sign in, kept for 400 days."""

    section, order = "people", 60
    list_display = ("at", "name", "user", "outcome", "ip", "browser")
    list_filter = ("outcome", "at")
    list_select_related = ("user",)
    search_fields = ("=name", "=user__username", "=user__full_name", "ip__startswith")
    search_help_text = _("A user name or an address, whole.")
    ordering = ("-at",)
    fields = ("at", "name", "user", "outcome", "ip", "user_agent")

    @admin.display(description=_("browser"))
    def browser(self, sign_in: SignIn) -> str:
        return sign_in.device


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations that were sent, and whether they were taken up."""

    section, order = "people", 40
    list_display = ("user", "email", "invited_by", "created_at", "sent_at", "accepted_at", "expires_at")
    list_filter = ("created_at",)
    list_select_related = ("user", "invited_by")
    search_fields = ("email", "user__full_name")
    search_help_text = _("Name or e-mail.")
    ordering = ("-created_at",)
    actions = ("send_anew", "withdraw")
    fields = (
        "user",
        "email",
        "invited_by",
        "created_at",
        "sent_at",
        "accepted_at",
        "expires_at",
        "revoked_at",
    )

    @admin.action(description=_("Send anew"), permissions=["view"])
    def send_anew(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        rows = list(queryset.filter(accepted_at=None))
        for invitation in rows:
            invitations.resend(invitation=invitation, at=timezone.now(), base=letters.base_address(request))
        text = ngettext("%(count)d letter is on its way.", "%(count)d letters are on their way.", len(rows))
        self.message_user(request, text % {"count": len(rows)}, messages.SUCCESS)

    @admin.action(description=_("Withdraw"), permissions=["view"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        rows = list(queryset.filter(accepted_at=None, revoked_at=None))
        for invitation in rows:
            invitations.revoke(invitation=invitation, at=timezone.now())
        text = ngettext("%(count)d invitation withdrawn.", "%(count)d invitations withdrawn.", len(rows))
        self.message_user(request, text % {"count": len(rows)}, messages.SUCCESS)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Keys of programs. People make their own in the settings; administrators can revoke any."""

    section, order = "people", 50
    list_display = ("name", "user", "prefix", "may", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username", "user__full_name")
    search_help_text = _("Name of a token or of its owner.")
    ordering = ("-created_at",)
    actions = ("revoke",)
    fields = ("name", "user", "prefix", "may", "created_at", "last_used_at", "expires_at", "revoked_at")
    readonly_fields = ("may",)

    @admin.display(description=pgettext_lazy("token", "may"))
    def may(self, token: ApiToken) -> Any:
        return _("read and write") if token.can_write else _("read")

    @admin.action(description=_("Revoke"), permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        rows = list(queryset.filter(revoked_at=None))
        for token in rows:
            tokens.revoke_token(token=token, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        text = ngettext("%(count)d token revoked.", "%(count)d tokens revoked.", len(rows))
        self.message_user(request, text % {"count": len(rows)}, messages.SUCCESS)
