"""Who reads what is being drawn, for texts that depend on their rights.

A person without a name is called by their e-mail, unless the reader may not see e-mails. What is
drawn for nobody in particular (search rows, history, tasks) shows none: decision 19.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from crm.identity.access import access_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db import models
    from django.http import HttpRequest, HttpResponse

_request: ContextVar[Any] = ContextVar("reading_request", default=None)


def hidden(model: type[models.Model]) -> frozenset[str] | None:
    """Return the fields of ``model`` that the reader does not see; None when nobody is known to read."""
    user = getattr(_request.get(), "user", None)
    if user is None or not user.is_authenticated:
        return None
    return access_for(user).hidden(model)


class Reader:
    """Middleware: whoever asks for a page is its reader."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)
