"""What every answer tells the browser it may load, and how it is packed."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

#: Only our own files run. Pictures may also be data: and blob: (charts, previews before an upload).
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADER = "Content-Security-Policy"
GetResponse = Callable[[HttpRequest], HttpResponse]


def policy(**changes: str) -> str:
    """Return the policy as a header's value; ``policy(frame_ancestors="*")`` for a page that needs more."""
    named = {key.replace("_", "-"): value for key, value in changes.items()}
    return "; ".join(f"{key} {value}" for key, value in {**POLICY, **named}.items())


class ContentSecurityPolicy:
    """Middleware: each answer carries the policy, unless its view has set one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.usual = policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.usual)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


#: What is worth packing; pictures, PDF and workbooks are packed already, events must not wait.
PACKED = ("text/html", "text/plain", "text/csv", "application/json", "text/javascript", "image/svg+xml")


class Compression(GZipMiddleware):
    """Middleware: pages and data go packed over the wire, a tenth of their size.

    Django adds bytes of random length, and masks the token of forms anew each time, so that the
    size of an answer tells nobody what it holds (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # type: ignore[override]
        if not response.headers.get("Content-Type", "").startswith(PACKED):
            return response
        packed: HttpResponse = super().process_response(request, response)  # type: ignore[assignment]
        return packed
