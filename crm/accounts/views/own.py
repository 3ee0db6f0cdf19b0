"""/settings/: what a person sets for themself."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from crm.accounts import services, sessions, tokens
from crm.accounts.forms import LookForm, ProfileForm, TokenForm
from crm.accounts.models import ApiToken, UserSession
from crm.accounts.policy import has_factor
from crm.accounts.selectors import my_sign_ins, my_tokens
from crm.accounts.views.factor import overview
from crm.identity.models import Organisation, User

if TYPE_CHECKING:
    from django.http import HttpRequest


def page(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    """Show one of the settings pages."""
    status = 422 if getattr(context.get("form"), "errors", None) else 200
    return render(request, f"accounts/settings/{name}.html", {"current": name, **context}, status=status)


def me(request: HttpRequest) -> User:
    """Return who asks: the pages below are for people who have signed in."""
    assert isinstance(request.user, User)
    return request.user


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """What colleagues see of me."""
    # A copy: a form that was refused must not put its values into the head of the page.
    form = ProfileForm(request.POST or None, request.FILES or None, instance=copy(me(request)))
    if request.method == "POST" and form.is_valid():
        if services.update_profile(user=me(request), changes=form.changes(), at=timezone.now()):
            messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return page(request, "profile", form=form)


@login_required
def look(request: HttpRequest) -> HttpResponse:
    """How the product speaks to me, and how it looks."""
    form = LookForm(request.POST or None, instance=copy(me(request)))
    if request.method == "POST" and form.is_valid():
        if services.update_profile(user=me(request), changes=form.changes(), at=timezone.now()):
            # The next page speaks the language just chosen, and so must this message.
            translation.activate(me(request).language or translation.get_language())
            messages.success(request, _("Saved."))
        return redirect("accounts:look")
    return page(request, "look", form=form)


@login_required
def security(request: HttpRequest) -> HttpResponse:
    """My password, my second factor, where I am signed in, and who tried to be."""
    return page(
        request,
        "security",
        sign_ins=my_sign_ins(me(request)),
        open_sessions=sessions.open_sessions(me(request)),
        session_key=request.session.session_key,
        factor_due=getattr(request, "factor_due", None),
        **overview(me(request)),
    )


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign me out on one other device."""
    found = get_object_or_404(UserSession, pk=pk, user=me(request))
    if found.session_key != request.session.session_key:
        sessions.end_by_key([found.session_key])
        messages.success(request, _("Signed out there."))
    return redirect("accounts:security")


@login_required
@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """End all my sessions but this one."""
    ended = sessions.end_sessions(me(request), but=request.session.session_key)
    text = ngettext("%(count)d other session ended.", "%(count)d other sessions ended.", ended)
    messages.success(request, text % {"count": ended})
    return redirect("accounts:security")


@login_required
@never_cache
@sensitive_variables("key")
@reauthentication_required(  # type: ignore[untyped-decorator]
    allow_get=True, enabled=lambda request: has_factor(request.user)
)
def token_list(request: HttpRequest) -> HttpResponse:
    """My keys for programs; a new one is shown once, in the answer to the form itself."""
    form, key, now = TokenForm(request.POST or None), "", timezone.now()
    owes = getattr(request, "factor_due", None) is not None
    if owes and request.method == "POST":
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        _token, key = tokens.issue_token(
            user=me(request),
            name=form.cleaned_data["name"],
            scopes=form.scopes,
            at=now,
            actor=me(request),
            expires_at=form.expires_at(now),
        )
        form = TokenForm()
    return page(request, "tokens", form=form, key=key, tokens=my_tokens(me(request)), now=now, owes=owes)


@login_required
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Make one of my keys void."""
    token = get_object_or_404(ApiToken, pk=pk, user=me(request))
    tokens.revoke_token(token=token, actor=me(request), at=timezone.now())
    messages.success(request, _("Token revoked."))
    return redirect("accounts:tokens")


@login_required
@require_GET
@cache_control(private=True, max_age=3600)
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """The photo of a colleague."""
    user = get_object_or_404(User, pk=pk)
    return picture(user.photo)


@require_GET
@cache_control(max_age=3600)
def logo(request: HttpRequest) -> FileResponse:
    """The company's logo: guests see it too, above the sign-in."""
    return picture(Organisation.load().logo)


def picture(file: Any) -> FileResponse:
    """Answer with a picture that we have drawn ourselves."""
    if not file:
        raise Http404
    try:
        return FileResponse(file.open("rb"), content_type="image/png")
    except FileNotFoundError as gone:
        raise Http404 from gone
