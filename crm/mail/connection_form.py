"""The form of a mailbox. What is left empty about servers is guessed from the address."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crispy_forms.layout import Layout
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import Team
from crm.mail import connecting, providers
from crm.mail.models import Auth, Mailbox, MailboxKind
from crm.mail.syncing import oauth
from crm.ui.drawn import Drawn, Section

if TYPE_CHECKING:
    from datetime import datetime

SERVERS = (
    "imap_host", "imap_port", "imap_security", "imap_username",
    "smtp_host", "smtp_port", "smtp_security", "smtp_username",
)  # fmt: skip
#: How far back the first reading goes, unless somebody chooses otherwise.
WINDOW = timedelta(days=90)


class MailboxForm(Drawn, forms.ModelForm):  # type: ignore[type-arg]
    """A mailbox of a person, or with ``for_team`` of a team."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    class Meta:
        model = Mailbox
        fields = ("address", "name", "team", "auth", "sync_since", "visibility", *SERVERS)
        widgets = {"sync_since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, data: Any = None, *, user: Any, for_team: bool, at: datetime, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.user, self.for_team, self.at = user, for_team, at
        for name in SERVERS:
            self.fields[name].required = False
        if for_team:
            self.fields["team"].required = True
            self.fields["team"].queryset = Team.objects.filter(is_active=True)
        else:
            del self.fields["team"]
        auth: Any = self.fields["auth"]
        auth.choices = [one for one in Auth.choices if one[0] == Auth.PASSWORD or oauth.is_set_up(one[0])]
        self.fields["password"].help_text = (
            _("Google, Yandex, Mail.ru and Apple want a password for this program alone: make it there.")
            if not self.instance.pk
            else _("Leave it empty to keep the present one.")
        )
        if self.instance.pk is None:
            self.fields["sync_since"].initial = timezone.localdate(at) - WINDOW

    def layout(self) -> Layout:
        """Servers come last: hardly anybody has to fill them in."""
        first = [name for name in ("address", "name", "team", "auth", "password") if name in self.fields]
        return Layout(
            *first,
            Section(_("What is read, and who sees it"), "sync_since", "visibility"),
            Section(_("Servers; left empty, they are guessed from the address"), *SERVERS),
        )

    def clean_address(self) -> str:
        return str(self.cleaned_data["address"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        """Guess what was left empty."""
        data = super().clean() or self.cleaned_data
        known = providers.guess(data.get("address", ""))
        is_guessed = not data.get("imap_host")
        for name in ("imap_host", "imap_port", "imap_security", "smtp_host", "smtp_port", "smtp_security"):
            if is_guessed or not data.get(name):
                data[name] = getattr(known, name)
        has_password = data.get("password") or (self.instance.pk and self.instance.secret)
        if data.get("auth") == Auth.PASSWORD and not has_password:
            self.add_error("password", _("Without its password the mailbox can't be read."))
        return data

    def _post_clean(self) -> None:
        self.instance.kind = MailboxKind.TEAM if self.for_team else MailboxKind.PERSONAL
        if not self.for_team and self.instance.pk is None:
            self.instance.user = self.user
        super()._post_clean()  # type: ignore[misc]

    def try_servers(self) -> bool:
        """Sign in to the servers as the form says; what is wrong becomes errors of its fields."""
        mailbox: Mailbox = self.instance
        if password := self.cleaned_data["password"]:
            mailbox.keep_credentials({"password": password})
        if mailbox.auth != Auth.PASSWORD:
            # The permission is given on the provider's own page, right afterwards.
            return True
        for name, text in connecting.check(mailbox, self.at).items():
            self.add_error(name, text)
        return not self.errors
