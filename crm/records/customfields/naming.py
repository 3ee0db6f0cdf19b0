"""What the indexes of custom fields are called: after the field, and what they hold."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.records.customfields.field import Made

SORT_INDEX = "cfs_"
UNIQUE_INDEX = "cfu_"


def sort_name(made: Made) -> str:
    """Return the name of the index that the sort needs; "" when none does."""
    row = made.definition
    if not row.is_sortable or not made.of.sort or row.is_deleted:
        return ""
    return f"{SORT_INDEX}{row.pk}_{_digest(made.of.sql(made))}"


def unique_name(made: Made) -> str:
    """Return the name of the index that keeps values apart; "" when they may come twice."""
    row = made.definition
    return f"{UNIQUE_INDEX}{row.pk}_{_digest(row.key)}" if row.is_unique and not row.is_deleted else ""


def _digest(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:8]
