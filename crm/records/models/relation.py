"""How two records of any types belong together: "supplier of", "referred by"."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.records.registry import Ref


class RelationKind(models.Model):
    """One way in which records belong together, named from both ends."""

    name = models.CharField(
        _("name"), max_length=80, help_text=_("Read from the first record: Acme is “supplier of” Beta.")
    )
    inverse = models.CharField(
        _("name from the other end"),
        max_length=80,
        blank=True,
        help_text=_("Beta is “supplied by” Acme. Left empty, both ends are called alike."),
    )
    left_types = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("offered on"),
        default=list,
        blank=True,
        help_text=_("Kinds of records from which it begins; none means all."),
    )
    right_types = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("leads to"),
        default=list,
        blank=True,
        help_text=_("Kinds of records to which it leads; none means all."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("What is switched off stays on old records but is not offered."),
    )

    class Meta:
        verbose_name = _("kind of relation")
        verbose_name_plural = _("kinds of relations")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                Lower("inverse"),
                name="relation_kind_unique",
                violation_error_message=_("There is a kind of this name already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} / {self.inverse}" if self.inverse else self.name

    @property
    def is_mutual(self) -> bool:
        """Whether both ends are called alike."""
        return not self.inverse

    def named(self, *, forward: bool) -> str:
        """Return its name read from the first record, or from the other end."""
        return self.name if forward or not self.inverse else self.inverse


class RecordRelation(models.Model):
    """Two records that belong together: the left one is ``kind.name`` the right one."""

    kind = models.ForeignKey(
        RelationKind, verbose_name=_("kind"), on_delete=models.PROTECT, related_name="relations"
    )
    left_type_id = models.PositiveSmallIntegerField()
    left_id = models.BigIntegerField()
    right_type_id = models.PositiveSmallIntegerField()
    right_id = models.BigIntegerField()
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "left_type_id", "left_id", "right_type_id", "right_id"],
                name="relation_once",
                violation_error_message=_("These two are related in this way already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(left_type_id=models.F("right_type_id"), left_id=models.F("right_id")),
                name="relation_of_two",
                violation_error_message=_("A record can't be related to itself."),
            ),
        )
        indexes = (
            models.Index(fields=["left_type_id", "left_id"], name="relation_left"),
            models.Index(fields=["right_type_id", "right_id"], name="relation_right"),
        )

    def __str__(self) -> str:
        return f"{self.left_type_id}:{self.left_id} {self.kind} {self.right_type_id}:{self.right_id}"

    @property
    def left(self) -> Ref:
        return Ref(self.left_type_id, self.left_id)

    @property
    def right(self) -> Ref:
        return Ref(self.right_type_id, self.right_id)
