"""What belongs to a record and goes along when it is merged: declared by whoever keeps it.

Trades register what they hold of people and companies (``merging.hold``) from
``AppConfig.ready``. A contract test fails when a table refers to a record that can be merged
and nobody has said what becomes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from crm.records.models import Record

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from crm.records.registry import Ref

Refs = Sequence["Ref"]


@cache
def _tables() -> dict[str, type[models.Model]]:
    return {table._meta.label_lower: table for table in apps.get_models(include_auto_created=True)}


@dataclass(frozen=True)
class Held:
    """Rows of one table that belong to a record.

    ``by`` is the reference to it: a foreign key, or the id column beside a ``type_column``.
    ``same`` names the columns that make a row the survivor's own already: such a row stays
    behind with the record that went, and its counterpart takes from it what ``fill`` names
    where its own is empty. ``main`` marks one row per ``main_by`` as the main one; which
    record's stays main is chosen with the field that ``chosen_by`` returns for a row.
    ``hands_over`` names marks that a row left behind gives up to its counterpart.
    """

    model: str
    by: str
    type_column: str = ""
    label: str | Promise = ""
    same: tuple[str, ...] = ()
    fill: tuple[str, ...] = ()
    main: str = ""
    main_by: tuple[str, ...] = ()
    chosen_by: Callable[[Any], str] | None = None
    hands_over: tuple[str, ...] = ()
    #: Columns that follow from whose the row is: called with the survivor.
    copies: Callable[[Any], Mapping[str, Any]] | None = None
    #: Rows that must not go along: called with the row and the ids that become one.
    stays: Callable[[Any, Collection[int]], bool] | None = None
    #: Called with all records concerned, after a merge and after a split.
    after: Callable[[Refs], None] | None = None
    #: Named in the preview of what moves.
    is_shown: bool = True
    #: Whether the search words of these records name the one that is merged.
    is_searched: bool = True

    @property
    def table(self) -> type[models.Model]:
        return _tables()[self.model.lower()]

    @property
    def is_record(self) -> bool:
        return issubclass(self.table, Record)

    @property
    def is_plain(self) -> bool:
        """Whether all rows simply change hands, so that one statement does it."""
        return not (self.same or self.main or self.copies or self.stays)

    @property
    def column(self) -> str:
        """The attribute that holds the id."""
        found: Any = self.table._meta.get_field(self.by)
        return str(found.attname)

    @property
    def title(self) -> str:
        return str(self.label or self.table._meta.verbose_name_plural)

    def of(self, model: type[models.Model]) -> bool:
        """Tell whether it may belong to records of ``model``."""
        if self.type_column:
            return True
        found: Any = self.table._meta.get_field(self.by)
        return found.related_model is model

    def rows(self, type_id: int, ids: Collection[int]) -> models.QuerySet[Any]:
        """Return the rows of these records."""
        wanted: dict[str, Any] = {f"{self.column}__in": list(ids)}
        if self.type_column:
            wanted[self.type_column] = type_id
        rows: models.QuerySet[Any] = self.table._base_manager.filter(**wanted)
        return rows


@dataclass(frozen=True)
class Left:
    """A reference that a merge leaves as it is, and why."""

    model: str
    by: str
    why: str


@dataclass
class _Known:
    held: list[Held] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


_known = _Known()


def hold(*held: Held) -> None:
    """Say what goes along when a record is merged; from ``AppConfig.ready``."""
    _known.held += [one for one in held if one not in _known.held]


def leave(*left: Left) -> None:
    """Say which references stay as they are; from ``AppConfig.ready``."""
    _known.left += [one for one in left if one not in _known.left]


def held_of(model: type[models.Model]) -> list[Held]:
    """Return all that may belong to records of ``model``, in the order in which it moves."""
    return [one for one in _known.held if one.of(model)]


def declared() -> set[tuple[str, str]]:
    """Return (table, column) of every reference that somebody has spoken for."""
    held = {(one.model.lower(), one.by) for one in _known.held}
    return held | {(one.model.lower(), one.by) for one in _known.left}


def references(model: type[models.Model]) -> set[tuple[str, str]]:
    """Return (table, column) of every reference to ``model``: foreign keys, and pairs of type and id."""
    found: set[tuple[str, str]] = set()
    relations: Any = model._meta.get_fields(include_hidden=True)
    for relation in relations:
        if isinstance(relation, models.ManyToOneRel) and isinstance(relation.field, models.ForeignKey):
            table: Any = relation.related_model
            found.add((table._meta.label_lower, relation.field.name))
    for other_table in apps.get_models():
        names = {one.name for one in other_table._meta.concrete_fields}
        for name in names:
            if name.endswith("type_id"):
                stem = name.removesuffix("type_id")
                found |= {
                    (other_table._meta.label_lower, other)
                    for other in (f"{stem}id", f"{stem}record_id")
                    if other in names and other != "id"
                }
    return found
