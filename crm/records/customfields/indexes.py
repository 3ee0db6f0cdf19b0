"""Indexes that custom fields need: made by a job, without locking anybody out.

One sorts lists (and answers ranges), one keeps values apart. Their names carry a digest of
what they hold, so that a changed order of choices makes a new one and drops the old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection

from crm.records import registry
from crm.records.customfields import known
from crm.records.customfields.naming import SORT_INDEX, UNIQUE_INDEX, sort_name, unique_name

if TYPE_CHECKING:
    from crm.records.models import CustomField


def table_of(row: CustomField) -> str:
    """Return the quoted table whose records hold the field."""
    return connection.ops.quote_name(registry.by_id(row.type_id).model._meta.db_table)


def are_wanted(row: CustomField) -> bool:
    """Tell whether the indexes that stand are not those that are needed."""
    return (row.sort_index, row.unique_index) != _names(row)


def _names(row: CustomField) -> tuple[str, str]:
    made = known.made_from(row)
    return sort_name(made), unique_name(made)


def keep(row: CustomField) -> None:
    """Make what is missing, drop what is not needed any more, and note what stands."""
    wanted = _names(row)
    if wanted[0]:
        made = known.made_from(row)
        expression = made.of.sql(made).replace("{custom}", "custom")
        _make(row, wanted[0], f"(({expression}), id) WHERE deleted_at IS NULL")
    if wanted[1]:
        _make_unique(row, wanted[1])
    for name in _standing(row):
        if name not in wanted:
            _run(f"DROP INDEX {_concurrently()} IF EXISTS {connection.ops.quote_name(name)}")
    row.sort_index, row.unique_index = wanted
    row.save(update_fields=["sort_index", "unique_index", "is_unique"])
    if wanted[0]:
        # The planner knows how an expression is spread only after it has looked.
        _run(f"ANALYZE {table_of(row)}")
    known.changed()


def drop(row: CustomField) -> None:
    """Drop every index of a field that is going for good."""
    for name in _standing(row):
        _run(f"DROP INDEX {_concurrently()} IF EXISTS {connection.ops.quote_name(name)}")


def sweep() -> None:
    """Drop indexes whose field is not there any more, as after a demo company was taken away."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'i' AND relname ~ %s AND NOT EXISTS"
            " (SELECT 1 FROM records_customfield f WHERE f.id = split_part(relname, '_', 2)::bigint)",
            [f"^({SORT_INDEX}|{UNIQUE_INDEX})[0-9]+_"],
        )
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        _run(f"DROP INDEX {_concurrently()} IF EXISTS {connection.ops.quote_name(name)}")


def _make_unique(row: CustomField, name: str) -> None:
    """Values that came twice meanwhile are no reason to fail for ever: the job says so."""
    body = f"(lower(custom ->> '{row.key}')) WHERE deleted_at IS NULL AND custom ->> '{row.key}' IS NOT NULL"
    try:
        _make(row, name, body, kind="UNIQUE INDEX")
    except IntegrityError:
        _run(f"DROP INDEX {_concurrently()} IF EXISTS {connection.ops.quote_name(name)}")
        row.is_unique = False
        row.save(update_fields=["is_unique"])
        known.changed()
        raise


def _make(row: CustomField, name: str, body: str, kind: str = "INDEX") -> None:
    standing = _standing(row)
    quoted = connection.ops.quote_name(name)
    if standing.get(name):
        return
    if name in standing:
        # A worker died while it was being built: what is left is no index.
        _run(f"DROP INDEX {_concurrently()} IF EXISTS {quoted}")
    if connection.in_atomic_block:
        # Checks of foreign keys that wait for the commit would forbid it.
        connection.check_constraints()
    _run(f"CREATE {kind} {_concurrently()} {quoted} ON {table_of(row)} {body}")


def _concurrently() -> str:
    """Inside a transaction an index can only be made at once."""
    return "" if connection.in_atomic_block else "CONCURRENTLY"


def _standing(row: CustomField) -> dict[str, bool]:
    """Return the field's indexes by name, and whether each is whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = to_regclass(%s) AND c.relname ~ %s",
            [table_of(row), f"^({SORT_INDEX}|{UNIQUE_INDEX}){row.pk}_"],
        )
        return dict(cursor.fetchall())


def _run(statement: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
