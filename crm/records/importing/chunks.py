"""The chunks of one import, shared among workers: each is written once, whoever takes it.

A worker that takes a chunk holds a lock of its number until its transaction ends, however it ends; what
is done stands in the cursor of the job, written in the same transaction. So a chunk whose worker was
killed is free again at once, and one that is done is never taken twice.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.db import connection

from crm.records.models import Job

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Names of made records that the report shows of each kind.
NAMES_KEPT = 50
#: While others write the last chunks, so often is looked whether they have.
LOOK_SECONDS = 0.1


class Chunks:
    """Which chunks of a job are left, and taking one; ``worker`` begins where the others don't."""

    def __init__(self, job: Job, *, rows: int, size: int, worker: int = 0, workers: int = 1) -> None:
        self.job, self.rows, self.size = job, rows, size
        self.worker, self.workers = worker, workers

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers of chunks to try, until all are done; those that others hold come again."""
        while left := self.left():
            yield from sorted(left, key=lambda number: number % self.workers != self.worker)
            if self.left():
                time.sleep(LOOK_SECONDS)

    def left(self) -> list[int]:
        """Return the numbers of chunks that are not done, in the order of the file."""
        cursor = self.cursor()
        done = set(cursor.get("ahead", ()))
        every = range(cursor.get("n", 0) // self.size, -(-self.rows // self.size))
        return [number for number in every if number not in done]

    def cursor(self) -> dict[str, Any]:
        return Job.objects.values_list("cursor", flat=True).get(pk=self.job.pk) or {}

    def bounds(self, number: int) -> tuple[int, int]:
        """Return the row before the first and the last one of a chunk."""
        return number * self.size, (number + 1) * self.size

    def take(self, number: int) -> bool:
        """Hold a chunk until the end of the transaction; False when others have it, or have done it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [self.job.pk % 2**31, number])
            is_free = bool(cursor.fetchone()[0])
        return is_free and number in self.left()

    def keep(self, number: int, told: Mapping[str, Any]) -> dict[str, Any]:
        """Note within the chunk's transaction that it is done; add what it tells. Return the cursor."""
        # Rows of the journal hold the job's key: to ask for that too would be a deadlock.
        job = Job.objects.select_for_update(no_key=True).only("cursor").get(pk=self.job.pk)
        cursor = job.cursor or {}
        done = {*cursor.get("ahead", ()), number}
        first = cursor.get("n", 0) // self.size
        while first in done:
            done.discard(first)
            first += 1
        cursor |= {"n": first * self.size, "ahead": sorted(done)}
        return self._write(added(cursor, told))

    def note_made(self, made: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Note within the transaction that made them the names of related records. Return the cursor."""
        job = Job.objects.select_for_update(no_key=True).only("cursor").get(pk=self.job.pk)
        return self._write(added(job.cursor or {}, {"made": made}))

    def _write(self, cursor: dict[str, Any]) -> dict[str, Any]:
        self.job.cursor = cursor
        Job.objects.filter(pk=self.job.pk).update(cursor=cursor)
        return cursor


def added(cursor: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cursor with further counts, parts and names of made records."""
    found = dict(cursor)
    for name in ("counts", "parts"):
        held = dict(found.get(name, {}))
        for key, count in told.get(name, {}).items():
            held[key] = held.get(key, 0) + count
        found[name] = held
    made = dict(found.get("made", {}))
    for key, names in told.get("made", {}).items():
        count, shown = made.get(key, (0, []))
        made[key] = (count + len(names), [*shown, *sorted(names)][:NAMES_KEPT])
    found["made"] = made
    return found


def is_deadlock(error: BaseException) -> bool:
    """Tell whether two workers waited for each other, so that one of them was sent back."""
    return getattr(error.__cause__, "sqlstate", None) == "40P01"
