"""The fields of a record type as every door sees them: form, list, import, REST, bulk edit.

They are read off the Django model; a service adds those that it keeps in other tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.records.parsing import PARSERS, TEXTUAL, FieldError, Kind
from crm.records.registry import service_for

if TYPE_CHECKING:
    from django.utils.functional import Promise

__all__ = [
    "TEXTUAL",
    "Field",
    "FieldError",
    "Join",
    "Kind",
    "declared_fields",
    "fields_of",
    "join_made",
    "last_touch",
    "writable_fields",
]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record type.

    ``synonyms`` are further names by which a column of a file may call it. ``virtual``
    fields live in other tables and are written by the type's service.
    """

    name: str
    label: str | Promise
    kind: Kind = Kind.TEXT
    required: bool = False
    writable: bool = True
    bulk: bool = False
    virtual: bool = False
    max_length: int | None = None
    choices: tuple[tuple[Any, str | Promise], ...] = ()
    to: type[models.Model] | None = None
    synonyms: tuple[str, ...] = ()
    help_text: str | Promise = ""
    read: Callable[[Any], Any] | None = field(default=None, compare=False)
    #: What ``read`` touches: a list fetches it for all its rows at once.
    prefetch: tuple[str, ...] = ()
    #: The key in ``record.custom`` of a field that an administrator made; "" for the type's own.
    custom_key: str = ""
    #: Choices that records may still hold but nobody is offered any more.
    retired: frozenset[Any] = frozenset()
    #: Colours of choices, as badges show them.
    tones: Mapping[Any, str] = field(default_factory=dict, compare=False)
    #: The currency of a money field that has one of its own.
    currency: str = ""

    def value(self, record: models.Model) -> Any:
        """Return the field's value on ``record``."""
        return self.read(record) if self.read else getattr(record, self.name)

    def parse(self, text: str, *, hints: Mapping[str, Any] | None = None) -> Any:
        """Turn what somebody typed, or a cell holds, into a value.

        ``hints`` may hold ``date_format`` (as for strptime).

        Raises:
            FieldError: with a sentence for the person who typed it.
        """
        text = text.strip()
        if not text and (self.kind is not Kind.YES_NO or self.custom_key):
            return self.empty
        value = PARSERS[self.kind](self, text, hints or {})
        if self.max_length and isinstance(value, str) and len(value) > self.max_length:
            raise FieldError(_("Longer than %(count)d characters.") % {"count": self.max_length})
        return value

    @property
    def empty(self) -> Any:
        """What "nothing" is for this kind."""
        if self.kind in (Kind.TAGS, Kind.CHOICES):
            return []
        return "" if self.kind in TEXTUAL else None

    @property
    def offered(self) -> list[tuple[Any, str | Promise]]:
        """The choices that one may pick now."""
        return [(value, label) for value, label in self.choices if value not in self.retired]

    def text(self, value: Any) -> str:
        """Return ``value`` as plain text for files and audit lines."""
        if value is None or value == "":
            return ""
        if self.choices and isinstance(value, (list, tuple)):
            known = dict(self.choices)
            return "; ".join(str(known.get(one, one)) for one in value)
        if self.choices:
            return str(dict(self.choices).get(value, value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, (list, tuple)):
            return ", ".join(str(one) for one in value)
        if isinstance(value, Decimal):
            return f"{value.normalize():f}" if value else "0"
        return str(value)

    def json(self, value: Any) -> Any:
        """Return ``value`` as REST shows it: numbers as text, references by id."""
        if isinstance(value, models.Model):
            return value.pk
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, (date, datetime, time)):
            return value.isoformat()
        return value


