"""Answers the question of open pages, "is there anything new?", before anything costly happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import SESSION_KEY
from django.http import HttpResponse

from crm.notifications.live import is_current

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

PATH = "/live/"


class LivePoll:
    """Middleware behind the session: "nothing new" costs one look into the cache.

    It tells no more than that something changed; what it was is told by the view, to who may see it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != PATH or request.method != "GET":
            return self.get_response(request)
        user_id = request.session.get(SESSION_KEY)
        if user_id is None:
            return HttpResponse(status=401)
        version = request.GET.get("v", "")
        if version and str(user_id).isdecimal() and is_current(int(user_id), version):
            return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
        return self.get_response(request)
