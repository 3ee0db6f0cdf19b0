"""Filling a text from a record, with no more than its author may see."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.access import access_for
from crm.identity.models import User
from crm.lib import merge_fields
from crm.lib.money import format_money
from crm.records import registry
from crm.records.fields import Field, Kind, fields_of
from crm.records.models import Record
from crm.records.registry import type_of

if TYPE_CHECKING:
    from django.db import models

#: What a text may say of a colleague.
OF_USER = {"name": "full_name", "email": "email", "phone": "phone", "job_title": "job_title"}
ALWAYS = ("title", "url")
#: The author of a letter, as texts name them.
AUTHOR = "me"


#: What a letter most often says of people and companies.
SIMPLE = (Kind.TEXT, Kind.EMAIL, Kind.PHONE)
OF_AUTHOR = {
    "name": gettext_lazy("my name"),
    "email": gettext_lazy("my e-mail"),
    "phone": gettext_lazy("my phone"),
    "job_title": gettext_lazy("my job title"),
}


def fill(text: str, record: Record, user: User, *, reader: User | None = None) -> str:
    """Return ``text`` with its fields filled in from ``record``, as ``user`` sees it.

    With a ``reader`` only what both of them may see.
    """

    def value(path: str) -> str:
        if reader is not None and not value_at(record, path, reader):
            return ""
        return value_at(record, path, user)

    return merge_fields.fill(text, value)


def fill_html(html: str, record: Any, user: User) -> merge_fields.Filled:
    """Return a rich text with its fields filled in, and what was missing; ``record`` may be None."""
    return merge_fields.filled(html, lambda path: value_at(record, path, user), written=written)


def fill_text(text: str, record: Any, user: User) -> merge_fields.Filled:
    """Return a plain text with its fields filled in, and what was missing; ``record`` may be None."""
    return merge_fields.filled(text, lambda path: value_at(record, path, user))


def written(value: str) -> str:
    """Return a value as a rich text shows it."""
    return escape(value).replace("\n", "<br>")


def value_at(record: Any, path: str, user: User) -> str:
    """Return the value at a path as people write it; empty where there is none, or it is hidden."""
    name, _dot, rest = path.partition(".")
    if name == AUTHOR and rest and not isinstance(record, User):
        return value_at(user, rest, user)
    if isinstance(record, User):
        return str(getattr(record, OF_USER.get(name, ""), "") or (str(record) if name == "name" else ""))
    if not isinstance(record, Record):
        return str(record) if name in ("name", "title") else ""
    if name == "title":
        return str(record)
    if name == "url":
        return f"{settings.BASE_URL}{address_of(record)}"
    one = fields_of(type(record)).get(name)
    if one is None and rest and name == record._meta.model_name:
        # A letter that names the person is for the person's own page too.
        return value_at(record, rest, user)
    if one is None or access_for(user).field_level(type(record), name) == "hidden":
        return ""
    value = seen(one.value(record), one, user)
    if rest:
        return value_at(value, rest, user) if value is not None else ""
    return said(value, one, record)


def address_of(record: Any) -> str:
    """Return the path of a record's page."""
    return str(record.get_absolute_url())


def seen(value: Any, one: Field, user: User) -> Any:
    """Return a value, or None where it is a record that the user does not see."""
    if one.kind is Kind.REFERENCE and one.to is not None and issubclass(one.to, Record):
        pk = getattr(value, "pk", value)
        return one.to.objects.visible_to(user).filter(pk=pk).first() if pk else None
    return value


def said(value: Any, one: Field, record: Any) -> str:
    """Return a value as a letter writes it."""
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if one.kind is Kind.MONEY and isinstance(value, Decimal):
        return format_money(value, getattr(record, "currency", "") or "")
    return one.text(value)


def is_known(model: type[models.Model], path: str) -> bool:
    """Tell whether a path leads anywhere in records of ``model``."""
    name, _dot, rest = path.partition(".")
    if name in ALWAYS:
        return not rest
    if name == AUTHOR:
        return rest in OF_USER
    one = fields_of(model).get(name)
    if one is None:
        return name == model._meta.model_name and bool(rest) and is_known(model, rest)
    if not rest:
        return True
    if one.kind is Kind.USER:
        return rest in OF_USER
    if one.kind is Kind.REFERENCE and one.to is not None:
        return is_known(one.to, rest) if issubclass(one.to, Record) else rest == "name"
    return False


def is_known_somewhere(path: str) -> bool:
    """Tell whether a path leads anywhere in records of any type."""
    return any(is_known(one.model, path) for one in registry.types())


def unknown_somewhere(text: str) -> list[str]:
    """Return what a text for any record names that records of no type have."""
    return merge_fields.unknown(text, is_known_somewhere)


def offered_always(user: User) -> list[tuple[str, str]]:
    """Return the fields that a text for any record may name: the person's, the company's, the author's."""
    level = access_for(user).field_level
    found = [(f"{AUTHOR}.{name}", str(label)) for name, label in OF_AUTHOR.items()]
    for one in registry.types():
        if one.trade != "ground":
            continue
        prefix = one.model._meta.model_name
        found += [
            (f"{prefix}.{name}", f"{one.label}: {there.label}")
            for name, there in fields_of(one.model).items()
            if there.kind in SIMPLE and level(one.model, name) != "hidden"
        ]
    return found


def offered(model: type[models.Model], user: User) -> list[tuple[str, str]]:
    """Return the fields that a text may name, with labels: the record's and its neighbours'."""
    level = access_for(user).field_level
    found = [("title", _("what it is called")), ("url", _("address of its page"))]
    for name, one in fields_of(model).items():
        if level(model, name) == "hidden":
            continue
        label = str(one.label)
        if one.kind is Kind.USER:
            found += [(f"{name}.name", label), (f"{name}.email", f"{label}: {_('e-mail')}")]
        elif one.kind is Kind.REFERENCE and one.to is not None and issubclass(one.to, Record):
            found.append((name, label))
            found += [
                (f"{name}.{far}", f"{label}: {there.label}")
                for far, there in fields_of(one.to).items()
                if there.kind in (Kind.TEXT, Kind.EMAIL, Kind.PHONE) and level(one.to, far) != "hidden"
            ]
        else:
            found.append((name, label))
    return found


def unknown(text: str, model: type[models.Model]) -> list[str]:
    """Return what a text names that records of ``model`` don't have."""
    return merge_fields.unknown(text, lambda path: is_known(model, path))


def record_json(record: Any, user: User) -> dict[str, Any]:
    """Return a record for another program: the fields that ``user`` may see, as REST shows them."""
    level = access_for(user).field_level
    found: dict[str, Any] = {"id": record.pk, "title": str(record), "version": record.version}
    for name, one in fields_of(type(record)).items():
        if level(type(record), name) == "hidden":
            continue
        is_reference = one.kind in (Kind.REFERENCE, Kind.USER) and not one.virtual
        if is_reference:
            # What points at a record that the user does not see is left empty, its number too.
            found[name] = getattr(seen(getattr(record, name), one, user), "pk", None)
        else:
            found[name] = one.json(one.value(record))
    found["url"] = f"{settings.BASE_URL}{address_of(record)}"
    found["type"] = type_of(record).slug
    return found
