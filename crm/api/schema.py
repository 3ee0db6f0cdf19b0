"""Teaches the OpenAPI generator our typed fields and our tokens."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from crm.api import errors
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


#: What any address may answer beside what it is for.
REFUSALS = {
    "400": "Refused: what is wrong, by field.",
    "401": "No token, or an unknown one.",
    "403": "You may not do this.",
    "404": "Not there, or not yours to see.",
    "429": "Too many requests: Retry-After says when to come again.",
    "503": "The database is away for a moment: nothing was written.",
}


def add_refusals(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Describe with each address how it says no."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Refusal"] = errors.SCHEMA
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for methods in result.get("paths", {}).values():
        for operation in methods.values():
            for code, text in REFUSALS.items():
                operation["responses"].setdefault(code, {"description": text, "content": content})
    return result


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
