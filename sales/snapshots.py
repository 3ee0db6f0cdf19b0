"""The nightly picture of the open pipeline: a row per deal, and only when something changed.

Three statements over the whole table; a second run for the same day changes nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, models, transaction

from sales.models import Deal, DealSnapshot

if TYPE_CHECKING:
    from datetime import date

#: A change of one of these is a new row.
WATCHED = ("stage_id", "base_minor", "probability", "expected_on", "owner_id")
#: Kept beside them, so that a day can be told by team and in its own currency.
CARRIED = ("team_id", "amount", "currency", "rate")

_NAMES = {
    "snapshot": DealSnapshot._meta.db_table,
    "deal": Deal._meta.db_table,
    "columns": ", ".join((*WATCHED, *CARRIED)),
    "values": ", ".join(f"d.{name}" for name in (*WATCHED, *CARRIED)),
    "was": ", ".join(f"s.{name}" for name in WATCHED),
    "is": ", ".join(f"d.{name}" for name in WATCHED),
    "stands": "(d.is_open AND d.deleted_at IS NULL)",
}
# A second run for the day: what the first one wrote is taken back and written anew.
FORGET_DAY = "DELETE FROM {snapshot} WHERE valid_from = %(day)s AND valid_to IS NULL"
CLOSE_CHANGED = """
UPDATE {snapshot} s SET valid_to = %(day)s FROM {deal} d
WHERE s.deal_id = d.id AND s.valid_to IS NULL AND s.valid_from < %(day)s
  AND (NOT {stands} OR ({was}) IS DISTINCT FROM ({is}))
"""
WRITE_NEW = """
INSERT INTO {snapshot} (deal_id, valid_from, {columns})
SELECT d.id, %(day)s, {values} FROM {deal} d
WHERE {stands} AND NOT EXISTS (SELECT 1 FROM {snapshot} s WHERE s.deal_id = d.id AND s.valid_to IS NULL)
ON CONFLICT (deal_id, valid_from) DO NOTHING
"""


def take_snapshot(day: date) -> int:
    """Record what the open deals look like at the end of ``day``; return how many rows were written."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (FORGET_DAY, CLOSE_CHANGED, WRITE_NEW):
            cursor.execute(statement.format(**_NAMES), {"day": day})
        return int(cursor.rowcount)


def open_on(day: date) -> models.QuerySet[DealSnapshot]:
    """Return what was open at the end of ``day``, as it was then."""
    still = models.Q(valid_to=None) | models.Q(valid_to__gt=day)
    return DealSnapshot.objects.filter(still, valid_from__lte=day)
