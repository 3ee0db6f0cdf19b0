"""What every answer tells the browser it may load, and how it is packed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone

#: The editor of letters (Trix) brings two small style sheets, and the empty one they begin as: these
#: very texts are allowed, nothing else that stands in a page.
EDITOR_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    " 'sha256-jAP18ioNeNaQBBU5RJvT96kjJnVxHvZs+s8WUNiLnvA='"
    " 'sha256-c5Z9aB2t69CSpeI1aC8dDLr7LZYZlynV8iY/8Uc9ZFk='"
)
#: Only our own files run. Pictures may also be data: and blob: (charts, previews before an upload).
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": f"'self' {EDITOR_STYLES}",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
#: So long what /.well-known/security.txt says holds for who has read it.
STANDS = timedelta(days=180)
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


def contact(request: HttpRequest) -> HttpResponse:
    """``/.well-known/security.txt`` (RFC 9116): to whom holes are reported; 404 unless the operator said."""
    if not settings.SECURITY_CONTACT:
        return HttpResponse("SECURITY_CONTACT is not set.\n", status=404, content_type="text/plain")
    lines = [f"Contact: {one}" for one in settings.SECURITY_CONTACT]
    expires = (timezone.now() + STANDS).strftime("%Y-%m-%dT00:00:00Z")
    lines += [f"Expires: {expires}", "Preferred-Languages: en, ru"]
    lines.append(f"Canonical: {settings.BASE_URL}{request.path}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
