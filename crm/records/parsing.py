"""Kinds of values, and how text that somebody typed becomes a value of each.

Every door reads the same way: a form, a cell of a file, a rule, a field of REST.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_time
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crm.records.fields import Field


class FieldError(ValueError):
    """A value that the field can't take; the text says why."""


class Kind(StrEnum):
    """What a value is, and so how it is typed in, shown and compared."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    YES_NO = "yes_no"
    REFERENCE = "reference"
    USER = "user"
    TAGS = "tags"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    TIME = "time"
    CHOICES = "choices"
    FILE = "file"


YES = {"1", "yes", "y", "true", "да", "on", "+"}
NO = {"0", "no", "n", "false", "нет", "off", "-", ""}


TEXTUAL = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.CHOICE})


def _text(_field: Field, text: str, _hints: Mapping[str, Any]) -> str:
    return text.replace("\x00", "")


def _integer(_field: Field, text: str, _hints: Mapping[str, Any]) -> int:
    number = _number(_field, text, _hints)
    if number != number.to_integral_value():
        raise FieldError(_("Must be a whole number."))
    return int(number)


def _number(_field: Field, text: str, _hints: Mapping[str, Any]) -> Decimal:
    """Read 1 234,56 and 1,234.56 alike; a lone comma is decimal unless three digits follow."""
    plain = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("'", "")
    plain = plain.strip("$€£₽¥%")
    if "," in plain and "." in plain:
        thousands = "," if plain.rfind(",") < plain.rfind(".") else "."
        plain = plain.replace(thousands, "")
    elif plain.count(",") > 1 or (plain.count(",") == 1 and len(plain.rpartition(",")[2]) == 3):
        plain = plain.replace(",", "")
    try:
        number = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        raise FieldError(_("“%(text)s” is not a number.") % {"text": text[:40]}) from None
    if not number.is_finite():
        raise FieldError(_("“%(text)s” is not a number.") % {"text": text[:40]})
    return number


def _date(_field: Field, text: str, hints: Mapping[str, Any]) -> date:
    if layout := hints.get("date_format"):
        try:
            return datetime.strptime(text, layout).date()
        except ValueError:
            raise FieldError(_("“%(text)s” is not a date of this format.") % {"text": text[:40]}) from None
    try:
        found = parse_date(text[:10])
    except ValueError:
        found = None
    if found is None:
        raise FieldError(_("“%(text)s” is not a date. Write it as 2026-12-31.") % {"text": text[:40]})
    return found


def _datetime(one: Field, text: str, hints: Mapping[str, Any]) -> datetime:
    found = None
    if not hints.get("date_format"):
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
    if found is None:
        found = _as_datetime(one, text, hints)
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _as_datetime(one: Field, text: str, hints: Mapping[str, Any]) -> datetime:
    if layout := hints.get("date_format"):
        try:
            return datetime.strptime(text, layout)
        except ValueError:
            raise FieldError(_("“%(text)s” is not a date of this format.") % {"text": text[:40]}) from None
    return datetime.combine(_date(one, text, hints), datetime.min.time())


def _choice(one: Field, text: str, _hints: Mapping[str, Any]) -> Any:
    wanted = text.casefold()
    for value, label in one.choices:
        if wanted in (str(value).casefold(), str(label).casefold()):
            return value
    raise FieldError(
        _("“%(text)s” is none of: %(choices)s.")
        % {"text": text[:40], "choices": ", ".join(str(label) for _value, label in one.choices)}
    )


def _choices(one: Field, text: str, hints: Mapping[str, Any]) -> list[Any]:
    """Read several choices with semicolons, commas or lines between them, in the order of the list."""
    found = {_choice(one, part.strip(), hints) for part in re.split(r"[;\n]", text) if part.strip()}
    return [value for value, _label in one.choices if value in found]


def _time(_field: Field, text: str, _hints: Mapping[str, Any]) -> time:
    try:
        found = parse_time(text)
    except ValueError:
        found = None
    if found is None:
        raise FieldError(_("“%(text)s” is not a time. Write it as 17:30.") % {"text": text[:40]})
    return found.replace(microsecond=0, tzinfo=None)


def _file(_field: Field, _text: str, _hints: Mapping[str, Any]) -> Any:
    raise FieldError(_("A file can't be written as text."))


def _yes_no(_field: Field, text: str, _hints: Mapping[str, Any]) -> bool:
    plain = text.casefold()
    if plain in YES:
        return True
    if plain in NO:
        return False
    raise FieldError(_("Write yes or no."))


def _reference(one: Field, text: str, _hints: Mapping[str, Any]) -> Any:
    """Find a record by its number; doors that know names resolve them in sets beforehand."""
    assert one.to is not None
    if not text.isdecimal():
        raise FieldError(_("“%(text)s” was not found.") % {"text": text[:40]})
    found = one.to._default_manager.filter(pk=int(text)).first()
    if found is None:
        raise FieldError(_("“%(text)s” was not found.") % {"text": text[:40]})
    return found


def _tags(_field: Field, text: str, _hints: Mapping[str, Any]) -> list[str]:
    parts = (part.strip() for part in text.replace(";", ",").split(","))
    return list(dict.fromkeys(part[:60] for part in parts if part))


def _email(_field: Field, text: str, _hints: Mapping[str, Any]) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise FieldError(_("“%(text)s” is not an e-mail address.") % {"text": text[:80]}) from None
    return text


PARSERS: dict[Kind, Callable[[Field, str, Mapping[str, Any]], Any]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.MONEY: _number,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.CHOICE: _choice,
    Kind.YES_NO: _yes_no,
    Kind.REFERENCE: _reference,
    Kind.USER: _reference,
    Kind.TAGS: _tags,
    Kind.EMAIL: _email,
    Kind.PHONE: _text,
    Kind.URL: _text,
    Kind.TIME: _time,
    Kind.CHOICES: _choices,
    Kind.FILE: _file,
}
