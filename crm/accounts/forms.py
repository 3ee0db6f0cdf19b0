"""Forms of signing in, of invitations, and of what a person sets for themself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth_forms
from allauth.core import context
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.contrib.auth import password_validation
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.accounts import letters, sessions
from crm.accounts.models import Outcome, TokenScope, preference
from crm.accounts.pictures import redraw
from crm.accounts.zones import zone_choices
from crm.identity.models import Density, Language, Role, Theme, User
from crm.ui.drawn import Drawn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.http import HttpRequest

    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm

#: Pages that a person may want to see first.
START_PAGES = (
    ("/", _("Home")),
    ("/today/", _("Today")),
    ("/sales/deals/board/", _("Deals on the board")),
    ("/sales/deals/", _("Deals as a list")),
    ("/contacts/people/", _("People")),
    ("/contacts/companies/", _("Companies")),
)
PASSWORD_RULE = _(
    "At least 12 characters; no common password, and nothing like your name. "
    "A few words are easy to keep in mind."
)
TOKEN_LIFETIMES = (
    ("90", _("90 days")),
    ("365", _("One year")),
    ("", _("Until it is revoked")),
)


class Dressed(Drawn):
    """A form in the product's look, without placeholders that repeat labels."""

    def dress(self, fields: Iterable[forms.Field]) -> None:
        for field in fields:
            field.widget.attrs.pop("placeholder", None)


class SignInForm(Dressed, allauth_forms.LoginForm):  # type: ignore[misc]
    """User name or e-mail, and the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail")
        self.fields["login"].widget.attrs.update(autocomplete="username", autofocus=True, spellcheck="false")
        self.fields["login"].widget.attrs["autocapitalize"] = "none"
        self.fields["login"].max_length = 254
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Keep me signed in on this device")
        self.dress(self.fields.values())


class ResetPasswordForm(Dressed, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Asks where to send the link; the answer is the same for known and unknown addresses."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        self.fields["email"].widget.attrs["autofocus"] = True
        self.dress(self.fields.values())

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        # Only the address that administrators see: the library remembers older ones too.
        self.users = list(User.objects.filter(email__iexact=email, is_active=True))
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        # A line of the log is written for unknown addresses too: the answer takes as long.
        known: list[User | None] = [*self.users]
        for user in known or [None]:
            sessions.note_sign_in(
                request,
                outcome=Outcome.RESET_ASKED,
                at=timezone.now(),
                ip=sessions.address_of(request) or "",
                user=user,
                name=str(self.cleaned_data["email"]),
            )
        for user in self.users:
            letters.post(
                letters.PASSWORD_RESET, key=user.pk, at=timezone.now(), base=letters.base_address(request)
            )
        return str(self.cleaned_data["email"])


class NewPasswordMixin(Dressed):
    """Two fields for a new password, with what it has to be."""

    fields: dict[str, forms.Field]

    def dress_passwords(self) -> None:
        self.fields["password1"].label = _("New password")
        self.fields["password1"].help_text = PASSWORD_RULE
        self.fields["password2"].label = _("New password once more")
        self.dress(self.fields.values())


class NewPasswordForm(NewPasswordMixin, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, after the link of a letter was opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress_passwords()
        self.fields["password1"].widget.attrs["autofocus"] = True


class ChangePasswordForm(NewPasswordMixin, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The present password and a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress_passwords()
        self.fields["oldpassword"].label = _("Present password")
        self.fields["oldpassword"].help_text = ""


class ReauthenticateForm(Dressed, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.dress(self.fields.values())


class CodeMixin(Dressed):
    """One field for the six digits of a phone; a recovery code fits in, too."""

    fields: dict[str, forms.Field]

    def dress_code(self, label: Any) -> None:
        code = self.fields["code"]
        code.label = label
        assert isinstance(code, forms.CharField)
        code.max_length = 20
        code.widget.attrs.update(autocomplete="one-time-code", autofocus=True, spellcheck="false")
        self.dress(self.fields.values())


class CodeForm(CodeMixin, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    """The code at the entrance."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress_code(_("Code from the app, or a recovery code"))

    def _emit_authentication_failed(self, authenticator: Any) -> None:
        super()._emit_authentication_failed(authenticator)
        sessions.note_sign_in(
            context.request,
            outcome=Outcome.CODE_REFUSED,
            at=timezone.now(),
            ip=sessions.address_of(context.request) or "",
            user=self.user,
        )


