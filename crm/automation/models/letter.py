"""Letters that rules write: their templates, and each letter until it has left."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.automation.models.run import RuleRun
from crm.records import registry


class MailTemplate(models.Model):
    """A letter with fields that are filled in from a record."""

    name = models.CharField(_("name"), max_length=120)
    type_id = models.PositiveSmallIntegerField(_("record type"))
    subject = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("text"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("mail template")
        verbose_name_plural = _("mail templates")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="mail_template_name_unique",
                violation_error_message=_("There is a template of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def type_label(self) -> str:
        return registry.by_id(self.type_id).label_plural


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
