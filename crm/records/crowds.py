"""Filling tables with millions of rows: several processes make them, one connection writes them.

Indexes and foreign keys of the filled tables are taken away first and made again at the end, in the
same transaction: a run that is killed leaves everything as it was.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections import defaultdict
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from django.apps import apps
from django.db import connection, models, transaction

from crm.records import copying, registry
from crm.records.customfields import known
from crm.records.models import Event, EventLink, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

#: Memory for making one index again.
INDEX_MEMORY = "1GB"
#: Of rows that are no records, a batch makes at most so many for each of its items.
MOST_EACH = 8

KEYS = """
SELECT v.name, s.last_value FROM unnest(%s::text[]) v(name)
JOIN pg_sequences s ON s.schemaname || '.' || s.sequencename = pg_get_serial_sequence(v.name, 'id')
"""
#: Partitions' own copies and what belongs to a key or a constraint stays out.
INDEXES = """
SELECT i.indexrelid::regclass::text, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary AND NOT c.relispartition
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
ORDER BY i.indrelid, 1
"""
FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0 AND conrelid = ANY(%s::regclass[]) ORDER BY 1, 2
"""


@contextmanager
def bare_tables(say: Callable[[str], None]) -> Iterator[None]:
    """Have the tables of records, and of what hangs on them, without indexes and foreign keys meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = %s", [INDEX_MEMORY])
        tables = [[one._meta.db_table for one in _filled()]]
        cursor.execute(INDEXES, tables)
        indexes = cursor.fetchall()
        cursor.execute(FOREIGN_KEYS, tables)
        keys = cursor.fetchall()
        for table, name, _definition in keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        yield
        started = datetime.now()
        for _name, definition in indexes:
            cursor.execute(definition)
        say(f"indexes: {(datetime.now() - started).total_seconds():.1f} s")
        started = datetime.now()
        for table, name, definition in keys:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        say(f"foreign keys: {(datetime.now() - started).total_seconds():.1f} s")


def _filled() -> list[type[models.Model]]:
    """Return every model that is a record, or refers to records and to nothing that stands apart."""
    records = {one.model for one in registry.types()}
    hanging = {
        model
        for model in apps.get_models()
        for one in model._meta.concrete_fields
        if one.remote_field and one.remote_field.model in records
    }
    beside = {Search, Event, EventLink}
    found = records | hanging | beside
    return sorted((one for one in found if one._meta.managed), key=lambda one: one._meta.db_table)


def make(one_batch: Callable[[int], list[Any]], count: int, *, size: int, processes: int) -> list[Any]:
    """Have ``count`` batches made side by side, write them in their order, and return what they kept."""
    starts = _last_keys()
    for one in registry.types():
        known.made_of(one.model)  # read here, for the processes do not ask
    fork = multiprocessing.get_context("fork")
    gc.collect()
    gc.freeze()  # what is shared with the processes is not copied by their collectors
    workers = []
    for turn in range(min(processes, count)):
        here, there = fork.Pipe(duplex=False)
        process = fork.Process(
            target=_work, args=(there, one_batch, range(turn, count, processes), starts, size), daemon=True
        )
        process.start()
        there.close()
        workers.append((process, here))
    kept: list[Any] = []
    used: set[type[models.Model]] = set()
    for number in range(count):
        part, texts, models_used = workers[number % processes][1].recv()
        kept += part
        used |= models_used
        for statement, text in texts:
            copying.write_text(statement, [text])
    for process, _here in workers:
        process.join()
    gc.unfreeze()
    _move_sequences(used, starts, count * size)
    return kept


def _work(
    pipe: Connection,
    one_batch: Callable[[int], list[Any]],
    numbers: range,
    starts: dict[type[models.Model], int],
    size: int,
) -> None:
    """Make some of the batches, in a process of its own."""
    connection.execute_wrappers.append(_refuse)
    for number in numbers:
        first = number * size

        def start(model: type[models.Model], first: int = first) -> int:
            return starts[model] + first * _most_each(model)

        aside = copying.Aside(start)
        copying.set_aside(aside)
        kept = one_batch(number)
        for model, given in aside.given.items():
            if given > size * _most_each(model):
                raise RuntimeError(
                    f"A batch made {given} rows of {model.__name__}: more than were set aside."
                )
        pipe.send((kept, _joined(aside.texts), set(aside.given)))
    pipe.close()


def _refuse(*_args: Any) -> NoReturn:
    """The connection belongs to the process that writes."""
    raise RuntimeError("Batches of a large company are made without asking the database.")


def _joined(texts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Put together what goes into one table."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for statement, text in texts:
        found[statement].append(text)
    return [(statement, b"".join(parts)) for statement, parts in found.items()]


def _most_each(model: type[models.Model]) -> int:
    return 1 if hasattr(model, "record_type") or model._meta.model_name == "search" else MOST_EACH


def _last_keys() -> dict[type[models.Model], int]:
    found = {
        f"public.{connection.ops.quote_name(one._meta.db_table)}": one
        for one in apps.get_models()
        if isinstance(one._meta.pk, models.AutoField) and one._meta.managed
    }
    with connection.cursor() as cursor:
        cursor.execute(KEYS, [list(found)])
        return {found[name]: last or 0 for name, last in cursor.fetchall()}


def _move_sequences(used: set[type[models.Model]], starts: dict[type[models.Model], int], count: int) -> None:
    with connection.cursor() as cursor:
        for model in used:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [connection.ops.quote_name(model._meta.db_table), starts[model] + count * _most_each(model)],
            )
