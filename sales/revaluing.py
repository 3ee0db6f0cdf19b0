"""Open deals follow the rates of the day and the probabilities of their stages.

Both are settings of the house, not changes of a deal: no event, no version, one statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from crm.identity.models import Organisation
from crm.lib.money import digits_of
from crm.records.models import CurrencyRate
from sales.models import Deal, Stage

if TYPE_CHECKING:
    from datetime import datetime

RATE_OF_DAY = """
WITH wanted AS (
    SELECT d.id, CASE WHEN d.currency IN (%(base)s, '') THEN 1 ELSE (
        SELECT r.rate FROM {rate} r
        WHERE r.currency = d.currency
          AND r."on" <= (COALESCE(d.closed_at, %(at)s) AT TIME ZONE %(zone)s)::date
        ORDER BY r."on" DESC LIMIT 1
    ) END AS rate
    FROM {deal} d WHERE %(closed)s OR (d.is_open AND d.currency NOT IN (%(base)s, ''))
)
UPDATE {deal} d
SET rate = w.rate, base_minor = round(COALESCE(d.amount, 0) * w.rate * %(scale)s)
FROM wanted w
WHERE w.id = d.id AND w.rate IS NOT NULL AND (%(closed)s OR d.rate IS DISTINCT FROM w.rate)
"""
PROBABILITIES = """
UPDATE {deal} d SET probability = s.probability FROM {stage} s
WHERE s.id = d.stage_id AND d.probability <> s.probability AND d.id > %s AND d.id <= %s
"""


def follow_rates(at: datetime, *, closed_too: bool = False) -> int:
    """Value open deals at the rate of the day; return how many changed.

    ``closed_too`` is for a new base currency: then every deal is valued anew, closed ones at
    the rate of the day on which they closed.
    """
    organisation = Organisation.load()
    sql = RATE_OF_DAY.format(rate=CurrencyRate._meta.db_table, deal=Deal._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "base": organisation.base_currency,
                "at": at,
                "zone": organisation.time_zone,
                "scale": 10 ** digits_of(organisation.base_currency),
                "closed": closed_too,
            },
        )
        return int(cursor.rowcount)


def follow_stages(first: int, last: int) -> int:
    """Give deals with ids from ``first`` (not included) to ``last`` the probability of their stage."""
    sql = PROBABILITIES.format(deal=Deal._meta.db_table, stage=Stage._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(sql, [first, last])
        return int(cursor.rowcount)
