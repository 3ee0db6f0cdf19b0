"""Pages that say what went wrong, each with the number by which the log finds it.

They are drawn without context processors and without the database: whatever broke must not
break the page that tells of it. A fragment is answered with the same status and a few words,
which the page shows as a toast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpResponse
from django.template.loader import get_template
from django.utils.translation import get_language

from crm.lib.pdf import PdfUnavailable
from crm.logs import current_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


def mishap(request: HttpRequest, status: int, **words: Any) -> HttpResponse:
    """Return the page of a status."""
    number = getattr(request, "id", "") or current_id.get()
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
    return mishap(request, 500)


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
