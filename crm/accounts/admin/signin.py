"""How people have to sign in, and where they are signed in now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.accounts import events, policy, sessions
from crm.accounts.models import SignInPolicy, UserSession
from crm.records.events import emit
from crm.ui.admin import ReadOnlyAdmin, SetupAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@admin.register(SignInPolicy)
class SignInPolicyAdmin(SetupAdmin):
    """One page: who needs a second factor, and how long a session lasts."""

    section, order = "people", 35
    fieldsets = (
        (_("Second factor"), {"fields": ("second_factor", "roles", "grace_days")}),
        (_("Sessions"), {"fields": ("idle_hours", "absolute_days", "tells_new_device")}),
    )
    select_fields = ("roles",)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple()
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.help_text = ""
        return field

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Roles are chosen here, not made."""
        form = super().get_form(request, *args, **kwargs)
        widget: Any = form.base_fields["roles"].widget
        widget.can_add_related = False
        return form

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one policy, so there is no list."""
        row, _made = SignInPolicy.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:accounts_signinpolicy_change", args=[row.pk]))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:accounts_signinpolicy_change", args=[obj.pk]))

    def after_write(self, request: HttpRequest, obj: Any) -> None:
        policy.changed()


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    """Browsers in which somebody is signed in."""

    section, order = "people", 65
    list_display = ("user", "browser", "ip", "last_seen_at", "started_at")
    list_select_related = ("user",)
    search_fields = ("=user__username", "user__full_name", "ip__startswith")
    search_help_text = _("A user name or an address, whole.")
    list_filter = ("last_seen_at",)
    ordering = ("-last_seen_at",)
    fields = ("user", "browser", "user_agent", "ip", "started_at", "last_seen_at")
    readonly_fields = ("browser",)
    actions = ("end",)

    @admin.display(description=_("browser"))
    def browser(self, session: UserSession) -> str:
        return session.device

    @admin.action(description=_("Sign out there"), permissions=["view"])
    def end(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        rows = list(queryset.select_related("user"))
        for user in {row.user for row in rows}:
            emit(
                events.SESSIONS_ENDED,
                ref=events.user_ref(user.pk),
                title=str(user),
                actor=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                via="admin",
            )
        count = sessions.end_by_key([row.session_key for row in rows])
        text = ngettext("%(count)d session ended.", "%(count)d sessions ended.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