#: Looked through in this order: the first class that fits names the kind.
KINDS: tuple[tuple[type[Any], Kind], ...] = (
    (models.BooleanField, Kind.YES_NO),
    (models.EmailField, Kind.EMAIL),
    (models.URLField, Kind.URL),
    (models.TextField, Kind.LONG_TEXT),
    (models.CharField, Kind.TEXT),
    (models.DateTimeField, Kind.DATETIME),
    (models.DateField, Kind.DATE),
    (models.DecimalField, Kind.NUMBER),
    (models.FloatField, Kind.NUMBER),
    (models.IntegerField, Kind.INTEGER),
    (ArrayField, Kind.TAGS),
)

#: Fields of every record that doors may show but never write.
SHOWN_ONLY = ("created_at", "updated_at", "created_by", "last_touch_at", "next_due_at")
#: Fields that no door shows.
INTERNAL = frozenset({"id", "version", "deleted_at", "merged_into_id", "custom"})

COMMON_SYNONYMS: dict[str, tuple[str, ...]] = {
    "owner": ("sales_agent", "agent", "assigned to", "manager", "responsible", "ответственный", "менеджер"),
    "team": ("department", "group", "команда", "отдел"),
    "tags": ("labels", "метки", "теги"),
    "description": ("comment", "comments", "notes", "комментарий", "описание"),
}


def fields_of(model: type[models.Model]) -> dict[str, Field]:
    """Return every field of ``model`` that a door may show or write, by name.

    What administrators made comes last; it may change at any time, so nobody keeps the answer.
    """
    own = declared_fields(model)
    return _made(model, own) if _made is not None else own


#: Joins the fields that administrators made to those of the code; set by ``customfields``.
Join = Callable[[type[models.Model], "dict[str, Field]"], "dict[str, Field]"]
_made: Join | None = None


def join_made(join: Join) -> None:
    """Have ``join`` add the fields that administrators made; from ``AppConfig.ready``."""
    global _made
    _made = join


@cache
def declared_fields(model: type[models.Model]) -> dict[str, Field]:
    """Return the fields that the code declares for ``model``."""
    service = service_for(model)
    found: dict[str, Field] = {}
    for one in model._meta.concrete_fields:
        if one.name in INTERNAL or one.name in service.internal:
            continue
        made = _from_model(one, service.money, service.synonyms)
        found[one.name] = replace(made, required=False) if one.name in service.filled else made
    for extra in service.extra_fields():
        found[extra.name] = extra
    return found


def writable_fields(model: type[models.Model]) -> dict[str, Field]:
    return {name: one for name, one in fields_of(model).items() if one.writable}


def _from_model(
    one: models.Field[Any, Any], money: tuple[str, ...], synonyms: Mapping[str, tuple[str, ...]]
) -> Field:
    kind = _kind_of(one, money)
    to = one.related_model if isinstance(one, models.ForeignKey) else None
    writable = one.editable and one.name not in SHOWN_ONLY
    return Field(
        name=one.name,
        label=one.verbose_name or one.name,
        kind=kind,
        required=writable and not one.blank and not one.has_default(),
        writable=writable,
        bulk=writable and kind not in (Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE),
        max_length=one.max_length if kind in TEXTUAL else None,
        choices=tuple(one.flatchoices) if kind is Kind.CHOICE else (),
        to=to,
        synonyms=(*COMMON_SYNONYMS.get(one.name, ()), *synonyms.get(one.name, ())),
        help_text=one.help_text or "",
        read=last_touch if one.name == "last_touch_at" else None,
    )


def last_touch(record: Any) -> datetime | None:
    """Return when somebody last dealt with a record; nothing when it only came into being.

    The column itself is never empty, since lists sort by it.
    """
    touched: datetime = record.last_touch_at
    return None if touched == record.created_at else touched


def _kind_of(one: models.Field[Any, Any], money: tuple[str, ...]) -> Kind:
    if one.name in money:
        return Kind.MONEY
    if isinstance(one, models.ForeignKey):
        return Kind.USER if one.related_model._meta.label == "identity.User" else Kind.REFERENCE
    if one.choices:
        return Kind.CHOICE
    for cls, kind in KINDS:
        if isinstance(one, cls):
            return kind
    return Kind.TEXT
