"""Small tables that administrators keep and every page reads: writing one renews what is kept of them."""

from __future__ import annotations

from typing import Any

from django.db import models

from crm.lib import kept


class SmallTableQuerySet(models.QuerySet[Any]):
    """Writes of sets renew too."""

    def update(self, **values: Any) -> int:
        found = super().update(**values)
        kept.renew()
        return found

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        found = super().delete()
        kept.renew()
        return found

    delete.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        found = super().bulk_create(*args, **kwargs)
        kept.renew()
        return found


class SmallTable(models.Model):
    """A set-up table of a few rows, such as stages or outcomes."""

    objects = models.Manager.from_queryset(SmallTableQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        kept.renew()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        found = super().delete(*args, **kwargs)
        kept.renew()
        return found
