"""Places in a list: where a page begins, which way the list is sorted, what a page holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError

from crm.ui.customsort import made_behind, value_of
from crm.ui.tables import has_index

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db import models


class Place(NamedTuple):
    """A row's place in the order: its sort value and id. ``key`` is None where the value is empty."""

    key: Any
    id: int


@dataclass(frozen=True, slots=True)
class Order:
    """By which column a list is sorted, and which way."""

    model: type[models.Model]
    column: models.Field[Any, Any]
    descending: bool = False
    #: What addresses call it: the column's name, which may differ from the field's.
    key: str = ""

    @property
    def address(self) -> str:
        """How an address asks for it: "-created_at"."""
        return f"-{self.key}" if self.descending else self.key

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def sign(self) -> str:
        return f"-{self.name}" if self.descending else self.name

    @property
    def can_walk(self) -> bool:
        """Whether an index gives this order, so that a list of any size can use it."""
        if made := made_behind(self.column):
            return made.is_indexed
        return has_index(self.model, self.name)

    def prepared(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Give rows the value that sorts them, where it is no column of theirs."""
        made = made_behind(self.column)
        return rows.annotate(**{self.name: value_of(made)}) if made else rows

    def sql(self, table: str, quote: Callable[[str], str]) -> str:
        """Return the value that sorts, as SQL over ``table``."""
        made = made_behind(self.column)
        if made:
            return made.of.sql(made).replace("{custom}", f"{table}.custom")
        return f"{table}.{quote(str(self.column.column))}"

    def write(self, place: Place) -> str:
        """Write a place for an address."""
        if place.key is None:
            return str(place.id)
        key = place.key.isoformat() if isinstance(place.key, date | datetime) else str(place.key)
        return f"{place.id}.{key}"

    def read(self, text: str) -> Place | None:
        """Read a place from an address; None when it makes no sense."""
        number, dot, key = text.replace("\x00", "").partition(".")
        if not number.isdecimal() or len(number) > 18:
            return None
        if not dot:
            return Place(None, int(number))
        try:
            return Place(self.column.get_prep_value(self.column.to_python(key)), int(number))
        except (ValidationError, ValueError, TypeError):
            # Another order wrote it (the list had to be walked by id): the id still tells the place.
            return Place(None, int(number))


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page is wanted: the first, the one after or before a place, or the last."""

    after: Place | None = None
    before: Place | None = None
    last: bool = False

    @property
    def backwards(self) -> bool:
        return self.last or self.before is not None


@dataclass(slots=True)
class Page:
    """One page of ids, and what is known of the list as a whole."""

    ids: list[int]
    size: int
    total: int
    is_estimate: bool = False
    start: int | None = None
    first: str = ""
    last: str = ""
    has_previous: bool = False
    has_next: bool = False
    refused: list[str] = field(default_factory=list)
    records: list[Any] = field(default_factory=list)

    @property
    def end(self) -> int | None:
        return None if self.start is None else self.start + len(self.ids) - 1

    @property
    def is_first(self) -> bool:
        return not self.has_previous

    @property
    def is_whole(self) -> bool:
        """Whether everything there is stands on this page."""
        return not self.has_previous and not self.has_next
