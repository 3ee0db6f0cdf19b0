"""Each person's own language and clock, for the length of a request."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from crm.identity.models import Organisation
from crm.lib import kept

GetResponse = Callable[[HttpRequest], HttpResponse]


class Preferences:
    """Middleware: after Django found out who asks, speak their language and use their clock."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        kept.look_again()
        user = request.user
        # Activated, not overridden: a file that is streamed is still written after this returns.
        if not user.is_authenticated:
            timezone.deactivate()  # guests: the browser's language, as LocaleMiddleware chose it
            return self.get_response(request)
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        timezone.activate(ZoneInfo(user.time_zone or Organisation.load().time_zone))
        return self.get_response(request)
