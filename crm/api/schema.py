"""Teaches the OpenAPI generator our typed fields and our tokens."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from crm.api.serializers import schema_of
from crm.ui.customfilters import custom_filters


class RecordSchema(AutoSchema):
    """Describes the filters of custom fields too: they are looked up when the schema is asked for."""

    def get_override_parameters(self) -> Any:
        found = [*super().get_override_parameters()]
        record_type = getattr(self.view, "record_type", None)
        if record_type is None or getattr(self.view, "action", "") != "list":
            return found
        return [
            *found,
            *(
                OpenApiParameter(name, OpenApiTypes.STR, description=one.caption)
                for name, one in custom_filters(record_type.model)
            ),
        ]


class TypedFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "crm.api.serializers.TypedField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return schema_of(self.target.one)


class BearerExtension(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "crm.api.auth.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
