"""REST's nightly chore."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from crm.api import repeats
from crm.records import due

if TYPE_CHECKING:
    from crm.records.models import DueRow

KEEP = timedelta(days=2)


@due.handler("api.nightly")
def nightly(row: DueRow) -> None:
    """Forget answers that were kept for programs which ask again."""
    repeats.forget(before=timezone.now() - KEEP)
