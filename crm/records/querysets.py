"""Querysets of records: alive or in the bin, and what a person may see of them."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models

from crm.identity.access import access_for
from crm.records.customfields.peers import has_references, introduce

R = TypeVar("R", bound=models.Model)


class RecordQuerySet(models.QuerySet[R]):
    """What every type of record can be asked for."""

    def visible_to(self, user: Any, action: str = "view") -> Self:
        """Leave what ``user`` may ``action``. The one rule behind every door."""
        return self.filter(access_for(user).filter(self.model, action))

    def _fetch_all(self) -> None:
        """Let the records of one result know each other: their custom references come in one query."""
        is_fresh = self._result_cache is None
        super()._fetch_all()
        if is_fresh and self._result_cache and has_references(self.model):
            introduce([row for row in self._result_cache if isinstance(row, models.Model)])

    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def in_bin(self) -> Self:
        return self.filter(deleted_at__isnull=False)
