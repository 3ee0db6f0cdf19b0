"""Openings of letters and clicks on their links."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.small import SmallTable
from crm.mail.models.message import Message
from crm.mail.models.outgoing import Outgoing


class MailPolicy(SmallTable):
    """What the whole company allows in letters. One row; none is the same as its defaults."""

    allows_opens = models.BooleanField(
        _("openings may be noticed"),
        default=True,
        help_text=_("Off: no letter carries the small picture by which its opening is noticed."),
    )
    allows_clicks = models.BooleanField(
        _("clicks may be noticed"),
        default=True,
        help_text=_("Off: links in letters are left as they are."),
    )

    class Meta:
        verbose_name = _("rules for letters")
        verbose_name_plural = _("rules for letters")

    def __str__(self) -> str:
        return str(_("Rules for letters"))


class TrackedKind(models.TextChoices):
    OPEN = "open", _("Opened")
    CLICK = "click", _("Link followed")


class Tracked(models.Model):
    """One thing that is noticed: that a letter was opened, or that one of its links was followed."""

    token = models.CharField(max_length=32, unique=True)
    outgoing = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="tracked")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="tracked")
    kind = models.CharField(_("kind"), max_length=5, choices=TrackedKind)
    url = models.TextField(_("address"), blank=True)
    count = models.PositiveIntegerField(_("times"), default=0)
    first_at = models.DateTimeField(_("first"), null=True)
    last_at = models.DateTimeField(_("last"), null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("opening or click")
        verbose_name_plural = _("openings and clicks")

    def __str__(self) -> str:
        return f"{self.kind} {self.url}".strip()
