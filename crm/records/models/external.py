"""The ids by which other systems know our records."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExternalId(models.Model):
    """One outside id: the key of repeated imports and of REST upserts."""

    source = models.CharField(_("source"), max_length=80)
    value = models.CharField(_("outside id"), max_length=200)
    type_id = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("outside id")
        verbose_name_plural = _("outside ids")
        constraints = (
            models.UniqueConstraint(fields=["source", "value", "type_id"], name="external_id_once"),
        )
        indexes = (models.Index(fields=["type_id", "record_id"], name="external_id_record"),)

    def __str__(self) -> str:
        return f"{self.source}: {self.value}"
