"""Columns: what a list, a card, a side panel, an export and REST show of a record.

A ``Column`` is declared once per type; a ``Table`` binds the chosen ones to a viewer,
so a value is written the same everywhere and hidden fields are nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.indexes import BTreeIndex
from django.db import models
from django.utils import timezone
from django.utils.html import escape

from crm.identity.access import Access, access_for
from crm.lib.money import format_money
from crm.records.customfields.field import Made
from crm.records.customfields.known import made_of
from crm.records.fields import Field, Kind, fields_of
from crm.ui import formats
from crm.ui.customsort import sort_column
from crm.ui.hidden import as_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

RIGHT = frozenset({Kind.INTEGER, Kind.NUMBER, Kind.MONEY})
#: What lists add up of custom fields.
ADDED = frozenset({Kind.NUMBER, Kind.MONEY})
UNSORTED = frozenset({Kind.LONG_TEXT, Kind.REFERENCE, Kind.USER, Kind.TAGS, Kind.FILE})

HTML: dict[Kind, formats.Html] = {
    Kind.TEXT: formats.html_text,
    Kind.LONG_TEXT: formats.html_long_text,
    Kind.INTEGER: formats.html_number,
    Kind.NUMBER: formats.html_number,
    Kind.YES_NO: formats.html_yes_no,
    Kind.REFERENCE: formats.html_reference,
    Kind.USER: formats.html_user,
    Kind.TAGS: formats.html_tags,
    Kind.EMAIL: formats.html_email,
    Kind.PHONE: formats.html_phone,
    Kind.URL: formats.html_url,
    Kind.TIME: formats.html_time,
    Kind.FILE: formats.html_file,
}


@dataclass(frozen=True)
class Column:
    """One column. Label and kind come from the field of this name, if there is one.

    ``value`` computes what is no field (then say in ``needs`` which relations it touches);
    ``render`` writes markup where no kind fits. ``sort`` names the field that orders it when
    that is another one ("sort_name"), False forbids sorting. ``currency`` names the attribute that
    holds the currency of a money column. ``tones`` colours the values of a choice.
    """

    name: str
    label: str | Promise = ""
    kind: Kind | None = None
    sort: bool | str | None = None
    link: bool = False
    render: Callable[[Any], SafeString] | None = None
    value: Callable[[Any], Any] | None = None
    needs: tuple[str, ...] = ()
    prefetch: tuple[Any, ...] = ()
    currency: str = "currency"
    tones: Mapping[Any, str] = field(default_factory=dict)
    width: str = ""
    align: str = ""


class BoundColumn:
    """A column of one model, for one viewer and one moment."""

    def __init__(
        self, column: Column, model: type[models.Model], at: datetime, access: Access | None = None
    ) -> None:
        self.column = column
        self.model = model
        self.name = column.name
        self.field: Field | None = fields_of(model).get(column.name)
        self.kind = Kind(column.kind or (self.field.kind if self.field else Kind.TEXT))
        self.label = str(column.label or (self.field.label if self.field else column.name))
        self.label = self.label[:1].upper() + self.label[1:]
        self.align = column.align or ("end" if self.kind in RIGHT else "")
        self.link = column.link
        self.width = column.width
        self.read = column.value or (self.field.value if self.field else attrgetter(column.name))
        if self.kind is Kind.REFERENCE:
            whole = self.read
            self.read = lambda record: as_seen(whole(record), access)
        self.html: Callable[[Any], SafeString] = self._writer(at)

    def __repr__(self) -> str:
        return f"<BoundColumn {self.name}>"

    def text(self, record: Any) -> str:
        """Return the value as files hold it."""
        value = self.read(record)
        if self.field is not None:
            return self.field.text(value)
        return "" if value is None else Field(self.name, self.label, self.kind).text(value)

    def json(self, record: Any) -> Any:
        """Return the value as REST shows it."""
        return (self.field or Field(self.name, self.label, self.kind)).json(self.read(record))

    @property
    def sort_field(self) -> models.Field[Any, Any] | None:
        """The database field that sorts this column; None when it can't be sorted by."""
        if self.column.sort is False:
            return None
        if isinstance(self.field, Made):
            return sort_column(self.field)
        if isinstance(self.column.sort, str):
            return concrete_field(self.model, self.column.sort)
        return None if self.kind in UNSORTED else concrete_field(self.model, self.name)

    @property
    def related(self) -> tuple[str, ...]:
        """Relations to join, so that no row asks the database again."""
        return related_of(self.column, self.model)

    @property
    def css(self) -> str:
        return " ".join(part for part in (f"cell-{self.kind}", self.align and f"text-{self.align}") if part)

    def _writer(self, at: datetime) -> Callable[[Any], SafeString]:
        if self.column.render is not None:
            return self.column.render
        if self.kind is Kind.MONEY:
            return self._money_writer()
        write, read = self._kind_writer(at), self.read
        if not self.link:
            return lambda record: write(read(record))
        before, after = formats.page_pattern(self.model) or ("", "")

        def linked(record: Any) -> SafeString:
            shown = read(record) or record
            return formats.safe(f'<a class="row-link" href="{before}{record.pk}{after}">{escape(shown)}</a>')

        return linked

    def _kind_writer(self, at: datetime) -> formats.Html:
        if self.name == "next_due_at":
            return formats.html_due(at)
        if self.kind is Kind.DATETIME:
            return formats.html_moments(at)
        if self.kind is Kind.DATE:
            return formats.html_days(at)
        if self.kind in (Kind.CHOICE, Kind.CHOICES):
            choices = self.field.choices if self.field else ()
            tones = self.column.tones or (self.field.tones if self.field else {})
            one = formats.html_choices(choices, tones)
            return one if self.kind is Kind.CHOICE else formats.html_several(one)
        return HTML[self.kind]

    def _money_writer(self) -> Callable[[Any], SafeString]:
        read, currency = self.read, self.column.currency
        own = self.field.currency if self.field else ""

        def money(record: Any) -> SafeString:
            value = read(record)
            if value is None:
                return formats.EMPTY
            return escape(format_money(value, own or getattr(record, currency, "")))

        return money


