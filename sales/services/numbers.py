"""Numbers without a gap: who is issuing waits for whoever issued before, and a refusal gives its number back.

The counter is a row that the issuing transaction locks until it ends. So the numbers stand in the
order of commits, and a number taken by a transaction that fails was never taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import connection

from sales.models import NumberCounter, Numbered, NumberSeries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

TAKE = """
INSERT INTO {table} (kind, year, last) VALUES (%s, %s, %s)
ON CONFLICT (kind, year) DO UPDATE SET last = {table}.last + EXCLUDED.last
RETURNING last
"""
#: How documents are numbered until an administrator says otherwise.
PATTERNS = {
    Numbered.QUOTE: "Q-{year}-{number:4}",
    Numbered.ORDER: "O-{year}-{number:4}",
    Numbered.INVOICE: "{year}-{number:5}",
}
_PIECE = re.compile(r"\{(year|month|number)(?::(\d{1,2}))?\}")


def take_numbers(kind: str, *, on: date, count: int = 1) -> Sequence[str]:
    """Return the next numbers of a series; call it inside the transaction that issues."""
    series = NumberSeries.objects.filter(kind=kind).first()
    pattern = series.pattern if series else PATTERNS[Numbered(kind)]
    year = on.year if series is None or series.is_yearly else 0
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(NumberCounter._meta.db_table)
        cursor.execute(TAKE.format(table=table), [kind, year, count])
        (last,) = cursor.fetchone()
    return [written(pattern, number, on) for number in range(last - count + 1, last + 1)]


def written(pattern: str, number: int, on: date) -> str:
    """Fill a pattern in."""
    values = {"year": on.year, "month": on.month, "number": number}

    def fill(found: re.Match[str]) -> str:
        least = int(found[2] or (2 if found[1] == "month" else 0))
        return f"{values[found[1]]:0{least}d}" if least else str(values[found[1]])

    return _PIECE.sub(fill, pattern)
