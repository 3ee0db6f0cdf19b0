"""Where the sign-in library asks us: who may, where to, and what is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from crm.accounts import factors, letters, policy, services, sessions
from crm.accounts.models import Outcome, SignIn, preference

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from crm.identity.models import User

#: The few of the library's messages that tell something, in our words.
MESSAGES = {
    "account/messages/password_changed.txt": _("Password changed. You were signed out elsewhere."),
    "mfa/messages/totp_activated.txt": _("Second factor set up."),
    "mfa/messages/totp_deactivated.txt": _("Second factor removed."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves; every attempt to sign in is logged."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The name or the password is wrong."),
        "username_password_mismatch": _("The name or the password is wrong."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Lead only to our own host: not to whatever else ALLOWED_HOSTS names."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts={self.request.get_host()})

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        start = str(preference(request.user, "start_page") or "/")
        return start if self.is_safe_url(start) else "/"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Answer 429 as a page when a name or an address has failed too often."""
        try:
            super().pre_authenticate(request, **credentials)
        except Exception as refused:
            if getattr(refused, "code", "") != "too_many_login_attempts":
                raise
            self.note(request, Outcome.TOO_MANY, name=name_of(credentials))
            raise ImmediateHttpResponse(ratelimit.respond_429(request)) from refused

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = name_of(credentials)
        self.note(request, Outcome.REFUSED, user=services.find_users([name]).get(name.casefold()), name=name)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        self.note(request, Outcome.INACTIVE, user=user)
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        self.welcome(request, user)

    def welcome(self, request: HttpRequest, user: User) -> None:
        """Log that ``user`` came in, and write to them when that was remarkable."""
        factor = factor_used(request)
        line = self.note(request, Outcome.SIGNED_IN, user=user, factor=factor)
        base = letters.base_address(request)
        if factor == "recovery_codes":
            letters.tell(user, "recovery_used", at=line.at, base=base, **factors.facts_of(line))
        if policy.load().tells_new_device and sessions.is_new_device(line):
            letters.tell(user, "new_device", at=line.at, base=base, **factors.facts_of(line))

    def note(self, request: HttpRequest, outcome: Outcome, **who: Any) -> SignIn:
        """Write a line into the log of sign-ins."""
        return sessions.note_sign_in(
            request, outcome=outcome, at=timezone.now(), ip=self.get_client_ip(request), **who
        )

    def send_notification_mail(self, template_prefix: str, user: User, *_args: Any, **_kwargs: Any) -> None:
        """Tell of a change of the second factor in our own words."""
        factors.tell_change(self.request, template_prefix, user, at=timezone.now())

    def set_password(self, user: User, password: str) -> None:
        services.change_password(user=user, password=password, actor=user, at=timezone.now())

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say only what is worth reading: that one has signed in, everybody sees."""
        text = message or MESSAGES.get(message_template or "")
        if text:
            messages.add_message(request, level, text, extra_tags=extra_tags)


def factor_used(request: HttpRequest) -> str:
    """Return which second factor opened the door just now, or nothing."""
    records: list[dict[str, Any]] = request.session.get("account_authentication_methods") or []
    return next((str(one.get("type", "")) for one in reversed(records) if one["method"] == "mfa"), "")


def name_of(credentials: dict[str, Any]) -> str:
    """Return what was typed as the name."""
    return str(credentials.get("username") or credentials.get("email") or "")
