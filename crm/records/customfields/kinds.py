"""The kinds of custom field: one class each tells how values are read, kept, written and compared.

A value is kept in ``record.custom`` as JSON that is already in its final form: numbers as
decimal text (JSON's own lose digits), days and hours as ISO text, choices by key, references
by number. So an export, REST, an event and the database all hold the same, and what was
written is read back unchanged.
"""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import Organisation, User
from crm.lib import phones
from crm.records.customfields import peers
from crm.records.customfields.choosing import in_order, labels_of, pick
from crm.records.customfields.plain import CustomKind
from crm.records.models import Attachment
from crm.records.parsing import PARSERS, FieldError, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

    from crm.records.customfields.field import Made

#: So many digits a number has at most, and so many of them behind the point.
DIGITS, DECIMALS = 20, 6


class Text(CustomKind):
    key, label, icon = "text", gettext_lazy("Text"), "letter-case"
    about = gettext_lazy("One line, such as a code or a name.")
    may = CustomKind.may | {"max_length"}
    max_length = 250
    becomes = ("long_text",)


class LongText(CustomKind):
    key, label, icon = "long_text", gettext_lazy("Long text"), "align-left"
    about = gettext_lazy("Several lines, such as requirements or history.")
    kind = Kind.LONG_TEXT
    may = frozenset({"default", "search"})
    sort = ""


class Number(CustomKind):
    key, label, icon = "number", gettext_lazy("Number"), "hash"
    about = gettext_lazy("A count or a measure, whole or with decimals.")
    kind = Kind.NUMBER
    may = frozenset({"default", "unique", "sort", "card"})
    sort, sort_type = "{value}::numeric", models.DecimalField
    becomes = ("money",)

    def parse(self, one: Made, text: str, hints: Mapping[str, Any]) -> Decimal:
        return Decimal(self.keep(one, PARSERS[Kind.NUMBER](one, text, hints)))

    def keep(self, one: Made, value: Any) -> str:
        """Write the number with all its digits and no idle zeros."""
        number: Decimal = value if isinstance(value, Decimal) else PARSERS[Kind.NUMBER](one, str(value), {})
        plain = f"{number:f}"
        whole, _dot, behind = plain.lstrip("-").partition(".")
        if len(whole.lstrip("0")) > DIGITS - DECIMALS or len(behind.rstrip("0")) > DECIMALS:
            raise FieldError(
                _("At most %(whole)d digits, and %(behind)d behind the point.")
                % {"whole": DIGITS - DECIMALS, "behind": DECIMALS}
            )
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return "0" if plain in ("-0", "") else plain

    def load(self, one: Made, stored: Any, record: Any) -> Decimal:
        return Decimal(stored)

    def text(self, one: Made, value: Any) -> str:
        return self.keep(one, value)


class Money(Number):
    key, label, icon = "money", gettext_lazy("Money"), "coin"
    about = gettext_lazy("An amount in one currency, chosen here once for all records.")
    kind = Kind.MONEY
    may = Number.may | {"currency"}
    becomes = ("number",)


class Date(CustomKind):
    key, label, icon = "date", gettext_lazy("Date"), "calendar"
    about = gettext_lazy("A day, such as the end of a contract.")
    kind = Kind.DATE
    may = frozenset({"default", "sort", "card"})
    # ISO days sort as text, and only text can be indexed: a cast to a date depends on settings.
    sort = "{value}"

    def keep(self, one: Made, value: Any) -> str:
        found: date = value if type(value) is date else PARSERS[Kind.DATE](one, str(value), {})
        return found.isoformat()

    def load(self, one: Made, stored: Any, record: Any) -> date:
        return date.fromisoformat(stored)

    def text(self, one: Made, value: Any) -> str:
        return self.keep(one, value)

    def first(self, one: Made, actor: User | None, today: date) -> Any:
        """ "today" is the day on which the record is made."""
        return today.isoformat() if one.definition.default == "today" else one.definition.default


