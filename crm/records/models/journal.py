"""The journal of undo: what each row held before a bulk edit, import or merge."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class JournalEntry(models.Model):
    """One row made or changed by a job. ``before`` is null for a row that the job made."""

    job = models.ForeignKey("records.Job", on_delete=models.CASCADE, related_name="journal")
    model = models.CharField(max_length=80)
    object_id = models.BigIntegerField()
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"
