"""Files on records: who attached what, and the bytes, kept once however often they are attached."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.records.registry import Ref

PDF = "application/pdf"
#: The record type number of files that are uploaded but not on a record yet.
STAGED = 0


def place_of(content: Content, name: str) -> str:
    """Return where bytes are kept: a name that nobody can guess and that says nothing."""
    token = uuid4().hex
    return f"files/{token[:2]}/{token}"


def place_of_thumbnail(content: Content, name: str) -> str:
    return f"{content.file.name}.webp"


class Content(models.Model):
    """The bytes of a file. The media type comes from the bytes, never from the browser."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField(_("size"))
    media_type = models.CharField(_("type"), max_length=127)
    #: Set for pictures that were read to the end and are no larger than a browser can bear.
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    file = models.FileField(upload_to=place_of, max_length=200)
    thumbnail = models.FileField(upload_to=place_of_thumbnail, max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("content of a file")
        verbose_name_plural = _("contents of files")
        indexes = (models.Index(fields=["created_at"], name="content_by_created"),)

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def is_picture(self) -> bool:
        return self.width is not None

    @property
    def shows_inline(self) -> bool:
        """Whether a browser may show it, instead of saving it."""
        return self.is_picture or self.media_type == PDF


class Attachment(models.Model):
    """One file on one record.

    ``activity_id`` names the note that it came with, ``field`` the custom field that holds it.
    """

    type_id = models.PositiveSmallIntegerField(_("record type"))
    record_id = models.BigIntegerField(_("record"))
    content = models.ForeignKey(Content, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    activity_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=80, blank=True)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("added by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("added"), default=timezone.now)
    deleted_at = models.DateTimeField(_("deleted"), null=True)
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, db_index=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = (models.CheckConstraint(condition=~models.Q(name=""), name="attachment_named"),)
        indexes = (
            models.Index(fields=["type_id", "record_id", "-created_at", "-id"], name="attachment_by_record"),
            models.Index(
                fields=["activity_id"],
                name="attachment_by_activity",
                condition=models.Q(activity_id__isnull=False),
            ),
            models.Index(
                fields=["deleted_at"], name="attachment_in_bin", condition=models.Q(deleted_at__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> Ref:
        return Ref(self.type_id, self.record_id)

    @property
    def is_staged(self) -> bool:
        """Uploaded by somebody who has not saved yet what it belongs to."""
        return self.type_id == STAGED
