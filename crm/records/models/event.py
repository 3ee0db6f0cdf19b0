"""What happened: one append-only row per change, its links, and who still has to hear of it.

``Event`` and ``EventLink`` are partitioned by month in the database (migration 0002);
Django sees plain tables. References to them therefore carry no database constraint.
"""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.records.registry import Ref


class Event(models.Model):
    """One change of one record: the audit line, with old and new values."""

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    at = models.DateTimeField(_("happened"), default=timezone.now)
    name = models.CharField(_("event"), max_length=60)
    type_id = models.PositiveSmallIntegerField(_("record type"))
    record_id = models.BigIntegerField(_("record"))
    title = models.CharField(_("title"), max_length=300, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    via = models.CharField(_("through"), max_length=16, default="page")
    job_id = models.BigIntegerField(_("job"), null=True)
    caused_by_id = models.BigIntegerField(_("caused by"), null=True)
    depth = models.PositiveSmallIntegerField(default=0)
    data = models.JSONField(_("details"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.name} {self.title}".strip()

    @property
    def ref(self) -> Ref:
        return Ref(self.type_id, self.record_id)


class EventLink(models.Model):
    """Puts an event into the timeline of one record."""

    id = models.BigAutoField(primary_key=True)
    type_id = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()
    at = models.DateTimeField()
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="links"
    )
    event_created_at = models.DateTimeField()
    #: The record whose timeline it stood in before that one was merged into this.
    merged_from_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")

    def __str__(self) -> str:
        return f"{self.type_id}:{self.record_id} {self.event_id}"


class Dispatch(models.Model):
    """An event that somebody subscribed to and that has not been handed out yet."""

    event_id = models.BigIntegerField()
    event_created_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatch")

    def __str__(self) -> str:
        return str(self.event_id)


class Delivery(models.Model):
    """One event for one subscriber; retried alone until it is done or given up."""

    event_id = models.BigIntegerField()
    event_created_at = models.DateTimeField()
    subscriber = models.CharField(max_length=120)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = (models.UniqueConstraint(fields=["event_id", "subscriber"], name="delivery_once"),)
        indexes = (models.Index(fields=["next_at"], name="delivery_next"),)

    def __str__(self) -> str:
        return f"{self.event_id} → {self.subscriber}"
