"""Every declared type of record, and the service that writes it.

A model becomes a type by its ``record_type``; nothing else has to be registered but
the service, which stands above the models and so must hand itself in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.apps import apps

from crm.identity import access

if TYPE_CHECKING:
    from django.db import models
    from django_stubs_ext import StrOrPromise

    from crm.records.services import RecordService


class Ref(NamedTuple):
    """Points at one record of any type."""

    type_id: int
    id: int


@dataclass(slots=True, eq=False)
class RecordType:
    """What the house must know of a type. ``id`` is stored in rows: never reuse one."""

    id: int
    slug: str
    trade: str
    icon: str = "file"
    #: What the button says that makes one, as "New deal"; languages differ in more than the noun.
    new: StrOrPromise = ""
    model: type[models.Model] = field(init=False, repr=False)

    def __set_name__(self, owner: type[Any], name: str) -> None:
        # A view may carry the type too; it belongs to the model.
        if hasattr(owner, "_meta"):
            self.model = owner

    @property
    def key(self) -> str:
        """The name that grants use: "sales.deal"."""
        return self.model._meta.label_lower

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def label_plural(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def ref(self, pk: int) -> Ref:
        return Ref(self.id, pk)


@cache
def _declared() -> tuple[RecordType, ...]:
    found = [
        declared
        for model in apps.get_models()
        if isinstance(declared := vars(model).get("record_type"), RecordType)
    ]
    if len({one.id for one in found}) < len(found) or len({one.slug for one in found}) < len(found):
        raise RuntimeError("Two record types share an id or a slug.")
    return tuple(sorted(found, key=lambda one: one.id))


def types() -> tuple[RecordType, ...]:
    """Return every declared type, by id."""
    return _declared()


def by_id(type_id: int) -> RecordType:
    """Return the type of this number, or raise KeyError."""
    return {one.id: one for one in types()}[type_id]


def by_slug(slug: str) -> RecordType:
    """Return the type that addresses call ``slug``, or raise KeyError."""
    return {one.slug: one for one in types()}[slug]


def by_key(key: str) -> RecordType:
    """Return the type that grants call ``key``, or raise KeyError."""
    return {one.key: one for one in types()}[key]


def type_of(model: type[models.Model] | models.Model) -> RecordType:
    """Return the declared type of a model or a record."""
    found: RecordType = model.record_type  # type: ignore[union-attr]
    return found


_services: dict[str, RecordService[Any]] = {}


def register_service(service: RecordService[Any]) -> None:
    """Hand in the service of a type; called from ``AppConfig.ready``."""
    _services[service.model._meta.label_lower] = service
    access.cover(service.model._meta.label_lower, service.covers)


def service_for(model: type[models.Model] | models.Model) -> RecordService[Any]:
    """Return the one service that writes records of ``model``."""
    return _services[model._meta.label_lower]


def all_services() -> list[RecordService[Any]]:
    return list(_services.values())
