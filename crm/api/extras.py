"""What integrators need beside records: the search, and what the fields of a type are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from crm.api.permissions import TypePermission
from crm.identity.access import access_for
from crm.records import registry, search
from crm.records.fields import Field, Kind, fields_of
from crm.records.models import Record, Tag
from crm.records.models.tag import TagColor

if TYPE_CHECKING:
    from django.db import models
    from rest_framework.request import Request

    from crm.records.registry import RecordType

#: Lists longer than this are not spelled out among a field's choices.
MOST_CHOICES = 200

HIT = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "id": {"type": "integer"},
        "title": {"type": "string"},
        "subtitle": {"type": "string"},
        "url": {"type": "string"},
        "rank": {"type": "number"},
    },
}


TAG = {
    "type": "object",
    "required": ["name", "color", "former_names"],
    "properties": {
        "name": {"type": "string"},
        "color": {"type": "string", "enum": list(TagColor.values)},
        "former_names": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Names that mean this tag since it was renamed or merged.",
        },
    },
}


class TagsApi(APIView):
    """All tags with their colours. Records carry the names."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="tags",
        summary="Tags",
        responses={200: {"type": "object", "properties": {"results": {"type": "array", "items": TAG}}}},
    )
    def get(self, request: Request) -> Response:
        rows = Tag.objects.filter(into=None, deleted_at=None).prefetch_related("former").order_by("name")
        found = [
            {
                "name": tag.name,
                "color": tag.color,
                "former_names": sorted(one.name for one in tag.former.all()),
            }
            for tag in rows
        ]
        return Response({"results": found})


class SearchApi(APIView):
    """One search over records of every type."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="search",
        summary="Search",
        parameters=[
            OpenApiParameter(
                "q", OpenApiTypes.STR, description="Words, a part of a name, an address, a phone."
            ),
            OpenApiParameter("type", OpenApiTypes.STR, many=True, description="Only records of these types."),
        ],
        responses={200: {"type": "object", "properties": {"results": {"type": "array", "items": HIT}}}},
    )
    def get(self, request: Request) -> Response:
        known = {one.slug: one for one in registry.types()}
        wanted = [known[slug] for slug in request.query_params.getlist("type") if slug in known]
        hits = search.find(request.user, request.query_params.get("q", ""), types=wanted or None, limit=50)
        found = [
            {
                "type": hit.type.slug,
                "id": hit.ref.id,
                "title": hit.title,
                "subtitle": hit.subtitle,
                "url": request.build_absolute_uri(hit.url),
                "rank": round(hit.rank, 4),
            }
            for hit in hits
        ]
        return Response({"results": found, "next": None})


class FieldsApi(APIView):
    """The fields of one type: names, kinds, and the values that lists allow."""

    permission_classes = (TypePermission,)
    record_type: ClassVar[Any] = None

    def __init__(self, record_type: RecordType | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.record_type = record_type  # type: ignore[misc]

    @extend_schema(summary="Fields of the type", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        access = access_for(request.user)
        model = self.record_type.model
        found = []
        for one in fields_of(model).values():
            level = access.field_level(model, one.name)
            if level != "hidden":
                found.append(described(one, is_writable=one.writable and not level))
        return Response({"type": self.record_type.slug, "fields": found})


def described(one: Field, *, is_writable: bool) -> dict[str, Any]:
    """Return a field as JSON; references to short lists name their values."""
    choices = [{"value": value, "label": str(label)} for value, label in one.choices]
    if one.kind is Kind.REFERENCE and one.to is not None and not issubclass(one.to, Record):
        choices = [{"value": row.pk, "label": str(row)} for row in rows_of(one.to)]
    return {
        "name": one.name,
        "label": str(one.label),
        "kind": one.kind.value,
        "required": one.required,
        "writable": is_writable,
        "max_length": one.max_length,
        "choices": choices,
        "refers_to": one.to._meta.label_lower if one.to else None,
    }


def rows_of(model: type[models.Model]) -> list[models.Model]:
    return list(model._default_manager.all()[:MOST_CHOICES])
