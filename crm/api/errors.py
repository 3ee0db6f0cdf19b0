"""How REST says no: the same reasons as the pages, as JSON, with a status that fits."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from crm.records.drafts import RecordErrors, StaleRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "By field; “__all__” concerns the whole request.",
        }
    },
}


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT


class Moved(Exception):
    """The record lives on as another one."""

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(url)


@contextmanager
def told() -> Iterator[None]:
    """Turn what a service refuses into an answer of REST."""
    try:
        yield
    except RecordErrors as refused:
        detail = {name: [note.message for note in notes] for name, notes in refused.errors.items()}
        raise (PermissionDenied(detail) if refused.is_forbidden else ValidationError(detail)) from refused
    except StaleRecord as stale:
        text = _("Somebody changed the record: its version is %(version)d now.") % {
            "version": stale.current.version
        }
        raise Conflict({"__all__": [text]}) from stale
    except DjangoValidationError as refused:
        raise ValidationError(errors_of(refused)) from refused


def errors_of(refused: DjangoValidationError) -> dict[str, list[str]]:
    if hasattr(refused, "error_dict"):
        return {name: [str(text) for text in found] for name, found in refused.message_dict.items()}
    return {"__all__": [str(text) for text in refused.messages]}


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every error in one form: {"errors": {field: [text]}}."""
    if isinstance(exc, Moved):
        return Response(
            {"moved_to": exc.url, "reason": exc.reason},
            status=status.HTTP_301_MOVED_PERMANENTLY,
            headers={"Location": exc.url, "Cache-Control": "no-store"},
        )
    response = exception_handler(exc, context)
    if response is not None:
        response.data = {"errors": _by_field(response.data)}
    return response


def _by_field(data: Any) -> dict[str, list[str]]:
    if isinstance(data, list):
        return {"__all__": [str(one) for one in data]}
    found: dict[str, list[str]] = {}
    for name, value in data.items():
        key = "__all__" if name in ("detail", "non_field_errors") else name
        found[key] = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    return found
