"""What every request of somebody who has signed in passes: is the session still good, is a second
factor owed, and is an administrator looking with a colleague's eyes?
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.accounts import policy, sessions, viewing
from crm.accounts.models import FactorDemand
from crm.identity.access import access_for
from crm.ui.errors import mishap
from crm.ui.feedback import go_to, trigger

GetResponse = Callable[[HttpRequest], HttpResponse]
#: Open while a second factor is owed: where it is set up, and the way out.
WAY_IN = ("/accounts/", "/looks/")
#: What an open page asks by itself is no work: it does not keep a session from growing idle.
BY_ITSELF = ("/changes/", "/live/", "/notifications/count/")


class Guard:
    """Middleware: after ``Preferences``, so that the viewer's own language and clock stay."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_private = request.user.is_authenticated
        response = self.answer(request)
        if is_private:
            # What a person saw stays in no cache, neither on a shared desk nor on the way.
            response.headers.setdefault("Cache-Control", "no-store, private")
        sessions.mark_device(request, response)
        return response

    def answer(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        at = timezone.now()
        if not self.is_good(request, at):
            return self.get_response(request)
        refused = self.owed_factor(request, at)
        if refused is not None:
            return refused
        user = viewing.looked_at(request, at)
        return self.get_response(request) if user is None else self.look(request, user)

    def is_good(self, request: HttpRequest, at: datetime) -> bool:
        """Sign out whose session is idle or too old; note the others as seen."""
        mark = request.session.get(sessions.MARK) or sessions.start_session(request, request.user, at)
        if sessions.is_over(mark, policy.load(), at):
            sessions.end_by_key([request.session.session_key or ""])
            logout(request)
            messages.info(request, _("You were signed out: the session was not used for long, or too old."))
            return False
        if not request.path.endswith(BY_ITSELF):
            sessions.touch(request, mark, at)
        return True

    def owed_factor(self, request: HttpRequest, at: datetime) -> HttpResponse | None:
        """Lead to the set-up of a second factor those whose days of grace are over."""
        due = self.factor_due(request, at)
        if due is None:
            return None
        request.factor_due = due  # type: ignore[attr-defined]
        if at < due or request.path.startswith(WAY_IN):
            return None
        if request.path.startswith("/api/"):
            text = _("Set up a second factor in the browser first.")
            return JsonResponse({"detail": text, "code": "second_factor_required"}, status=403)
        address = reverse("mfa_activate_totp")
        if request.method == "GET" and not getattr(request, "htmx", False):
            address = f"{address}?{urlencode({'next': request.get_full_path()})}"
        return go_to(request, address)

    def factor_due(self, request: HttpRequest, at: datetime) -> datetime | None:
        """Return when a second factor is due; what was found is kept in the session."""
        rules = policy.load()
        if rules.demand == FactorDemand.NOBODY:
            return None
        user: Any = request.user
        stamp = f"{rules.stamp}:{access_for(user).version}"
        kept = request.session.get("factor")
        if not kept or kept["stamp"] != stamp:
            due = policy.factor_due(user, rules, at)
            kept = {"stamp": stamp, "due": due.isoformat() if due else ""}
            request.session["factor"] = kept
        return datetime.fromisoformat(kept["due"]) if kept["due"] else None

    def look(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Answer as ``user`` would be answered, and write nothing."""
        viewer: Any = request.user
        if request.path == reverse("accounts:view_as_stop"):
            return self.get_response(request)
        request.viewer = viewer  # type: ignore[attr-defined]
        try:
            viewing.check(request, viewer, user)
        except PermissionDenied as refused:
            response = mishap(request, 403, why=str(refused))
            return trigger(response, "toast", {"text": str(refused), "undo": "", "tone": "danger"})
        user.is_looked_at = True
        request.user = user
        with viewing.nothing_written():
            response = self.get_response(request)
            if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                response.render()
        response.headers["Cache-Control"] = "no-store"
        return response
