"""The rows around a person or a company, on their way to being written as one set.

Planners (points, employments, addresses, bank accounts) read the rows of a whole set of
records at once, change them in memory, and hand them to ``write``: four statements per
table, however many records there are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import models

from crm.records import copying

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from contacts.models import Holder
    from crm.records.drafts import Draft, WriteContext

M = TypeVar("M", bound=models.Model)


class Command:
    """A change of rows around a record that only a verb can ask for, never a form or a file."""


class Rows(Generic[M]):
    """The rows of one record: as they are, and as they shall be."""

    def __init__(self, rows: Iterable[M] = ()) -> None:
        self.rows = list(rows)
        self.removed: list[M] = []
        self._snapshot = {row.pk: _values(row) for row in self.rows}

    def __iter__(self) -> Iterator[M]:
        return iter(self.rows)

    def get(self, pk: int | None) -> M | None:
        """Return the row of this id, if it belongs to the record."""
        return next((row for row in self.rows if row.pk == pk), None) if pk else None

    def add(self, row: M) -> M:
        self.rows.append(row)
        return row

    def remove(self, row: M) -> None:
        self.rows.remove(row)
        if row.pk:
            self.removed.append(row)

    def before(self, row: M) -> dict[str, Any]:
        """Return what the changed columns of ``row`` held."""
        now = _values(row)
        return {name: old for name, old in self._snapshot.get(row.pk, {}).items() if now[name] != old}

    @property
    def new(self) -> list[M]:
        return [row for row in self.rows if row.pk is None]

    @property
    def changed(self) -> list[M]:
        return [row for row in self.rows if row.pk is not None and self.before(row)]


def _values(row: models.Model) -> dict[str, Any]:
    return {one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields}


def commands(draft: Draft[Any], kinds: type[Command] | tuple[type[Command], ...]) -> list[Any]:
    """Return the commands of some kinds that a verb gave along."""
    return [one for one in draft.changes.get("rows", ()) if isinstance(one, kinds)]


def load(model: type[M], drafts: Sequence[Draft[Any]], *related: str) -> dict[int, Rows[M]]:
    """Read the rows of every record of the set with one query."""
    holders = [draft.record for draft in drafts if not draft.is_new]
    if not holders:
        return {}
    name = holder_name(holders[0])
    found: dict[int, list[M]] = defaultdict(list)
    rows = model._default_manager.filter(**{f"{name}__in": [one.pk for one in holders]}).order_by("pk")
    for row in rows.select_related(*related) if related else rows:
        found[getattr(row, f"{name}_id")].append(row)
    return {one.pk: Rows(found[one.pk]) for one in holders}


def holder_name(holder: Holder) -> str:
    """Return how rows call their holder: "person" or "company"."""
    return str(holder._meta.model_name)


def plan(draft: Draft[Any], rows: Rows[Any], model: type[models.Model]) -> None:
    """Keep on the record what its service shall write after it."""
    plans_of(draft.record)[model] = rows


def plans_of(record: models.Model) -> dict[type[models.Model], Rows[Any]]:
    found: dict[type[models.Model], Rows[Any]] = vars(record).setdefault("_planned_rows", {})
    return found


def written_of(record: models.Model) -> dict[type[models.Model], list[Any]]:
    """Return the rows of a record as they were written with it just now."""
    found: dict[type[models.Model], list[Any]] = vars(record).setdefault("_written_rows", {})
    return found


def write(model: type[M], drafts: Sequence[Draft[Any]], ctx: WriteContext) -> list[M]:
    """Write what was planned for ``model`` and return the new rows.

    Order matters to the constraints: rows stop being the main one before others become it,
    and give up their place before new ones take it.
    """
    planned = [(draft.record, plans_of(draft.record).pop(model, None)) for draft in drafts]
    sets: list[tuple[Holder, Rows[M]]] = [(record, rows) for record, rows in planned if rows is not None]
    _delete(model, [row for _holder, rows in sets for row in rows.removed])
    _update(model, [(row, rows.before(row)) for _holder, rows in sets for row in rows.changed], ctx)
    new = []
    for holder, rows in sets:
        name = holder_name(holder)
        for row in rows.new:
            setattr(row, f"{name}_id", holder.pk)
            row._state.fields_cache[name] = holder
            new.append(row)
        written_of(holder)[model] = rows.rows
    copying.insert(model, new)
    for row in new:
        ctx.journal.created(row)
    return new


def _delete(model: type[M], rows: Sequence[M]) -> None:
    if rows:
        model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()


def _update(model: type[M], changed: Sequence[tuple[M, Mapping[str, Any]]], ctx: WriteContext) -> None:
    if not changed:
        return
    demoted = [row.pk for row, before in changed if before.get("is_primary")]
    if demoted:
        model._default_manager.filter(pk__in=demoted).update(is_primary=False)
    by_attname = {one.attname: one.name for one in model._meta.concrete_fields}
    names = sorted({by_attname[name] for _row, before in changed for name in before})
    copying.update(model, [row for row, _before in changed], names)
    for row, before in changed:
        ctx.journal.changed(row, dict(before))
