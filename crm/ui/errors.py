"""Pages that say what went wrong, each with the number by which the log finds it.

They are drawn without context processors and without the database: whatever broke must not
break the page that tells of it. A fragment is answered with the same status and a few words,
which the page shows as a toast.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from crm.lib.pdf import PdfUnavailable
from crm.logs import current_id
from crm.ui.outages import RETRY_AFTER, is_outage, typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


AWAY = gettext_lazy(
    "The database doesn’t answer just now. Nothing was saved; what you typed is still here. "
    "Try again in a few seconds."
)


def mishap(request: HttpRequest, status: int, **words: Any) -> HttpResponse:
    """Return the page of a status."""
    number = getattr(request, "id", "") or current_id.get()
    if request.path.startswith("/api/"):
        text = str(AWAY if status == 503 else _("Something went wrong on our side."))
        return JsonResponse({"errors": {"__all__": [text]}, "number": number}, status=status)
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return HttpResponse(number, status=status, content_type="text/plain")
    context: dict[str, Any] = {"number": number, "language": get_language() or "en", **words}
    return HttpResponse(get_template(f"{status}.html").render(context), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, and 413 where Django found the body too large."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent)
    return mishap(request, 413 if too_large else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return mishap(request, 403)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without a valid token: it was open for very long, or cookies are blocked."""
    return mishap(request, 403, is_stale=True)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return mishap(request, 404)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return mishap(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, and 503 where a server that we need is away: that one keeps what was typed."""
    if not is_outage(sys.exc_info()[1]):
        return mishap(request, 500)
    response = mishap(
        request, 503, typed=typed(request), has_files=bool(request.FILES), here=request.get_full_path()
    )
    response.headers["Retry-After"] = str(RETRY_AFTER)
    response.headers["HX-Trigger"] = json.dumps({"toast": {"text": str(AWAY), "tone": "danger"}})
    return response


class WithoutPdf:
    """Middleware: 503 with the names of the missing packages where no PDF can be made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, PdfUnavailable):
            return None
        return mishap(request, 503, packages=" ".join(exception.packages))
