"""The abstract record: whose it is, its version, its bin, and when it was last touched."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.records.querysets import RecordQuerySet
from crm.records.registry import RecordType, Ref


class AliveManager(models.Manager.from_queryset(RecordQuerySet)):  # type: ignore[misc]
    """Hides what lies in the bin."""

    def get_queryset(self) -> RecordQuerySet[Any]:
        found: RecordQuerySet[Any] = super().get_queryset().alive()
        return found


class Record(models.Model):
    """One thing that the company knows about and works with."""

    record_type: ClassVar[RecordType]

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    team = models.ForeignKey(
        "identity.Team",
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list, blank=True)
    custom = models.JSONField(_("custom fields"), default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)
    merged_into_id = models.BigIntegerField(null=True, editable=False)
    last_touch_at = models.DateTimeField(_("last touch"), default=timezone.now, editable=False)
    next_due_at = models.DateTimeField(_("next activity"), null=True, editable=False)

    objects: ClassVar[models.Manager[Self]] = AliveManager()
    all_objects: ClassVar[models.Manager[Self]] = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "all_objects"
        default_manager_name = "objects"

    @property
    def ref(self) -> Ref:
        """What events, links, shares and search rows call this record."""
        return Ref(self.record_type.id, self.pk)

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None
