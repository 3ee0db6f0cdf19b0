"""Lists that an administrator keeps: where contacts come from, and what companies do."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from crm.identity.small import SmallTable


class Source(SmallTable):
    """Where a person, a company or a deal came from."""

    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("What is switched off stays on old records but is not offered."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="source_name_unique",
                violation_error_message=_("There is a source of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Industry(SmallTable):
    """What a company does."""

    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("What is switched off stays on old records but is not offered."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("industry")
        verbose_name_plural = _("industries")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="industry_name_unique",
                violation_error_message=_("There is an industry of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name
