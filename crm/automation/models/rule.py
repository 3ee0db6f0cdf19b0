"""A rule: when it looks, what must fit, and what is done then."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.records import registry


class Trigger(models.TextChoices):
    """What makes a rule look."""

    CREATED = "created", _("a record is created")
    CHANGED = "changed", _("a field changes")
    EVENT = "event", _("something happens")
    DATE = "date", _("a date comes")
    SCHEDULE = "schedule", _("on a schedule")
    BUTTON = "button", _("somebody presses a button")


#: Rules that events start.
BY_EVENT = (Trigger.CREATED, Trigger.CHANGED, Trigger.EVENT)


class Rule(models.Model):
    """One rule over records of one type; ``when``, ``condition`` and ``steps`` as the builder keeps them."""

    name = models.CharField(_("name"), max_length=150)
    note = models.TextField(_("what it is for"), blank=True)
    type_id = models.PositiveSmallIntegerField(_("record type"))
    trigger = models.CharField(_("when"), max_length=10, choices=Trigger, default=Trigger.CREATED)
    when = models.JSONField(_("details of when"), default=dict, blank=True)
    condition = models.JSONField(_("condition"), default=dict, blank=True)
    steps = models.JSONField(_("steps"), default=list, blank=True)
    position = models.PositiveIntegerField(_("order"), default=100)
    once = models.BooleanField(
        _("once per record"), default=False, help_text=_("A record that it has acted on is left alone then.")
    )
    stops = models.BooleanField(
        _("last rule"), default=False, help_text=_("Rules after it are not looked at for the same happening.")
    )
    is_on = models.BooleanField(pgettext_lazy("rule", "on"), default=False)
    on_since = models.DateTimeField(_("on since"), null=True, blank=True)
    pause_reason = models.CharField(_("paused because"), max_length=300, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acts with the rights of"),
        on_delete=models.PROTECT,
        related_name="rules",
    )
    team = models.ForeignKey(
        "identity.Team",
        verbose_name=_("only records of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rules",
        help_text=_("This team and those below it. Empty: all that the author may see."),
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    looked_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = (
            models.CheckConstraint(condition=models.Q(trigger__in=Trigger.values), name="rule_trigger_known"),
            models.CheckConstraint(
                condition=models.Q(is_on=False) | models.Q(on_since__isnull=False), name="rule_on_since"
            ),
        )
        indexes = (
            models.Index(fields=["type_id", "trigger"], name="rule_active", condition=models.Q(is_on=True)),
            models.Index(fields=["author"], name="rule_author", condition=models.Q(is_on=True)),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def model(self) -> Any:
        """The model of the records that it is about."""
        return registry.by_id(self.type_id).model

    def snapshot(self) -> dict[str, Any]:
        """Return all that a version keeps."""
        return {
            "name": self.name,
            "note": self.note,
            "type_id": self.type_id,
            "trigger": self.trigger,
            "when": self.when,
            "condition": self.condition,
            "steps": self.steps,
            "once": self.once,
            "stops": self.stops,
            "team": self.team_id,
        }


class RuleVersion(models.Model):
    """A rule as it was after somebody saved it."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField(_("saved"), default=timezone.now)

    class Meta:
        verbose_name = _("version of a rule")
        verbose_name_plural = _("versions of rules")
        constraints = (models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once"),)

    def __str__(self) -> str:
        return f"{self.rule} {self.number}"


class RuleMark(models.Model):
    """Says that a rule has acted on a record: what "once per record" goes by."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="marks")
    record_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("mark of a rule")
        verbose_name_plural = _("marks of rules")
        constraints = (models.UniqueConstraint(fields=["rule", "record_id"], name="rule_mark_once"),)

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.record_id}"
