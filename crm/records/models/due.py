"""What is due at a time, once: reminders, snapshots, schedules."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DueRow(models.Model):
    """One piece of work for one moment. The unique key is what makes it happen once."""

    kind = models.CharField(_("kind"), max_length=60)
    key = models.CharField(_("key"), max_length=120)
    due_at = models.DateTimeField(_("due"))
    payload = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    done_at = models.DateTimeField(_("done"), null=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("due work")
        verbose_name_plural = _("due work")
        constraints = (models.UniqueConstraint(fields=["kind", "key", "due_at"], name="due_once"),)
        indexes = (
            models.Index(fields=["due_at"], name="due_next", condition=models.Q(done_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key} {self.due_at:%Y-%m-%d %H:%M}"
