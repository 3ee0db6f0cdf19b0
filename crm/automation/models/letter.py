"""Letters that rules write: each until it has left."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.automation.models.run import RuleRun


class LetterState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("letter", "Waiting")
    SENT = "sent", pgettext_lazy("letter", "Sent")
    FAILED = "failed", pgettext_lazy("letter", "Failed")


class RuleLetter(models.Model):
    """One letter on its way. Written together with the run that wants it sent."""

    token = models.UUIDField(default=uuid4, unique=True, editable=False)
    run = models.ForeignKey(RuleRun, null=True, on_delete=models.SET_NULL, related_name="letters")
    to = models.CharField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("text"))
    state = models.CharField(_("state"), max_length=8, choices=LetterState, default=LetterState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("letter of a rule")
        verbose_name_plural = _("letters of rules")
        indexes = (
            models.Index(fields=["next_at"], name="rule_letter_next", condition=models.Q(state="waiting")),
            models.Index(fields=["-created_at"], name="rule_letter_recent"),
        )

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"
