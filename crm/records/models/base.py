"""The abstract record: whose it is, its version, its bin, and when it was last touched."""

from __future__ import annotations

from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.records.querysets import RecordQuerySet
from crm.records.registry import RecordType, Ref

R = TypeVar("R", bound=models.Model)


class RecordManager(models.Manager[R]):
    """All records, the bin included."""

    def get_queryset(self) -> RecordQuerySet[R]:
        return RecordQuerySet(self.model, using=self._db)

    def visible_to(self, user: Any, action: str = "view") -> RecordQuerySet[R]:
        return self.get_queryset().visible_to(user, action)

    def alive(self) -> RecordQuerySet[R]:
        return self.get_queryset().alive()

    def in_bin(self) -> RecordQuerySet[R]:
        return self.get_queryset().in_bin()


class AliveManager(RecordManager[R]):
    """Hides what lies in the bin."""

    def get_queryset(self) -> RecordQuerySet[R]:
        return super().get_queryset().alive()


class Record(models.Model):
    """One thing that the company knows about and works with."""

    record_type: ClassVar[RecordType]

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    team = models.ForeignKey(
        "identity.Team",
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
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

    objects: ClassVar[RecordManager[Self]] = AliveManager()
    all_objects: ClassVar[RecordManager[Self]] = RecordManager()

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
