"""Files brought to be imported, and the mappings that people keep for the next one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.utils import timezone
from django.utils.functional import LazyObject
from django.utils.translation import gettext_lazy as _


class PrivateStorage(LazyObject):  # type: ignore[type-arg]
    """Keeps uploads where no address of the web server leads."""

    def _setup(self) -> None:
        self._wrapped = FileSystemStorage(location=settings.DATA_DIR / "media" / "private")


private_storage = PrivateStorage()


def private_place() -> PrivateStorage:
    """Where uploads lie; a function, so that no migration names a path."""
    return private_storage


def import_path(file: ImportFile, _name: str) -> str:
    """Each file lies in a folder of its own, under a name that says nothing."""
    return f"imports/{file.token}/source"


class ImportFile(models.Model):
    """One file on its way in: how it is laid out and what stands in its columns."""

    token = models.UUIDField(default=uuid4, unique=True, editable=False)
    target = models.CharField(_("record type"), max_length=40)
    name = models.CharField(_("file name"), max_length=255)
    stored = models.FileField(storage=private_place, upload_to=import_path, max_length=300)  # type: ignore[arg-type]
    size = models.PositiveBigIntegerField(_("size"), default=0)
    digest = models.CharField(max_length=64, blank=True, db_index=True)
    shape = models.JSONField(default=dict, blank=True)
    survey = models.JSONField(default=dict, blank=True)
    mapping = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("brought by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(_("brought"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        indexes = (models.Index(fields=["-created_at"], name="import_file_recent"),)

    def __str__(self) -> str:
        return self.name

    @property
    def rows(self) -> int:
        """How many rows the file holds."""
        return int(self.survey.get("rows", 0))

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        columns: list[dict[str, Any]] = self.survey.get("columns", [])
        return [str(column["name"]) for column in columns]


class ImportMapping(models.Model):
    """Which column goes where, kept under a name for files of the same header."""

    name = models.CharField(_("name"), max_length=120)
    target = models.CharField(_("record type"), max_length=40)
    fingerprint = models.CharField(
        _("header"), max_length=64, blank=True, help_text=_("Files with this header get the mapping at once.")
    )
    mapping = models.JSONField(_("mapping"), default=dict)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    is_shared = models.BooleanField(_("for everybody"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints = (
            models.UniqueConstraint(
                fields=["target", "owner", "name"],
                name="import_mapping_name",
                violation_error_message=_("You have a mapping of this name already."),
            ),
        )
        indexes = (models.Index(fields=["target", "fingerprint"], name="import_mapping_header"),)

    def __str__(self) -> str:
        return self.name
