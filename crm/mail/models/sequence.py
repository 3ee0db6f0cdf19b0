"""Sequences: letters, calls and tasks that follow each other until somebody answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.mail.models.mailbox import Mailbox
from crm.mail.models.message import Message
from crm.mail.models.outgoing import Outgoing
from crm.mail.models.writing import MailTemplate
from crm.records.registry import Ref


class Sequence(models.Model):
    """A row of steps that somebody is led along."""

    name = models.CharField(_("name"), max_length=120)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: nobody new is taken up; who is on the way goes on.")
    )
    stops_on_stage = models.BooleanField(
        _("stops when the stage changes"), default=True, help_text=_("Also when it is won or lost.")
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("sequence")
        verbose_name_plural = _("sequences")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="sequence_name_unique",
                violation_error_message=_("There is a sequence of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("mail:sequence", args=[self.pk])


class StepKind(models.TextChoices):
    MAIL = "mail", pgettext_lazy("step", "Letter")
    CALL = "call", pgettext_lazy("step", "Call")
    TASK = "task", pgettext_lazy("step", "Task")
    WAIT = "wait", pgettext_lazy("step", "Wait")


class SequenceStep(models.Model):
    """One step: a letter by template, a call or a task to be done, or some business days of waiting."""

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=4, choices=StepKind, default=StepKind.MAIL)
    days = models.PositiveSmallIntegerField(_("business days"), default=0)
    template = models.ForeignKey(
        MailTemplate,
        verbose_name=_("template"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    subject = models.CharField(_("what is to be done"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = (
            models.UniqueConstraint(
                fields=["sequence", "position"],
                name="sequence_step_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="mail") | models.Q(template__isnull=False),
                name="sequence_mail_has_template",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="wait") | models.Q(days__gt=0), name="sequence_wait_has_days"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.get_kind_display()}"


class EnrolmentState(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("sequence", "On the way")
    PAUSED = "paused", pgettext_lazy("sequence", "Paused")
    DONE = "done", pgettext_lazy("sequence", "At the end")
    STOPPED = "stopped", pgettext_lazy("sequence", "Stopped")


class StopReason(models.TextChoices):
    REPLY = "reply", _("Answered")
    MEETING = "meeting", _("Met")
    BOUNCE = "bounce", _("Letter came back")
    UNSUBSCRIBE = "unsubscribe", _("Wants no letters")
    STAGE = "stage", _("Stage changed")
    HAND = "hand", _("Stopped by hand")
    PROBLEM = "problem", _("Could not go on")


class Enrolment(models.Model):
    """One record that is led along a sequence."""

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="enrolments")
    type_id = models.PositiveSmallIntegerField(_("record type"))
    record_id = models.BigIntegerField(_("record"))
    title = models.CharField(_("record"), max_length=300)
    address = models.CharField(_("address"), max_length=254, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    mailbox = models.ForeignKey(
        Mailbox, verbose_name=_("from"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("state"), max_length=7, choices=EnrolmentState, default=EnrolmentState.ACTIVE)
    reason = models.CharField(_("reason"), max_length=11, choices=StopReason, blank=True)
    note = models.CharField(_("remark"), max_length=500, blank=True)
    #: The position of the step that comes next; past the last one at the end.
    position = models.PositiveSmallIntegerField(default=1)
    next_at = models.DateTimeField(_("next"), null=True)
    enrolled_at = models.DateTimeField(_("since"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)
    #: The last letter, which the next one continues.
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("participant of a sequence")
        verbose_name_plural = _("participants of sequences")
        constraints = (
            models.UniqueConstraint(
                fields=["sequence", "type_id", "record_id"],
                condition=models.Q(state__in=["active", "paused"]),
                name="enrolment_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="stopped") ^ models.Q(reason=""), name="enrolment_stop_has_reason"
            ),
        )
        indexes = (
            models.Index(
                fields=["type_id", "record_id"],
                name="enrolment_on_record",
                condition=models.Q(state__in=["active", "paused"]),
            ),
            models.Index(
                fields=["address"],
                name="enrolment_by_address",
                condition=models.Q(state__in=["active", "paused"]),
            ),
            models.Index(fields=["sequence", "-enrolled_at"], name="enrolment_recent"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def ref(self) -> Ref:
        return Ref(self.type_id, self.record_id)

    @property
    def is_open(self) -> bool:
        return self.state in (EnrolmentState.ACTIVE, EnrolmentState.PAUSED)


class StepRun(models.Model):
    """One step done for one participant: once."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="runs")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=4, choices=StepKind)
    at = models.DateTimeField(default=timezone.now)
    outgoing = models.ForeignKey(Outgoing, null=True, on_delete=models.SET_NULL, related_name="+")
    activity_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("step done")
        verbose_name_plural = _("steps done")
        constraints = (models.UniqueConstraint(fields=["enrolment", "position"], name="sequence_run_once"),)

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.position}"