class Time(CustomKind):
    key, label, icon = "time", gettext_lazy("Time"), "clock"
    about = gettext_lazy("An hour of the day, such as when to call.")
    kind = Kind.TIME
    may = frozenset({"default", "sort", "card"})
    sort = "{value}"

    def keep(self, one: Made, value: Any) -> str:
        found: time = value if isinstance(value, time) else PARSERS[Kind.TIME](one, str(value), {})
        return f"{found:%H:%M:%S}" if found.second else f"{found:%H:%M}"

    def load(self, one: Made, stored: Any, record: Any) -> time:
        return time.fromisoformat(stored)

    def text(self, one: Made, value: Any) -> str:
        return self.keep(one, value)


class Choice(CustomKind):
    key, label, icon = "choice", gettext_lazy("Choice"), "list-check"
    about = gettext_lazy("One out of a list.")
    kind = Kind.CHOICE
    may = frozenset({"choices", "default", "sort", "search", "card"})
    becomes: ClassVar[tuple[str, ...]] = ("multi_choice",)

    def parse(self, one: Made, text: str, hints: Mapping[str, Any]) -> str:
        return pick(one, text)

    def keep(self, one: Made, value: Any) -> str:
        known = {choice["key"] for choice in one.definition.choices}
        return str(value) if value in known else pick(one, str(value))

    def text(self, one: Made, value: Any) -> str:
        return str(dict(one.choices).get(value, value))

    def words(self, one: Made, stored: Any) -> str:
        return " ".join(labels_of(one, [stored]))

    def sql(self, one: Made) -> str:
        """Sort by the order of the list, not by the alphabet."""
        keys = ", ".join(f"'{choice['key']}'" for choice in one.definition.choices)
        return f"array_position(ARRAY[{keys}]::text[], ({{custom}} ->> '{one.custom_key}'))"

    sort_type = models.IntegerField


class MultiChoice(Choice):
    key, label, icon = "multi_choice", gettext_lazy("Several choices"), "checklist"
    about = gettext_lazy("Any number out of a list.")
    kind = Kind.CHOICES
    may = frozenset({"choices", "default", "search", "card"})
    sort = ""
    becomes = ()

    def parse(self, one: Made, text: str, hints: Mapping[str, Any]) -> Any:
        return in_order(one, [pick(one, part) for part in re.split(r"[;\n]", text) if part.strip()])

    def keep(self, one: Made, value: Any) -> Any:
        # What was one choice before the field took several is kept as text.
        parts = re.split(r"[;\n]", value) if isinstance(value, str) else list(value)
        keep = super().keep
        return in_order(one, [keep(one, str(part).strip()) for part in parts if part])

    def load(self, one: Made, stored: Any, record: Any) -> list[str]:
        return [stored] if isinstance(stored, str) else list(stored)

    def text(self, one: Made, value: Any) -> str:
        known = dict(one.choices)
        return "; ".join(str(known.get(key, key)) for key in self.load(one, value, None))

    def words(self, one: Made, stored: Any) -> str:
        return " ".join(labels_of(one, self.load(one, stored, None)))


class YesNo(CustomKind):
    key, label, icon = "yes_no", gettext_lazy("Yes or no"), "toggle-left"
    about = gettext_lazy("A question with two answers; it may also stay open.")
    kind = Kind.YES_NO
    may = frozenset({"default", "sort", "card"})
    sort = "{value}"

    def keep(self, one: Made, value: Any) -> bool:
        return value if isinstance(value, bool) else bool(PARSERS[Kind.YES_NO](one, str(value), {}))

    def text(self, one: Made, value: Any) -> str:
        return _("yes") if value else _("no")


class Reference(CustomKind):
    """Another record. Trades register theirs: the kernel knows no people and no companies."""

    kind = Kind.REFERENCE
    may = frozenset({"card"})
    sort = ""

    def __init__(
        self, key: str, model: type[models.Model], label: str | Promise, about: str | Promise, icon: str
    ) -> None:
        self.key, self.label, self.about, self.icon = key, label, about, icon  # type: ignore[misc]
        self.model = model

    @property
    def to(self) -> type[models.Model]:
        return self.model

    def keep(self, one: Made, value: Any) -> int:
        found = getattr(value, "pk", value)
        if isinstance(found, str) and found.isdecimal() and len(found) < 19:
            found = int(found)
        if not isinstance(found, int) or isinstance(found, bool):
            raise FieldError(_("“%(text)s” was not found.") % {"text": str(value)[:40]})
        return found

    def load(self, one: Made, stored: Any, record: Any) -> Any:
        return peers.related(record, one, stored)

    def text(self, one: Made, value: Any) -> str:
        return str(value)


