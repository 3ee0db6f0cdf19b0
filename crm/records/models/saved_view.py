"""Views of a list that a person, a role or everybody keeps."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A name for filters, sort and columns of one list: the query string of its address."""

    type_id = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(_("address"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    is_shared = models.BooleanField(_("shown to everybody"), default=False)
    role = models.ForeignKey(
        "identity.Role",
        verbose_name=_("default for role"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    is_default = models.BooleanField(_("opens first"), default=False)
    is_pinned = models.BooleanField(_("pinned"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = (
            models.UniqueConstraint(
                fields=["type_id", "owner", "name"],
                name="saved_view_name",
                violation_error_message=_("You have a view of this name already."),
            ),
        )
        indexes = (models.Index(fields=["type_id", "is_shared"], name="saved_view_shared"),)

    def __str__(self) -> str:
        return self.name
