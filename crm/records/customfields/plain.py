"""What every kind of custom field answers. Text is the plainest, and so the others' starting point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from crm.records.parsing import PARSERS, FieldError, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from django.utils.functional import Promise

    from crm.identity.models import User
    from crm.records.customfields.field import Made

#: No text is longer, whatever its definition says.
LONGEST = 50_000


class CustomKind:
    """What every kind answers; text is the plainest."""

    key: ClassVar[str] = ""
    label: ClassVar[str | Promise] = ""
    about: ClassVar[str | Promise] = ""
    icon: ClassVar[str] = "forms"
    #: How forms, cells and filters show it.
    kind: ClassVar[Kind] = Kind.TEXT
    #: What its definition may ask for: choices currency max_length default unique sort search card.
    may: ClassVar[frozenset[str]] = frozenset({"default", "unique", "sort", "search", "card"})
    max_length: ClassVar[int | None] = None
    #: SQL over ``{value}``, the text under its key, by which lists are sorted; the type of its result.
    sort: ClassVar[str] = "lower({value})"
    sort_type: ClassVar[type[models.Field[Any, Any]]] = models.TextField
    #: Kinds that a definition may become later without any value being touched.
    becomes: ClassVar[tuple[str, ...]] = ()

    @property
    def to(self) -> type[models.Model] | None:
        """The model that values refer to."""
        return None

    def parse(self, one: Made, text: str, hints: Mapping[str, Any]) -> Any:
        """Read what somebody typed, or what a cell holds."""
        return PARSERS[self.kind](one, text, hints)

    def keep(self, one: Made, value: Any) -> Any:
        """Return a value, or its text, as the record keeps it."""
        # Browsers send line ends as two signs; a form saved untouched must change nothing.
        text = str(value).replace("\x00", "").replace("\r\n", "\n").strip()
        self.check_length(one, text)
        return text or None

    def load(self, one: Made, stored: Any, record: Any) -> Any:
        """Return what is kept as a value."""
        return stored

    def text(self, one: Made, value: Any) -> str:
        """Write a value, or what is kept of it, for files and audit lines."""
        return str(value)

    def json(self, one: Made, value: Any) -> Any:
        return self.keep(one, value)

    def words(self, one: Made, stored: Any) -> str:
        """Return by which words the search finds a record that holds it."""
        return str(stored)

    def sql(self, one: Made) -> str:
        """Return the expression that sorts, over the column that ``{custom}`` stands for."""
        return self.sort.replace("{value}", f"({{custom}} ->> '{one.custom_key}')")

    def first(self, one: Made, actor: User | None, today: date) -> Any:
        """Return the first value of a new record."""
        return one.definition.default

    def check_length(self, one: Made, text: str) -> None:
        most = min(one.max_length or LONGEST, LONGEST)
        if len(text) > most:
            raise FieldError(_("Longer than %(count)d characters.") % {"count": most})
