"""REST's view of a record, made from the same fields as the pages."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from crm.identity.access import access_for
from crm.records.customfields.field import Made
from crm.records.customfields.known import made_of
from crm.records.fields import Field, FieldError, Kind, declared_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crm.records.models import Record

#: Kinds whose value in JSON is text, as it would be typed in.
TEXT_KINDS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL})
REFERENCES = frozenset({Kind.REFERENCE, Kind.USER})


class TypedField(serializers.Field):  # type: ignore[type-arg]
    """One field of a record type: numbers as decimal text, references by id."""

    def __init__(self, one: Field, **kwargs: Any) -> None:
        self.one = one
        super().__init__(**kwargs)

    def get_attribute(self, instance: Any) -> Any:
        if isinstance(self.one, Made):
            return self.one.stored(instance)
        if self.one.kind in REFERENCES and not self.one.virtual:
            return getattr(instance, f"{self.one.name}_id")
        return self.one.value(instance)

    def to_representation(self, value: Any) -> Any:
        return self.one.json(value)

    def to_internal_value(self, data: Any) -> Any:
        if data is None or data == "":
            return self.one.empty
        if isinstance(data, list) and self.one.kind is Kind.TAGS:
            return [str(tag)[: self.one.max_length or 60] for tag in data]
        if isinstance(self.one, Made):
            return self._read_made(self.one, data)
        if isinstance(data, (list, dict)):
            raise serializers.ValidationError(_("A single value is expected."))
        if isinstance(data, bool) and self.one.kind is Kind.YES_NO:
            return data
        try:
            return self.one.parse(str(data))
        except FieldError as refused:
            raise serializers.ValidationError(str(refused)) from refused

    @staticmethod
    def _read_made(one: Made, data: Any) -> Any:
        """Read a custom value: lists as lists, everything else as it would be typed in."""
        if isinstance(data, dict) or (isinstance(data, list) and one.kind is not Kind.CHOICES):
            raise serializers.ValidationError(_("A single value is expected."))
        try:
            return one.keep(data if isinstance(data, list | bool) else one.parse(str(data)))
        except FieldError as refused:
            raise serializers.ValidationError(str(refused)) from refused


class ChoiceField(TypedField):
    """A choice: its value, not its label."""


def schema_of(one: Field) -> dict[str, Any]:
    """Return the JSON schema of a field's value."""
    simple: dict[Kind, dict[str, Any]] = {
        Kind.INTEGER: {"type": "integer"},
        Kind.NUMBER: {"type": "string", "format": "decimal"},
        Kind.MONEY: {"type": "string", "format": "decimal"},
        Kind.DATE: {"type": "string", "format": "date"},
        Kind.DATETIME: {"type": "string", "format": "date-time"},
        Kind.YES_NO: {"type": "boolean"},
        Kind.REFERENCE: {"type": "integer"},
        Kind.USER: {"type": "integer"},
        Kind.TAGS: {"type": "array", "items": {"type": "string"}},
        Kind.TIME: {"type": "string", "pattern": "^\\d\\d:\\d\\d(:\\d\\d)?$"},
        Kind.CHOICES: {
            "type": "array",
            "items": {"type": "string", "enum": [value for value, _label in one.choices]},
        },
        Kind.FILE: {"type": "integer"},
    }
    schema = dict(simple.get(one.kind, {"type": "string"}))
    if one.kind is Kind.CHOICE:
        values = [value for value, _label in one.choices]
        numbers = bool(values) and all(isinstance(value, int) for value in values)
        nothing: list[Any] = [None] if one.custom_key else [""] if not one.required and not numbers else []
        schema |= {"type": "integer" if numbers else "string", "enum": values + nothing}
    if one.max_length:
        schema["maxLength"] = one.max_length
    plain = one.kind in TEXT_KINDS or one.kind in (Kind.TAGS, Kind.YES_NO, Kind.CHOICE)
    if one.custom_key or not plain:
        schema["nullable"] = True
    text = " ".join(str(part) for part in (one.label, one.help_text) if part)
    return {**schema, "description": text}


class RecordSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """Base of the serializers made by ``serializer_for``."""

    model: type[Record]

    id = serializers.IntegerField(read_only=True)
    url = serializers.SerializerMethodField(help_text="Address of the record's page.")
    title = serializers.SerializerMethodField(help_text="What the record is called in lists.")
    version = serializers.IntegerField(
        read_only=True, help_text="Grows with each change; send it as If-Match."
    )

    def get_url(self, record: Any) -> str:
        path: str = record.get_absolute_url()
        request = self.context.get("request")
        return request.build_absolute_uri(path) if request else path

    def get_title(self, record: Any) -> str:
        return str(record)

    def get_fields(self) -> dict[str, Any]:
        """Leave out what the viewer may not see; what they may not change is read-only.

        What administrators made is looked up each time: a new field is there at once.
        """
        fields = super().get_fields()
        fields |= {name: _serializer_field(one) for name, one in made_of(self.model).items()}
        request = self.context.get("request")
        if request is None or not request.user or not request.user.is_authenticated:
            return fields
        access = access_for(request.user)
        for name in list(fields):
            level = access.field_level(self.model, name)
            if level == "hidden":
                del fields[name]
            elif level == "read_only":
                fields[name].read_only = True
        return fields

    def validate(self, attrs: Mapping[str, Any]) -> dict[str, Any]:
        unknown = set(self.initial_data) - set(self.fields)
        if unknown:
            text = _("There is no such field.")
            raise serializers.ValidationError({name: [text] for name in sorted(unknown)})
        return dict(attrs)


@cache
def serializer_for(model: type[Record]) -> type[RecordSerializer]:
    """Return the serializer of a record type; field rights are applied when it is used."""
    made: dict[str, Any] = {"model": model}
    for name, one in declared_fields(model).items():
        made[name] = _serializer_field(one)
    return type(f"{model.__name__}Serializer", (RecordSerializer,), made)


def _serializer_field(one: Field) -> TypedField:
    made: Callable[..., TypedField] = ChoiceField if one.kind is Kind.CHOICE else TypedField
    return made(
        one,
        read_only=not one.writable,
        required=one.required if one.writable else None,
        allow_null=True,
        label=str(one.label),
    )
