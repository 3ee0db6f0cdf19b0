"""What mail programs of the other side fetch: the small picture of a letter, and its links."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from crm.mail.composing import tracking
from crm.mail.models import TrackedKind

if TYPE_CHECKING:
    from django.http import HttpResponseBase

#: A transparent point.
POINT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class Public(View):
    """An address for everybody; what it is fetched by is never told."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


class Opened(Public):
    """``o/<token>``: somebody has opened the letter; the picture is the same for every token."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        # A colleague who reads the copy in the product is no reader.
        if not request.user.is_authenticated:
            tracking.notice(token, TrackedKind.OPEN, at=timezone.now())
        return HttpResponse(POINT, content_type="image/gif")


class Followed(Public):
    """``c/<token>``: somebody follows a link of a letter, to where it led."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        one = tracking.notice(token, TrackedKind.CLICK, at=timezone.now())
        if one is None:
            return render(request, "letters/gone.html", status=404)
        # Only addresses that stood in a letter of ours: nobody can lead anybody elsewhere by it.
        response = HttpResponse(status=302)
        response.headers["Location"] = one.url
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
