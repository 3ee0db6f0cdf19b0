"""Each person's own language and clock, for the length of a request."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from crm.identity.models import Organisation

GetResponse = Callable[[HttpRequest], HttpResponse]
ZONE_KEY = "organisation:zone"
KEEP_SECONDS = 300


def company_zone() -> str:
    """Return the company's time zone; cached, since every request of most people asks for it."""
    zone: str | None = cache.get(ZONE_KEY)
    if zone is None:
        zone = Organisation.load().time_zone
        cache.set(ZONE_KEY, zone, KEEP_SECONDS)
    return zone


class Preferences:
    """Middleware: after Django found out who asks, speak their language and use their clock."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with Organisation.kept():
            return self.answer(request)

    def answer(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        # Activated, not overridden: a file that is streamed is still written after this returns.
        if not user.is_authenticated:
            timezone.deactivate()  # guests: the browser's language, as LocaleMiddleware chose it
            return self.get_response(request)
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        timezone.activate(ZoneInfo(user.time_zone or company_zone()))
        return self.get_response(request)