def concrete_field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    """Return the column of ``model``'s own table behind ``name``, if there is one."""
    return next((one for one in model._meta.concrete_fields if one.name == name), None)


def related_of(column: Column, model: type[models.Model]) -> tuple[str, ...]:
    """Return the relations that a column touches: those it declares, or the reference it shows."""
    if column.needs:
        return column.needs
    found = concrete_field(model, column.name)
    return (column.name,) if found is not None and found.is_relation else ()


def has_index(model: type[models.Model], name: str) -> bool:
    """Tell whether rows can be walked in the order of ``name``: some index starts with it."""
    found = concrete_field(model, name)
    if found is None:
        return False
    if found.primary_key or found.unique or getattr(found, "db_index", False):
        return True
    trees = (one for one in model._meta.indexes if type(one) in (models.Index, BTreeIndex))
    return any(one.fields and one.fields[0].lstrip("-") == name for one in trees)


class Table:
    """The columns that a type offers, bound to a viewer.

    ``default`` are those shown first, ``default_sort`` such as "-created_at", ``summed``
    the money or number columns of which a list tells the total.
    """

    model: ClassVar[type[models.Model]]
    columns: ClassVar[Sequence[Column]] = ()
    default: ClassVar[Sequence[str]] = ()
    default_sort: ClassVar[str] = "-created_at"
    summed: ClassVar[Sequence[str]] = ()

    def __init__(
        self, *, user: Any, names: Iterable[str] | None = None, at: datetime | None = None, model: Any = None
    ) -> None:
        self.model_shown: type[models.Model] = model or self.model
        self.access: Access = access_for(user)
        self.at = at or timezone.now()
        chosen = [name for name in names or () if name in self.offered] or self.shown_first
        self.bound = [self._bind(self.offered[name]) for name in chosen]

    def __iter__(self) -> Iterator[BoundColumn]:
        return iter(self.bound)

    def __len__(self) -> int:
        return len(self.bound)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.bound]

    @property
    def offered(self) -> dict[str, Column]:
        """Every column that the viewer may see, by name; those of custom fields come last."""
        hidden = self.access.field_level
        every = (*self.columns, *(Column(name) for name in made_of(self.model_shown)))
        return {one.name: one for one in every if hidden(self.model_shown, one.name) != "hidden"}

    @property
    def shown_first(self) -> list[str]:
        names = self.default or [one.name for one in self.columns[:6]]
        return [name for name in names if name in self.offered]

    @property
    def totals(self) -> list[str]:
        """The columns of which the viewer may see the sum; custom numbers while they are shown."""
        made = (one.name for one in self.bound if isinstance(one.field, Made) and one.field.kind in ADDED)
        return [*(name for name in self.summed if name in self.offered), *made]

    def all_columns(self) -> list[BoundColumn]:
        """Return every column on offer, the shown ones first and in their order."""
        rest = [name for name in self.offered if name not in self.names]
        return [*self.bound, *(self._bind(self.offered[name]) for name in rest)]

    def _bind(self, column: Column) -> BoundColumn:
        return BoundColumn(column, self.model_shown, self.at, self.access)

    def column(self, name: str) -> BoundColumn | None:
        """Return one column on offer."""
        found = self.offered.get(name)
        return self._bind(found) if found else None

    def prepare(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Join what the shown columns need and leave long texts that none of them shows."""
        related = sorted({name for one in self.bound for name in one.related})
        prefetch = [name for one in self.bound for name in one.column.prefetch]
        shown = {*self.names, *("custom" for one in self.bound if isinstance(one.field, Made))}
        heavy = [
            one.name
            for one in self.model_shown._meta.concrete_fields
            if isinstance(one, models.TextField | models.JSONField) and one.name not in shown
        ]
        rows = rows.defer(*heavy) if heavy else rows
        rows = rows.select_related(*related) if related else rows
        return rows.prefetch_related(*prefetch) if prefetch else rows

    def rows(self, records: Iterable[Any]) -> list[Row]:
        """Return the cells of each record."""
        writers = [(one, one.html) for one in self.bound]
        return [Row(record, [(one, html(record)) for one, html in writers]) for record in records]


@dataclass(slots=True)
class Row:
    """One record of a list and its cells."""

    record: Any
    cells: list[tuple[BoundColumn, SafeString]]

    @property
    def url(self) -> str:
        return formats.page_url(self.record)


def column_named(columns: Sequence[Column], name: str, **changes: Any) -> Column:
    """Return the column of this name with some settings changed."""
    return replace(next(one for one in columns if one.name == name), **changes)
