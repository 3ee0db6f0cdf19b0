"""Querysets of records: alive or in the bin, and what a person may see of them."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django.db import models

from crm.identity.access import access_for

R = TypeVar("R", bound=models.Model)


class RecordQuerySet(models.QuerySet[R]):
    """What every type of record can be asked for."""

    def visible_to(self, user: Any, action: str = "view") -> Self:
        """Leave what ``user`` may ``action``. The one rule behind every door."""
        return self.filter(access_for(user).filter(self.model, action))

    def alive(self) -> Self:
        return self.filter(deleted_at__isnull=True)

    def in_bin(self) -> Self:
        return self.filter(deleted_at__isnull=False)
