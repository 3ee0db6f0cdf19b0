"""A request with an ``Idempotency-Key`` is done once, however often it comes.

The second one waits for the first and gets its answer. A request that was refused leaves
no trace: mended, it may come again under the same key.
"""

from __future__ import annotations

import hashlib
import json
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from crm.api.models import KeptAnswer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from rest_framework.request import Request

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MOST = 255
PARAMETER = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any text of yours, at most 255 characters. Sent again within two days, the request is not "
    "done again: the first answer comes back.",
)


class OtherRequest(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


def once(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Let a view's method obey the header."""

    @wraps(handler)
    def guarded(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER, "")
        if not key:
            return handler(view, request, *args, **kwargs)
        if len(key) > MOST or "\x00" in key:
            raise ValidationError({HEADER: [_("At most %(most)d characters.") % {"most": MOST}]})
        with transaction.atomic():
            kept = _reserve(request, key)
            if kept.status:
                return Response(kept.body, status=kept.status, headers={REPLAYED: "true"})
            response = handler(view, request, *args, **kwargs)
            kept.status, kept.body = response.status_code, response.data
            kept.save(update_fields=["status", "body"])
            return response

    return guarded


def _reserve(request: Request, key: str) -> KeptAnswer:
    """Take the key, or wait for whoever has it."""
    fingerprint = _fingerprint(request)
    user: Any = request.user
    row = KeptAnswer(user=user, key=key, fingerprint=fingerprint)
    KeptAnswer.objects.bulk_create([row], ignore_conflicts=True)
    kept = KeptAnswer.objects.select_for_update().get(user=user, key=key)
    if kept.fingerprint != fingerprint:
        raise OtherRequest({HEADER: [_("This key was used for another request.")]})
    return kept


def _fingerprint(request: Request) -> str:
    content = json.dumps([request.method, request.get_full_path(), request.data], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def forget(*, before: datetime) -> int:
    """Drop what nobody will ask again; return how many."""
    return KeptAnswer.objects.filter(created_at__lt=before).delete()[0]
