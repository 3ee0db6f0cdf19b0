"""The second factor: asked at the entrance, set up, named, removed; recovery codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import reauthentication_required
from allauth.account.mixins import NextRedirectMixin
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from crm.accounts import factors, policy
from crm.accounts.forms import FactorNameForm
from crm.accounts.views.entrance import renew_session

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SECURITY = reverse_lazy("accounts:security")
AFTER = "after_factor"


class AskCode(base.AuthenticateView):  # type: ignore[misc]
    """The second step at the entrance."""

    template_name = "accounts/factor/ask.html"


class CodeAgain(base.ReauthenticateView):  # type: ignore[misc]
    """Asks for a code once more, before something that matters."""

    template_name = "accounts/factor/again.html"

    def form_valid(self, form: Any) -> HttpResponse:
        renew_session(self.request)
        response: HttpResponse = super().form_valid(form)
        return response


@method_decorator(never_cache, name="dispatch")
class SetUp(NextRedirectMixin, totp.ActivateTOTPView):  # type: ignore[misc]
    """A picture for the app on the phone, and a first code to prove that it was read."""

    template_name = "accounts/factor/set_up.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.session[AFTER] = self.get_next_url() or ""
        response: HttpResponse = super().get(request, *args, **kwargs)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        context["key"] = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        context["due"] = getattr(self.request, "factor_due", None)
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        self.request.session.pop("factor", None)
        return response

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes") if self.did_generate_recovery_codes else str(SECURITY)


class Remove(totp.DeactivateTOTPView):  # type: ignore[misc]
    """Takes the second factor away, after the password and a question."""

    template_name = "accounts/factor/remove.html"
    success_url = SECURITY


@method_decorator(never_cache, name="dispatch")
class Codes(codes.ViewRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes, once; afterwards only how many are left."""

    template_name = "accounts/factor/codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        after = self.request.session.get(AFTER) or ""
        return {**context, "after": after or str(SECURITY), "few": factors.FEW_CODES}


class NewCodes(codes.GenerateRecoveryCodesView):  # type: ignore[misc]
    """Makes new recovery codes; the old ones are void."""

    template_name = "accounts/factor/new_codes.html"


@login_required
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def rename(request: HttpRequest) -> HttpResponse:
    """Give the second factor a name."""
    found = get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.TOTP)
    form = FactorNameForm(request.POST or None, initial={"name": found.data.get("name", "")})
    if request.method == "POST" and form.is_valid():
        factors.rename(authenticator=found, name=form.cleaned_data["name"])
        messages.success(request, _("Saved."))
        return redirect(SECURITY)
    return render(request, "accounts/factor/rename.html", {"form": form})


def overview(user: Any) -> dict[str, Any]:
    """Return what the page of one's own security shows about second factors."""
    found = Authenticator.objects.filter(user=user, type__in=policy.KINDS).first()
    return {
        "factor": found,
        "factor_name": found.data.get("name", "") if found else "",
        "codes_left": factors.codes_left(user) if found else 0,
        "few_codes": factors.FEW_CODES,
        "factor_needed": policy.needs_factor(user),
    }