class CodeAgainForm(CodeMixin, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    """The code once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress_code(_("Code from the app, or a recovery code"))


class SetUpForm(CodeMixin, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new second factor proves that the phone has the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress_code(_("Code that the app shows now"))
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class FactorNameForm(Dressed, forms.Form):
    """What a person calls their second factor."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Which phone or app it is: “My phone”.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress(self.fields.values())


class AcceptInvitationForm(Dressed, forms.Form):
    """What an invited colleague says about themself."""

    full_name = forms.CharField(
        label=_("Full name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_RULE,
    )
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    time_zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = zone_choices(timezone.now())
        self.dress(self.fields.values())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if password := cleaned.get("password"):
            self.user.full_name = cleaned.get("full_name", "")
            try:
                password_validation.validate_password(password, self.user)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return cleaned


class InviteForm(Dressed, forms.Form):
    """Colleagues to invite: their addresses, and what they may do."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One a line, or parted by commas. “Anna Snow <anna@example.com>” gives the name too."),
    )
    role = forms.ModelChoiceField(
        label=_("Role"), queryset=Role.objects.order_by("pk"), required=False, empty_label=_("None yet")
    )
    team = forms.CharField(
        label=_("Team"), max_length=120, required=False, help_text=_("Found by name, or made.")
    )
    language = forms.ChoiceField(
        label=_("Language of the letter"),
        choices=[("", _("The company’s")), *Language.choices],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress(self.fields.values())

    def clean_emails(self) -> list[tuple[str, str]]:
        """Return (name, address) of each."""
        found: dict[str, str] = {}
        check = forms.EmailField()
        for part in self.cleaned_data["emails"].replace("\n", ",").replace(";", ",").split(","):
            name, _mark, address = part.strip().rpartition("<")
            address = address.strip().rstrip(">").strip()
            if address:
                found[check.clean(address)] = name.strip().strip("\"'")
        if not found:
            raise forms.ValidationError(_("Write at least one address."))
        return [(name, address) for address, name in found.items()]


class ProfileForm(Dressed, UserModelForm):
    """What colleagues see of a person."""

    remove_photo = forms.BooleanField(label=_("Remove the photo"), required=False)

    class Meta:
        model = User
        fields = ("full_name", "job_title", "phone", "photo")
        widgets = {
            "photo": forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp,image/gif"}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "full_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "job_title": forms.TextInput(attrs={"autocomplete": "organization-title"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["full_name"].required = True
        if not self.instance.photo:
            del self.fields["remove_photo"]
        self.dress(self.fields.values())

    def clean_photo(self) -> Any:
        photo = self.cleaned_data.get("photo")
        return redraw(photo, side=256, square=True) if photo and "photo" in self.changed_data else photo

    def changes(self) -> dict[str, Any]:
        """Return what the person changed."""
        names = [name for name in self.changed_data if name in self.Meta.fields]
        found = {name: self.cleaned_data[name] for name in names}
        if self.cleaned_data.get("remove_photo"):
            found["photo"] = ""
        return found


class LookForm(Dressed, UserModelForm):
    """How the product speaks to a person, and how it looks to them."""

    start_page = forms.ChoiceField(label=_("Page after signing in"), choices=START_PAGES, required=False)

    class Meta:
        model = User
        fields = ("language", "time_zone", "theme", "density")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), choices=[("", _("As the browser asks")), *Language.choices], required=False
        )
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            choices=[("", _("The company’s")), *zone_choices(timezone.now())],
            required=False,
        )
        self.fields["theme"] = forms.ChoiceField(
            label=_("Colours"), choices=Theme.choices, widget=forms.RadioSelect
        )
        self.fields["density"] = forms.ChoiceField(
            label=_("Density"), choices=Density.choices, widget=forms.RadioSelect
        )
        self.initial["start_page"] = preference(self.instance, "start_page", "/")
        self.dress(self.fields.values())
        self.order_fields(["language", "time_zone", "theme", "density", "start_page"])

    def changes(self) -> dict[str, Any]:
        """Return what the person changed."""
        found = {name: self.cleaned_data[name] for name in self.changed_data if name != "start_page"}
        if "start_page" in self.changed_data:
            wishes = {**self.instance.preferences, "start_page": self.cleaned_data["start_page"]}
            found["preferences"] = wishes
        return found


class TokenForm(Dressed, forms.Form):
    """A new key for a program."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Say what uses it: “Website form”, “Warehouse”.")
    )
    scope = forms.ChoiceField(
        label=pgettext_lazy("token", "May"), choices=TokenScope.choices, initial=TokenScope.READ
    )
    days = forms.ChoiceField(label=_("Valid for"), choices=TOKEN_LIFETIMES, required=False, initial="365")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress(self.fields.values())

    @property
    def scopes(self) -> list[str]:
        scope = self.cleaned_data["scope"]
        return [TokenScope.READ, TokenScope.WRITE] if scope == TokenScope.WRITE else [TokenScope.READ]

    def expires_at(self, at: datetime) -> datetime | None:
        days = self.cleaned_data["days"]
        return at + timedelta(days=int(days)) if days else None
