"""Coming in: signing in and out, forgotten passwords, taking up an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account import views as library
from allauth.core import ratelimit
from django.contrib.auth import login
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from crm.accounts import invitations, letters, sessions
from crm.accounts.adapter import AccountAdapter
from crm.accounts.forms import AcceptInvitationForm
from crm.accounts.models import Outcome
from crm.accounts.policy import has_factor
from crm.identity.models import Organisation

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from crm.accounts.models import Invitation

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class SignIn(library.LoginView):  # type: ignore[misc]
    """The first page that anybody sees."""

    template_name = "accounts/sign_in.html"


class SignOut(library.LogoutView):  # type: ignore[misc]
    """Asks before it signs out, so that no foreign page can do it by a link."""

    template_name = "accounts/sign_out.html"

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        # Nothing that was seen stays in this browser; the cookies go by themselves.
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class AskReset(library.PasswordResetView):  # type: ignore[misc]
    """Asks where the link to a new password should go."""

    template_name = "accounts/reset.html"


class ResetSent(library.PasswordResetDoneView):  # type: ignore[misc]
    """Says where to look."""

    template_name = "accounts/reset_sent.html"


class ChooseNew(library.PasswordResetFromKeyView):  # type: ignore[misc]
    """Takes the new password; the key itself rests in the session, never in the address."""

    template_name = "accounts/reset_choose.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = self.reset_user
        sessions.end_sessions(user)
        AccountAdapter(self.request).note(self.request, Outcome.RESET_DONE, user=user)
        letters.tell(user, "password_changed", at=timezone.now(), base=letters.base_address(self.request))
        return response


class ResetDone(library.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    """The password is changed; sign in."""

    template_name = "accounts/reset_done.html"


class SwitchedOff(library.AccountInactiveView):  # type: ignore[misc]
    """Tells somebody that their account is switched off."""

    template_name = "accounts/switched_off.html"


class PasswordAgain(library.ReauthenticateView):  # type: ignore[misc]
    """Asks for the password once more, before something that matters."""

    template_name = "accounts/password_again.html"

    def form_valid(self, form: Any) -> HttpResponse:
        renew_session(self.request)
        response: HttpResponse = super().form_valid(form)
        return response


def renew_session(request: HttpRequest) -> None:
    """Go on under a new key after somebody has proved again who they are."""
    old_key = request.session.session_key
    request.session.cycle_key()
    sessions.follow_session(old_key, request.session.session_key)


class ChangePassword(library.PasswordChangeView):  # type: ignore[misc]
    """Changes the password; every other session ends by it, this one goes on."""

    template_name = "accounts/settings/password.html"
    success_url = reverse_lazy("accounts:security")

    def form_valid(self, form: Any) -> HttpResponse:
        old_key = self.request.session.session_key
        response: HttpResponse = super().form_valid(form)
        sessions.follow_session(old_key, self.request.session.session_key)
        user: Any = self.request.user
        sessions.end_sessions(user, but=self.request.session.session_key)
        letters.tell(user, "password_changed", at=timezone.now(), base=letters.base_address(self.request))
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "current": "security"}


@never_cache
@sensitive_post_parameters()
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited colleague choose a password; looking at the page uses nothing up."""
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="reset_password_from_key")
    if limited is not None:
        return limited
    invitation = letters.invitation_of(token)
    now = timezone.now()
    if invitation is None or not invitation.is_open(now):
        return render(request, "accounts/invitation_closed.html", {"invitation": invitation}, status=410)
    user = invitation.user
    if not request.session.get("django_language") and user.language and request.method == "GET":
        translation.activate(user.language)
    form = AcceptInvitationForm(
        request.POST or None,
        user=user,
        initial={
            "full_name": user.full_name,
            "language": user.language or translation.get_language(),
            "time_zone": user.time_zone or Organisation.load().time_zone,
        },
    )
    if request.method == "POST" and form.is_valid():
        return come_in(request, invitation, form)
    return render(request, "accounts/invitation.html", {"form": form, "invitation": invitation})


def come_in(request: HttpRequest, invitation: Invitation, form: AcceptInvitationForm) -> HttpResponse:
    """Open the account and sign its owner in."""
    try:
        user = invitations.accept(invitation=invitation, at=timezone.now(), **form.cleaned_data)
    except invitations.InvitationClosed:
        return render(request, "accounts/invitation_closed.html", {"invitation": invitation}, status=410)
    if has_factor(user):
        # Somebody who comes back: the letter stands for the password, not for the second factor.
        return redirect("account_login")
    login(request, user, backend=BACKEND)
    AccountAdapter(request).welcome(request, user)
    return redirect("/")
