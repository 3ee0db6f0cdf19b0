"""Log lines that can be found again: every line of a request carries the request's number.

The number is also what an error page shows, so that a person can name what went wrong.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from importlib import import_module

from django.http import HttpRequest, HttpResponse

#: The number of the request, or of the task, that this thread is busy with.
current_id: ContextVar[str] = ContextVar("current_id", default="")
GIVEN_ID = re.compile(r"[\w-]{8,64}", re.ASCII)
GetResponse = Callable[[HttpRequest], HttpResponse]


def new_id() -> str:
    """Return a number short enough to be read out on the phone."""
    return secrets.token_hex(6)


class RequestId:
    """Middleware: ``request.id``, the header X-Request-Id, and the same number in each log line.

    A number that a proxy in front has given is kept.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        number = given if GIVEN_ID.fullmatch(given) else new_id()
        request.id = number  # type: ignore[attr-defined]
        token = current_id.set(number)
        try:
            response = self.get_response(request)
        finally:
            current_id.reset(token)
        response.headers["X-Request-Id"] = number
        return response


def fault(failure: Exception) -> Exception | None:
    """Return what a log line shows the way through our code of: nothing when another server did not answer.

    A mail server that is away for a night fails hundreds of times; one line each is enough to know.
    """
    # Names, TLS, timeouts and answers of mail servers are OSErrors; so are faults of files, which are ours.
    outside = isinstance(failure, OSError) and not isinstance(failure, FileNotFoundError | PermissionError)
    return None if outside else failure


class WithId(logging.Filter):
    """Puts the current number on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.id = current_id.get()
        return True


class Lines(logging.Formatter):
    """For people at a terminal: level, place, message, and the request's number."""

    def format(self, record: logging.LogRecord) -> str:
        # What somebody typed can't pretend to be a line of its own.
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{record.levelname.lower():<9}{record.name}: {message}"
        number = getattr(record, "id", "")
        line = f"{line}  [{number}]" if number else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class Json(logging.Formatter):
    """For machines that gather logs (LOG_FORMAT=json): one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": getattr(record, "id", ""),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configuration(*, style: str, level: str) -> dict[str, object]:
    """Return the LOGGING setting; style is "lines" or "json"."""
    formatter = Json if style == "json" else Lines
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"id": {"()": WithId}},
        "formatters": {"ours": {"()": formatter}},
        "handlers": {
            "terminal": {"class": "logging.StreamHandler", "formatter": "ours", "filters": ["id"]},
        },
        "root": {"handlers": ["terminal"], "level": level.upper()},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # Several ticks a minute would drown what matters.
            "celery": {"level": "WARNING"},
            "weasyprint": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            # Strangers who try names of hosts are no error of ours.
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            # Every 404 would be a line otherwise.
            "django.request": {"level": "ERROR"},
        },
    }


def start_sentry(address: str) -> None:
    """Send errors to the operator's own Sentry or GlitchTip, without what people typed."""
    if address:
        # Half a second of every start, so only for those who use it.
        sentry = import_module("sentry_sdk")
        sentry.init(dsn=address, send_default_pii=False, max_request_body_size="never")
