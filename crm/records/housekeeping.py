"""Nightly chores: months of partitions ahead, an empty bin, a short journal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import ProtectedError, RestrictedError

from crm.records import leaving, registry
from crm.records.models import JournalEntry, Record, Search

PARTITIONED = {"records_event": "created_at", "records_eventlink": "event_created_at"}
MONTHS_AHEAD = 12


def month_after(month: date, count: int) -> date:
    """Return the first day of the month ``count`` months after ``month``."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def keep_partitions(today: date, months: int = MONTHS_AHEAD) -> None:
    """Make the monthly partitions of this month and ``months`` ahead."""
    _make_partitions(today, range(months + 1))


def keep_past_partitions(today: date, months: int) -> None:
    """Make the partitions of months gone by, before a history is written into them."""
    _make_partitions(today, range(-months, 0))


def _make_partitions(today: date, counts: range) -> None:
    with connection.cursor() as cursor:
        for table in PARTITIONED:
            for count in counts:
                first, after = month_after(today, count), month_after(today, count + 1)
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {table}_{first:%Y_%m} PARTITION OF {table}"
                    f" FOR VALUES FROM ('{first}') TO ('{after}')"
                )


def months_ready(today: date) -> int:
    """Count how many months ahead have their partitions; ``/readyz`` is red under two."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'records_event'::regclass"
        )
        names = {name for (name,) in cursor.fetchall()}
    count = 0
    while f"records_event_{month_after(today, count + 1):%Y_%m}" in names:
        count += 1
    return count


def empty_bin(*, before: datetime) -> int:
    """Delete for good what has lain in the bin since ``before``; what others refer to stays."""
    gone = 0
    for one in registry.types():
        model: Any = one.model
        if not issubclass(model, Record):
            continue
        for record in model.all_objects.filter(deleted_at__lt=before, merged_into_id=None)[:5000]:
            try:
                with transaction.atomic():
                    pk = record.pk
                    Search.objects.filter(type_id=one.id, record_id=pk).delete()
                    record.delete()
                    leaving.say_goodbye(model, [pk])
                gone += 1
            except (ProtectedError, RestrictedError):
                continue
    return gone


def forget_journal(*, before: datetime) -> int:
    """Drop before-values of jobs that can't be undone any more."""
    return JournalEntry.objects.filter(job__created_at__lt=before).delete()[0]