class UserReference(Reference):
    kind = Kind.USER
    may = frozenset({"default", "card"})

    def first(self, one: Made, actor: User | None, today: date) -> Any:
        """ "me" is whoever makes the record."""
        if one.definition.default == "me":
            return actor.pk if actor is not None else None
        return one.definition.default


class Url(CustomKind):
    key, label, icon = "url", gettext_lazy("Web address"), "link"
    about = gettext_lazy("A link that opens in a new tab.")
    kind = Kind.URL
    may = frozenset({"unique", "search", "sort"})
    max_length = 500
    becomes = ("text", "long_text")
    check = URLValidator(schemes=["http", "https"])

    def parse(self, one: Made, text: str, hints: Mapping[str, Any]) -> str:
        return str(self.keep(one, text))

    def keep(self, one: Made, value: Any) -> Any:
        text = super().keep(one, value)
        text = text if re.match(r"(?i)https?://", text) else f"https://{text}"
        try:
            self.check(text)
        except ValidationError:
            raise FieldError(_("“%(text)s” is no web address.") % {"text": str(value)[:60]}) from None
        return text


class Email(CustomKind):
    key, label, icon = "email", gettext_lazy("E-mail"), "mail"
    about = gettext_lazy("An address to write to.")
    kind = Kind.EMAIL
    may = frozenset({"unique", "search", "sort"})
    max_length = 254
    becomes = ("text", "long_text")

    def parse(self, one: Made, text: str, hints: Mapping[str, Any]) -> str:
        return str(self.keep(one, text))

    def keep(self, one: Made, value: Any) -> Any:
        text = str(value).strip()
        try:
            validate_email(text)
        except ValidationError:
            raise FieldError(_("“%(text)s” is not an e-mail address.") % {"text": text[:80]}) from None
        return text


class Phone(CustomKind):
    key, label, icon = "phone", gettext_lazy("Phone"), "phone"
    about = gettext_lazy("A number to call, kept in its international form.")
    kind = Kind.PHONE
    may = frozenset({"unique", "search"})
    max_length = 40
    sort = ""
    becomes = ("text", "long_text")

    def parse(self, one: Made, text: str, hints: Mapping[str, Any]) -> str:
        return self.keep(one, text)

    def keep(self, one: Made, value: Any) -> str:
        found = phones.normalise(str(value), Organisation.load().country)
        if found is None:
            raise FieldError(_("“%(text)s” is no phone number.") % {"text": str(value)[:40]})
        return found

    def text(self, one: Made, value: Any) -> str:
        return str(value)

    def words(self, one: Made, stored: Any) -> str:
        return f"{stored} {phones.digits(stored)}"


class File(Reference):
    """A file on the record, uploaded in its form; the record keeps its number."""

    kind = Kind.FILE
    may = frozenset({"card"})

    def parse(self, one: Made, text: str, hints: Mapping[str, Any]) -> int:
        """Only programs write it as text: the number of a file they have uploaded."""
        return self.keep(one, text)


_kinds: dict[str, CustomKind] = {}


def register_kind(kind: CustomKind) -> None:
    """Offer a kind to administrators; from ``AppConfig.ready``."""
    _kinds[kind.key] = kind


def kinds() -> dict[str, CustomKind]:
    """Return every kind on offer, by key, in the order in which they were registered."""
    return _kinds


for made in (Text, LongText, Number, Money, Date, Time, Choice, MultiChoice, YesNo, Url, Email, Phone):
    register_kind(made())
register_kind(
    UserReference(
        "user", User, gettext_lazy("Colleague"), gettext_lazy("Somebody who works here."), "user-circle"
    )
)
register_kind(
    File("file", Attachment, gettext_lazy("File"), gettext_lazy("One file, such as a contract."), "paperclip")
)
