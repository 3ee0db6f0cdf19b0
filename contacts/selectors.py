"""Questions about people and companies that more than one place asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable

ABOVE = """
WITH RECURSIVE above AS (
    SELECT id, parent_id FROM contacts_company WHERE id = ANY(%s)
    UNION
    SELECT company.id, company.parent_id
    FROM contacts_company company JOIN above ON company.id = above.parent_id
)
SELECT id, parent_id FROM above
"""


def parents_above(ids: Iterable[int]) -> dict[int, int | None]:
    """Return {company: its parent} for the given companies and all above them."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [list(ids)])
        return dict(cursor.fetchall())
