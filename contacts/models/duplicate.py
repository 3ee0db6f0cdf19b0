"""Signs by which two records may be the same, and the pairs that show them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DuplicateKey(models.Model):
    """One sign of one record: a phone, an e-mail, its name as it sounds, hashed to be compared.

    ``text`` holds the name itself on signs of whole names, from which likeness is measured.
    """

    type_id = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()
    kind = models.PositiveSmallIntegerField()
    hash = models.BigIntegerField()
    text = models.CharField(max_length=320, blank=True)

    class Meta:
        verbose_name = _("sign of a duplicate")
        verbose_name_plural = _("signs of duplicates")
        indexes = (
            models.Index(
                fields=["type_id", "hash", "kind"], include=["record_id"], name="duplicate_key_hash"
            ),
            models.Index(fields=["type_id", "record_id"], name="duplicate_key_record"),
        )

    def __str__(self) -> str:
        return f"{self.type_id}:{self.record_id} {self.kind}"


class DuplicatePair(models.Model):
    """Two records that may be the same, the older one on the left."""

    class State(models.TextChoices):
        OPEN = "open", _("To be judged")
        DISMISSED = "dismissed", _("Not a duplicate")

    type_id = models.PositiveSmallIntegerField()
    left_id = models.BigIntegerField()
    right_id = models.BigIntegerField()
    #: Bits of the signs that both show.
    signs = models.PositiveSmallIntegerField(default=0)
    score = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    found_at = models.DateTimeField(default=timezone.now)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, db_index=False, related_name="+"
    )
    judged_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = (
            models.UniqueConstraint(fields=["type_id", "left_id", "right_id"], name="duplicate_pair_once"),
            models.CheckConstraint(
                condition=models.Q(left_id__lt=models.F("right_id")), name="duplicate_pair_in_order"
            ),
        )
        indexes = (
            models.Index(
                fields=["type_id", "-score", "-id"],
                name="duplicate_pair_best",
                condition=models.Q(state="open"),
            ),
            models.Index(fields=["type_id", "right_id"], name="duplicate_pair_right"),
        )

    def __str__(self) -> str:
        return f"{self.type_id}: {self.left_id} ≈ {self.right_id}"


class DuplicateStale(models.Model):
    """A record that changed, whose signs are to be read anew."""

    type_id = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("record to be compared")
        verbose_name_plural = _("records to be compared")

    def __str__(self) -> str:
        return f"{self.type_id}:{self.record_id}"
