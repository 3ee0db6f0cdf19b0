"""The rows of one import between file and records: an UNLOGGED table per job.

A killed job finds its rows again here; the outcome of each row is kept beside it until the
job is done and its report written, then the table goes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from crm.records.models import Job

COLUMNS = "n, line, key, cells, data, errors"


@dataclass
class StagedRow:
    """One row of the file, read and waiting."""

    n: int
    line: int
    key: str | None
    cells: list[str]
    data: dict[str, Any]
    errors: dict[str, str] | None
    twin: int | None = None
    outcome: str | None = None
    record_id: int | None = None


class Staging:
    """The table of one job."""

    def __init__(self, job: Job) -> None:
        self.table = f"import_rows_{job.pk}"

    def exists(self) -> bool:
        """Tell whether the table is there and filled; a crash of the server empties it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s)", [self.table])
            if cursor.fetchone()[0] is None:
                return False
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {self.table})")
            return bool(cursor.fetchone()[0])

    def create(self) -> None:
        """Make the table anew, empty."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}")
            cursor.execute(
                f"CREATE UNLOGGED TABLE {self.table} (n bigint PRIMARY KEY, line bigint NOT NULL, key text,"
                " cells jsonb NOT NULL, data jsonb NOT NULL, errors jsonb, twin bigint,"
                " outcome text, record_id bigint)"
            )

    def drop(self) -> None:
        """Take the table away."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {self.table}")

    def add(self, rows: Iterable[StagedRow]) -> None:
        """Copy rows in."""
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {self.table} ({COLUMNS}) FROM STDIN") as copy,
        ):
            for row in rows:
                errors = _dump(row.errors) if row.errors else None
                copy.write_row((row.n, row.line, row.key, _dump(row.cells), _dump(row.data), errors))

    def find_twins(self) -> None:
        """Mark rows that repeat the key of an earlier good row."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self.table} s SET twin = f.line FROM (SELECT n,"
                " first_value(n) OVER w AS first_n, first_value(line) OVER w AS line"
                f" FROM {self.table} WHERE key IS NOT NULL AND errors IS NULL"
                " WINDOW w AS (PARTITION BY key ORDER BY n)) f WHERE s.n = f.n AND f.first_n <> s.n"
            )
            cursor.execute(f"ANALYZE {self.table}")

    def last(self) -> int:
        """The number of the last row."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT coalesce(max(n), 0) FROM {self.table}")
            return int(cursor.fetchone()[0])

    def has_twins(self) -> bool:
        """Tell whether any row repeats the key of an earlier one."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {self.table} WHERE twin IS NOT NULL)")
            return bool(cursor.fetchone()[0])

    def between(self, n: int, last: int) -> list[StagedRow]:
        """The rows behind one and up to another."""
        return self._select("n > %s AND n <= %s", [n, last], last - n)

    def texts_between(self, name: str, n: int, last: int) -> set[str]:
        """What good rows behind one and up to another hold for one field."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT v.text FROM {self.table},"
                " LATERAL (VALUES (data->'set'->>%s), (data->'new'->>%s)) v(text)"
                " WHERE n > %s AND n <= %s AND errors IS NULL AND v.text <> ''",
                [name, name, n, last],
            )
            return {text for (text,) in cursor.fetchall()}

    def after(self, n: int, limit: int) -> list[StagedRow]:
        """The next rows in the order of the file."""
        return self._select("n > %s", [n], limit)

    def with_data(self, name: str, n: int, limit: int) -> list[StagedRow]:
        """The next written rows that hold a value for one field."""
        condition = "n > %s AND record_id IS NOT NULL AND data->'set'->>%s <> ''"
        return self._select(condition, [n, name], limit)

    def refused(self) -> Iterator[StagedRow]:
        """Rows that were not written, in pages by key."""
        n = 0
        while rows := self._select("n > %s AND outcome IN ('error', 'duplicate')", [n], 1000):
            yield from rows
            n = rows[-1].n

    def texts_of(self, name: str) -> set[str]:
        """The folded texts that the rows hold for one field."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT lower(data->'set'->>%s) FROM {self.table} WHERE data->'set'->>%s <> ''",
                [name, name],
            )
            return {" ".join(text.split()) for (text,) in cursor.fetchall()}

    def settle(self, rows: Sequence[StagedRow]) -> None:
        """Keep the outcome of rows."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {self.table} s SET outcome = o.outcome, record_id = o.record_id, errors = o.errors"
                " FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::jsonb[])"
                " AS o(n, outcome, record_id, errors) WHERE s.n = o.n",
                [
                    [row.n for row in rows],
                    [row.outcome for row in rows],
                    [row.record_id for row in rows],
                    [_dump(row.errors) if row.errors else None for row in rows],
                ],
            )

    def _select(self, condition: str, params: list[Any], limit: int) -> list[StagedRow]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT n, line, key, cells::text, data::text, errors::text, twin, outcome, record_id"
                f" FROM {self.table} WHERE {condition} ORDER BY n LIMIT {int(limit)}",
                params,
            )
            return [
                StagedRow(
                    n, line, key, json.loads(cells), json.loads(data), json.loads(errors or "null"), *rest
                )
                for n, line, key, cells, data, errors, *rest in cursor.fetchall()
            ]


def _dump(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
