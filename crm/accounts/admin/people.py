"""Users: who works here, what they may do, and how they get in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from crm.accounts import factors, invitations, letters, policy, services, sessions
from crm.accounts.events import SESSIONS_ENDED, USER_TYPE_ID, USER_UPDATED, user_ref
from crm.accounts.zones import zone_choices
from crm.identity import access
from crm.identity.models import Language, Membership, User
from crm.records.drafts import RecordErrors
from crm.records.events import emit
from crm.ui.admin import Refusable, ServiceAdmin, SetupInline

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class UserForm(Refusable):
    """The account as administrators see it; passwords are chosen by their owners alone."""

    invite = forms.BooleanField(
        label=_("Send an invitation by mail"),
        required=False,
        initial=True,
        help_text=_("The account is switched on when its owner has chosen a password."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As the browser asks")), *Language.choices], required=False
    )

    class Meta:
        model = User
        fields = (
            "full_name",
            "username",
            "email",
            "job_title",
            "phone",
            "roles",
            "language",
            "time_zone",
            "is_active",
            "is_superuser",
        )
        widgets = {"roles": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "username" in self.fields:
            self.fields["username"].required = False
            self.fields["username"].help_text = _("Made from the name when it is left empty.")
        if "time_zone" in self.fields:
            self.fields["time_zone"] = forms.ChoiceField(
                label=_("Time zone"),
                choices=[("", _("The company’s")), *zone_choices(timezone.now())],
                required=False,
            )

    def _get_validation_exclusions(self) -> set[str]:
        # The service judges names: an empty one is made from the person's name.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"username"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("invite") and not cleaned.get("email") and not self.instance.pk:
            self.add_error("email", _("An invitation needs an e-mail address."))
        return cleaned


class TeamsOfUser(SetupInline):
    model = Membership
    verbose_name_plural = _("Teams")
    fields = ("team", "is_lead", "is_primary")


@admin.register(User)
class UserAdmin(ServiceAdmin):
    """People's accounts. They are switched off, never deleted: the history keeps its names."""

    section, order = "people", 10
    form = UserForm
    inlines = (TeamsOfUser,)
    list_display = ("shown_name", "email", "role_names", "team_name", "state", "last_login")
    list_filter = ("is_active", "roles", "teams")
    search_fields = ("full_name", "username", "email")
    search_help_text = _("Name, user name or e-mail.")
    ordering = ("full_name", "username")
    actions = (
        "invite",
        "send_password_link",
        "sign_out",
        "reset_factor",
        "switch_on",
        "switch_off",
    )
    select_fields = ("roles",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("roles", "memberships__team")

    @admin.display(description=pgettext_lazy("person", "name"), ordering="full_name")
    def shown_name(self, user: User) -> str:
        return str(user)

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return ", ".join(str(role) for role in user.roles.all())

    @admin.display(description=_("team"))
    def team_name(self, user: User) -> str:
        rows = sorted(user.memberships.all(), key=lambda one: (not one.is_primary, one.pk))
        return str(rows[0].team) if rows else ""

    @admin.display(description=pgettext_lazy("user", "account"), ordering="is_active")
    def state(self, user: User) -> Any:
        if user.is_active:
            return _("active")
        return _("switched off") if user.last_login else _("not opened yet")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        rights = ["roles", "is_active"] if obj else ["roles", "invite"]
        if request.user.is_superuser:
            rights.append("is_superuser")
        sections = [
            (None, {"fields": ["full_name", "username", "email", "job_title", "phone"]}),
            (_("Rights"), {"fields": rights}),
            (_("Language and clock"), {"fields": ["language", "time_zone"]}),
        ]
        if obj:
            sections.append((_("Safety"), {"fields": ["second_factor", "see_as"]}))
            sections.append((_("History"), {"fields": ["last_login", "date_joined"]}))
        return sections

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("last_login", "date_joined", "second_factor", "see_as") if obj else ()

    @admin.display(description=_("second factor"))
    def second_factor(self, user: User) -> Any:
        if policy.has_factor(user):
            return _("set up")
        return _("required, not set up yet") if policy.needs_factor(user) else _("none")

    @admin.display(description=_("with this person’s eyes"))
    def see_as(self, user: User) -> Any:
        address = reverse("accounts:view_as", args=[user.pk])
        return format_html('<a href="{}">{}</a>', address, _("See as this person"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and not (obj and obj.is_superuser and not request.user.is_superuser)

    def event_address(self, obj: Any) -> dict[str, str]:
        return {"record": f"{USER_TYPE_ID}:{obj.pk}"}

    # Writing

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        door: Any = {"actor": request.user, "at": timezone.now(), "via": "admin"}
        changes = form.changes()
        changes.pop("invite", None)
        if change:
            drafts = services.service.update([obj], changes, **door)
        else:
            drafts = services.service.create([{**changes, "is_active": False}], **door)
        obj.__dict__.update(drafts[0].record.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save memberships; roles were the service's."""
        before = team_names(form.instance)
        for formset in formsets:
            formset.save()
        after = team_names(form.instance)
        if before != after:
            access.changed()
            emit(
                USER_UPDATED,
                ref=user_ref(form.instance.pk),
                title=str(form.instance),
                actor=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                changes={"teams": {"old": before, "new": after}},
                via="admin",
            )
        if not change and form.cleaned_data.get("invite"):
            self.invite(request, [form.instance])

    # Actions

    @admin.action(description=_("Invite by mail"))
    def invite(self, request: HttpRequest, queryset: Any) -> None:
        """Send invitations to accounts that nobody has opened yet."""
        sent = invitations.send_invitations(
            users=queryset,
            actor=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            base=letters.base_address(request),
        )
        count = len(sent)
        text = ngettext(
            "%(count)d invitation is on its way.", "%(count)d invitations are on their way.", count
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    @admin.action(description=_("Send a link to a new password"))
    def send_password_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let people choose a new password, without anybody else knowing it."""
        users = [user for user in queryset if user.is_active and user.email]
        for user in users:
            letters.post(
                letters.PASSWORD_RESET, key=user.pk, at=timezone.now(), base=letters.base_address(request)
            )
        count = len(users)
        text = ngettext("%(count)d letter is on its way.", "%(count)d letters are on their way.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    @admin.action(description=_("Sign out everywhere"))
    def sign_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End all sessions of these people at once."""
        count = 0
        for user in queryset:
            count += sessions.end_sessions(user)
            emit(
                SESSIONS_ENDED,
                ref=user_ref(user.pk),
                title=str(user),
                actor=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                via="admin",
            )
        text = ngettext("%(count)d session ended.", "%(count)d sessions ended.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Reset the second factor"))
    def reset_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For people who have lost phone and codes: they set it up anew, and get a letter."""
        count = 0
        for user in queryset:
            try:
                count += factors.reset_factor(
                    user=user,
                    actor=request.user,  # type: ignore[arg-type]
                    at=timezone.now(),
                    base=letters.base_address(request),
                )
            except RecordErrors as refused:
                self.message_user(request, f"{user}: {refused}", messages.ERROR)
        text = ngettext("%(count)d second factor reset.", "%(count)d second factors reset.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS if count else messages.WARNING)

    @admin.action(description=_("Switch on"))
    def switch_on(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._switch(request, queryset, active=True)

    @admin.action(description=_("Switch off"))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._switch(request, queryset, active=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[User], *, active: bool) -> None:
        try:
            drafts = services.set_active(
                users=queryset,
                active=active,
                actor=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
        except RecordErrors as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return
        count = sum(draft.outcome == "updated" for draft in drafts)
        text = ngettext("%(count)d account changed.", "%(count)d accounts changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)


def team_names(user: User) -> str:
    """Return the teams of ``user`` as an audit line shows them."""
    rows = Membership.objects.filter(user=user).select_related("team")
    return ", ".join(sorted(f"{one.team}{' *' if one.is_lead else ''}" for one in rows))
