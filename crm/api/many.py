"""REST for programs that keep two systems alike: many rows at once, and records by the other system's id."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response

from crm.api import batches, errors
from crm.api.repeats import PARAMETER, once
from crm.records.models import ExternalId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rest_framework.request import Request

OUTCOMES = ("created", "updated", "unchanged", "error")
ROW = {
    "type": "object",
    "required": ["row", "outcome", "id"],
    "properties": {
        "row": {"type": "integer", "description": "Its place in the request, from 0."},
        "outcome": {"type": "string", "enum": [*OUTCOMES, ""]},
        "id": {"type": "integer", "nullable": True},
        "errors": errors.SCHEMA["properties"]["errors"],
    },
}
ANSWER = {
    "type": "object",
    "required": ["results", *OUTCOMES],
    "properties": {
        "results": {"type": "array", "items": ROW},
        **{name: {"type": "integer"} for name in OUTCOMES},
    },
}
QUESTION = {
    "type": "object",
    "required": ["rows"],
    "properties": {
        "rows": {
            "type": "array",
            "minItems": 1,
            "maxItems": batches.MOST_ROWS,
            "items": {"type": "object", "additionalProperties": True},
            "description": "The fields of each record. With “id” it is changed; with “outside_id” changed "
            "when known, else made; without either made.",
        },
        "source": {
            "type": "string",
            "maxLength": batches.MOST_SOURCE,
            "description": "Whose ids “outside_id” are, such as “erp”.",
        },
        "partial": {
            "type": "boolean",
            "description": "Write the good rows when others are refused. Without it all or nothing.",
        },
    },
}
SOURCE = OpenApiParameter("source", str, OpenApiParameter.PATH, description="The other system.")
VALUE = OpenApiParameter("value", str, OpenApiParameter.PATH, description="Its id of the record.")


class ManyApi:
    """The part of a type's REST view that knows records by the caller's own ids."""

    record_type: ClassVar[Any]
    get_queryset: Any
    get_serializer: Any

    @action(detail=False, methods=["post"])
    @extend_schema(
        summary="Write many",
        parameters=[PARAMETER],
        request={"application/json": QUESTION},
        responses={200: ANSWER, 400: OpenApiResponse(ANSWER, "Some row was refused; nothing was written.")},
    )
    @once
    def batch(self, request: Request) -> Response:
        """Make and change up to 500 records, found by id or by an outside id."""
        given = request.data if isinstance(request.data, dict) else {}
        try:
            rows = batches.write(
                self.record_type,
                given.get("rows"),
                request=request,
                at=timezone.now(),
                source=str(given.get("source") or ""),
                partial=given.get("partial") is True,
            )
        except batches.Refused as refused:
            return Response(_told(refused.rows), status=status.HTTP_400_BAD_REQUEST)
        return Response(_told(rows))

    @action(detail=False, methods=["get"])
    @extend_schema(summary="Read by outside id", parameters=[SOURCE, VALUE])
    def retrieve_outside(self, request: Request, source: str, value: str) -> Response:
        """Return the record that another system knows by this id."""
        kept = ExternalId.objects.filter(source=source, type_id=self.record_type.id, value=value).first()
        record = kept and self.get_queryset().filter(pk=kept.record_id).first()
        if not record:
            raise Http404
        return Response(self.get_serializer(record).data)

    @action(detail=False, methods=["put"])
    @extend_schema(summary="Write by outside id", parameters=[SOURCE, VALUE, PARAMETER])
    @once
    def put_outside(self, request: Request, source: str, value: str) -> Response:
        """Change the record that another system knows by this id, or make it."""
        given = request.data if isinstance(request.data, dict) else {}
        try:
            rows = batches.write(
                self.record_type,
                [{**given, "outside_id": value}],
                request=request,
                at=timezone.now(),
                source=source,
            )
        except batches.Refused as refused:
            return Response({"errors": refused.rows[0].errors}, status=status.HTTP_400_BAD_REQUEST)
        record = self.get_queryset().filter(pk=rows[0].record.pk).first()
        made = rows[0].outcome == "created"
        return Response(
            self.get_serializer(record).data if record else {"id": rows[0].record.pk},
            status=status.HTTP_201_CREATED if made else status.HTTP_200_OK,
        )


def _told(rows: Sequence[batches.Row]) -> dict[str, Any]:
    counted = Counter(row.outcome for row in rows)
    return {"results": [row.as_json() for row in rows], **{name: counted[name] for name in OUTCOMES}}
