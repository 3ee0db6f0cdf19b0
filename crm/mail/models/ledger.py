"""The book of everything that arrived: one row per letter on the server, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.small import SmallTable
from crm.mail.models.mailbox import Mailbox
from crm.mail.models.message import Message
from crm.mail.querysets import LedgerQuerySet


class Outcome(models.TextChoices):
    IMPORTED = "imported", _("Taken in")
    DUPLICATE = "duplicate", _("Known already")
    IGNORED = "ignored", _("Left out by a rule")
    BOUNCE = "bounce", _("Not delivered")
    QUARANTINED = "quarantined", _("Could not be read")


class LedgerRow(models.Model):
    """One letter on a server, or handed in, and what became of it."""

    #: None for what was handed in for no mailbox of ours.
    mailbox = models.ForeignKey(Mailbox, null=True, on_delete=models.CASCADE, related_name="ledger")
    folder = models.CharField(_("folder"), max_length=255, blank=True)
    uidvalidity = models.PositiveBigIntegerField(null=True)
    uid = models.PositiveBigIntegerField(_("number on the server"), null=True)
    #: Its Message-ID.
    rfc_id = models.CharField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    reason = models.TextField(_("reason"), blank=True)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="ledger")
    raw_path = models.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField(_("size"), default=0)
    #: What can be said of a letter that could not be read.
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    from_address = models.CharField(_("from"), max_length=320, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger row")
        verbose_name_plural = _("ledger of letters")
        constraints = (
            models.UniqueConstraint(
                fields=["mailbox", "folder", "uidvalidity", "uid"],
                name="ledger_once",
                condition=models.Q(uid__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["imported", "duplicate", "ignored", "bounce", "quarantined"]),
                name="ledger_outcome_known",
            ),
        )
        indexes = (
            models.Index(fields=["mailbox", "outcome", "-at", "-id"], name="ledger_by_outcome"),
            models.Index(fields=["mailbox", "-at", "-id"], name="ledger_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.mailbox} {self.folder} {self.uid or self.pk}: {self.outcome}"


class SenderAct(models.TextChoices):
    IGNORE = "ignore", _("Leave on the server")
    FILE = "file", _("Take in as filed")


class SenderRule(SmallTable):
    """What happens to letters of a sender, such as newsletters and alarms."""

    mailbox = models.ForeignKey(
        Mailbox,
        verbose_name=_("mailbox"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="sender_rules",
        help_text=_("Empty for all mailboxes."),
    )
    pattern = models.CharField(
        _("sender"), max_length=254, help_text=_("An address, or *@example.com for a whole company.")
    )
    act = models.CharField(_("what to do"), max_length=8, choices=SenderAct, default=SenderAct.IGNORE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    if TYPE_CHECKING:
        mailbox_id: int | None

    class Meta:
        verbose_name = _("rule for a sender")
        verbose_name_plural = _("rules for senders")
        constraints = (
            models.UniqueConstraint(
                fields=["mailbox", "pattern"], name="sender_rule_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.pattern}: {self.get_act_display()}"


class AutoReplyCounter(models.Model):
    """How many automatic letters an address got from us within a window of time."""

    address = models.CharField(max_length=320)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("counter of automatic letters")
        verbose_name_plural = _("counters of automatic letters")
        constraints = (
            models.UniqueConstraint(fields=["address", "window_start"], name="auto_reply_counter_once"),
        )
        indexes = (models.Index(fields=["window_start"], name="auto_reply_by_window"),)

    def __str__(self) -> str:
        return f"{self.address}: {self.count}"
