"""What came of a rule: one row per rule, record and occasion, with a line per step."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.automation.models.rule import Rule


class RunState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("run", "Waiting")
    DONE = "done", pgettext_lazy("run", "Done")
    SKIPPED = "skipped", _("Did not fit")
    STOPPED = "stopped", pgettext_lazy("run", "Stopped")
    FAILED = "failed", pgettext_lazy("run", "Failed")


class RuleRun(models.Model):
    """One time that a rule looked at one record.

    ``occasion`` names what made it look: an event, a moment, a button. Together with rule and
    record it is unique, which is what makes each thing happen once.
    """

    rule = models.ForeignKey(Rule, verbose_name=_("rule"), on_delete=models.CASCADE, related_name="runs")
    version = models.PositiveIntegerField(_("version"), default=1)
    type_id = models.PositiveSmallIntegerField(_("record type"))
    record_id = models.BigIntegerField(_("record"))
    title = models.CharField(_("record"), max_length=300, blank=True)
    occasion = models.CharField(_("occasion"), max_length=80)
    place = models.PositiveIntegerField(default=0)
    event_id = models.BigIntegerField(_("event"), null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("caused by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    depth = models.PositiveSmallIntegerField(default=0)
    #: Which rules have acted on which records before, in the same chain of changes.
    chain = ArrayField(models.CharField(max_length=60), default=list)
    state = models.CharField(_("result"), max_length=8, choices=RunState, default=RunState.WAITING)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    steps = models.JSONField(_("steps"), default=list, encoder=DjangoJSONEncoder)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("run of a rule")
        verbose_name_plural = _("runs of rules")
        constraints = (
            models.UniqueConstraint(fields=["rule", "record_id", "occasion"], name="rule_run_once"),
        )
        indexes = (
            models.Index(fields=["next_at", "id"], name="rule_run_next", condition=models.Q(state="waiting")),
            models.Index(
                fields=["occasion", "record_id"],
                name="rule_run_together",
                condition=models.Q(state="waiting"),
            ),
            models.Index(fields=["rule", "-id"], name="rule_run_log"),
            models.Index(fields=["rule", "state", "-id"], name="rule_run_by_state"),
            models.Index(fields=["type_id", "record_id", "-id"], name="rule_run_of_record"),
            models.Index(fields=["created_at"], name="rule_run_age"),
        )

    def __str__(self) -> str:
        return f"{self.rule}: {self.title}"

    @property
    def link(self) -> str:
        """How a chain of changes names this rule and record."""
        return f"{self.rule_id}:{self.type_id}:{self.record_id}"
