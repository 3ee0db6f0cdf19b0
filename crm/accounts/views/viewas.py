"""Beginning and ending to look with a colleague's eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from crm.accounts import viewing
from crm.identity.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@login_required
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then let an administrator see the product as somebody else."""
    user = get_object_or_404(User, pk=pk)
    allowed = viewing.may_view_as(request.user, user)
    if request.method == "POST":
        viewing.start(request, user=user, at=timezone.now())
        return redirect(safe(request, request.POST.get("next", "")))
    context = {"person": user, "allowed": allowed, "next": safe(request, request.GET.get("next", ""))}
    return render(request, "accounts/view_as.html", context, status=200 if allowed else 403)


@login_required
def stop(request: HttpRequest) -> HttpResponse:
    """Go back to one's own eyes."""
    if request.method == "POST" and (user := viewing.stop(request, at=timezone.now())) is not None:
        messages.success(request, _("You see with your own eyes again, no longer as %s.") % user)
    return redirect(safe(request, request.POST.get("next", "")))


def safe(request: HttpRequest, url: str) -> str:
    """Return ``url`` when it leads to a page of ours, else home."""
    ours = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()})
    return url if url and ours else "/"
