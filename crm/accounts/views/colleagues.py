"""Who works here, inviting more, and the first page of an empty installation."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crm.accounts import invitations, letters
from crm.accounts.first_run import demo_job, is_empty
from crm.accounts.forms import InviteForm
from crm.accounts.models import Invitation
from crm.accounts.rights import may_manage_users
from crm.accounts.selectors import open_invitations, people_by_team
from crm.accounts.services import update_profile
from crm.accounts.views.own import me, page
from crm.records import jobs
from crm.records.drafts import RecordErrors
from crm.records.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = TypeVar("View", bound=Callable[..., HttpResponse])


def for_managers_of_users(view: View) -> View:
    """Let only those through who may invite and change others."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_manage_users(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)  # type: ignore[return-value]


@login_required
def team(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, team by team."""
    return page(request, "team", blocks=people_by_team(), may_invite=may_manage_users(request.user))


@for_managers_of_users
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    """Invite colleagues by mail; the links can be copied, too."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and send_all(request, form):
        return redirect("accounts:invite")
    now, base = timezone.now(), letters.base_address(request)
    waiting = [
        {"invitation": one, "is_open": one.is_open(now), "link": letters.invitation_address(one, base)}
        for one in open_invitations(now)
    ]
    return page(request, "invite", form=form, waiting=waiting)


def send_all(request: HttpRequest, form: InviteForm) -> bool:
    """Invite everybody the form names, or nobody; tell what came of it."""
    given = form.cleaned_data
    try:
        with transaction.atomic():
            for name, email in given["emails"]:
                invitations.invite_user(
                    email=email,
                    full_name=name,
                    roles=[given["role"]] if given["role"] else [],
                    team=given["team"],
                    language=given["language"],
                    actor=me(request),
                    at=timezone.now(),
                    base=letters.base_address(request),
                )
    except RecordErrors as refused:
        form.add_error("emails", f"{email}: {refused}")
        return False
    count = len(given["emails"])
    text = ngettext("%(count)d invitation is on its way.", "%(count)d invitations are on their way.", count)
    messages.success(request, text % {"count": count})
    return True


@for_managers_of_users
@require_POST
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a fresh link."""
    invitation = get_object_or_404(Invitation, pk=pk, accepted_at=None)
    invitations.resend(invitation=invitation, at=timezone.now(), base=letters.base_address(request))
    messages.success(request, _("A new letter is on its way; the old link is void."))
    return redirect("accounts:invite")


@for_managers_of_users
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link void."""
    invitations.revoke(invitation=get_object_or_404(Invitation, pk=pk), at=timezone.now())
    messages.success(request, _("Invitation withdrawn."))
    return redirect("accounts:invite")


@for_managers_of_users
@require_POST
def start_demo(request: HttpRequest) -> HttpResponse:
    """Fill an empty installation with the demo company, as a job."""
    running = demo_job()
    if running is not None:
        return redirect("ui:job", running.pk)
    if not is_empty():
        messages.error(request, _("There is data here already, so no demo company was made."))
        return redirect("/")
    title = phrase(gettext_noop("Demo company"))
    job = jobs.start("demo", actor=me(request), title=title, params={"size": "small"})
    return redirect("ui:job", job.pk)


@login_required
@require_POST
def hide_first_run(request: HttpRequest) -> HttpResponse:
    """Put the checklist of the first days away."""
    wishes = {**me(request).preferences, "first_run_done": True}
    update_profile(user=me(request), changes={"preferences": wishes}, at=timezone.now())
    return redirect("/")
