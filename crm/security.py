"""What every answer tells the browser it may load, and the checks of a deployment."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

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
