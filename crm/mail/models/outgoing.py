"""The outbox: each letter from the moment somebody sends it until a server has taken it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.mail.models.mailbox import Mailbox
from crm.mail.models.message import Message
from crm.records.registry import Ref


class OutgoingState(models.TextChoices):
    HELD = "held", pgettext_lazy("letter", "Held")
    QUEUED = "queued", pgettext_lazy("letter", "Waiting")
    SENDING = "sending", pgettext_lazy("letter", "On its way")
    SENT = "sent", pgettext_lazy("letter", "Sent")
    FAILED = "failed", pgettext_lazy("letter", "Not sent")
    DOUBTFUL = "doubtful", pgettext_lazy("letter", "Perhaps sent")
    WITHDRAWN = "withdrawn", pgettext_lazy("letter", "Withdrawn")


#: What has not reached its end yet, and may still be stopped while no server has seen it.
STOPPABLE = (OutgoingState.HELD, OutgoingState.QUEUED)
#: What somebody has to look at.
IN_TROUBLE = (OutgoingState.FAILED, OutgoingState.DOUBTFUL)


class Outgoing(models.Model):
    """One letter in the outbox.

    Its Message-ID is fixed before the first try and its bytes never change after that, so a
    server that gets it twice can tell. ``handing_over_at`` is written before the last line goes
    out: a letter without it was surely not taken, one with it and without an answer is doubtful.
    """

    #: Who asks twice to send the same letter gives the same key, and it is one.
    key = models.CharField(max_length=120, unique=True)
    mailbox = models.ForeignKey(Mailbox, verbose_name=_("from"), on_delete=models.PROTECT, related_name="+")
    message = models.OneToOneField(
        Message, verbose_name=_("letter"), null=True, on_delete=models.SET_NULL, related_name="outgoing"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    #: The record it was written on.
    type_id = models.PositiveSmallIntegerField(default=0)
    record_id = models.BigIntegerField(null=True)
    #: Its Message-ID without brackets; None until it leaves for the first time.
    rfc_id = models.CharField(max_length=300, unique=True, null=True)  # noqa: DJ001
    subject = models.CharField(_("subject"), max_length=1000, blank=True)
    raw_path = models.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField(_("size"), default=0)
    #: Addresses that no server has taken it for yet, those it was taken for, and what was said of others.
    waiting = models.JSONField(_("to"), default=list)
    delivered = models.JSONField(_("taken for"), default=list, blank=True)
    refused = models.JSONField(_("refused"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=OutgoingState, default=OutgoingState.QUEUED)
    is_auto = models.BooleanField(_("automatic"), default=False)
    next_at = models.DateTimeField(_("leaves"), default=timezone.now)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True)
    handing_over_at = models.DateTimeField(null=True)
    error = models.TextField(_("error"), blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    #: Stays here when the other side writes first.
    withdraw_on_reply = models.BooleanField(default=False)
    #: So many days without a reply, and the author is reminded.
    remind_days = models.PositiveSmallIntegerField(null=True)

    if TYPE_CHECKING:
        mailbox_id: int
        message_id: int | None
        author_id: int | None

    class Meta:
        verbose_name = _("outgoing letter")
        verbose_name_plural = _("outbox")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=OutgoingState.values), name="outgoing_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sending")
                | models.Q(claim__isnull=False, claimed_until__isnull=False),
                name="outgoing_sending_is_claimed",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_at", "id"],
                name="outgoing_due",
                condition=models.Q(state__in=["held", "queued"]),
            ),
            models.Index(
                fields=["claimed_until"], name="outgoing_claimed", condition=models.Q(state="sending")
            ),
            models.Index(
                fields=["author", "-created_at"],
                name="outgoing_open",
                condition=~models.Q(state__in=["sent", "withdrawn"]),
            ),
            models.Index(
                fields=["type_id", "record_id"],
                name="outgoing_on_record",
                condition=~models.Q(state__in=["sent", "withdrawn"]),
            ),
        )

    def __str__(self) -> str:
        return self.subject or self.rfc_id or self.key

    @property
    def ref(self) -> Ref | None:
        return Ref(self.type_id, self.record_id) if self.record_id else None

    @property
    def may_stop(self) -> bool:
        return self.state in STOPPABLE and not self.tries

    @property
    def tone(self) -> str:
        return {"failed": "danger", "doubtful": "warning", "sent": "success"}.get(self.state, "")

    @property
    def is_in_trouble(self) -> bool:
        return self.state in IN_TROUBLE

    @property
    def recipients(self) -> list[str]:
        """Everybody it was or is to go to."""
        return [*self.delivered, *self.waiting, *(one for one in self.refused if one not in self.waiting)]


class TryOutcome(models.TextChoices):
    GOING = "going", _("Under way")
    TAKEN = "taken", _("Taken by the server")
    PUT_OFF = "put_off", _("Put off")
    REFUSED = "refused", _("Refused")
    CUT = "cut", _("Cut off before it was handed over")
    DOUBT = "doubt", _("Cut off while it was handed over")


class OutgoingTry(models.Model):
    """One try to hand a letter to a server, and what came of it."""

    outgoing = models.ForeignKey(Outgoing, on_delete=models.CASCADE, related_name="attempts")
    token = models.UUIDField(default=uuid4, unique=True, editable=False)
    started_at = models.DateTimeField(_("began"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=TryOutcome, default=TryOutcome.GOING)
    said = models.TextField(_("what the server said"), blank=True)

    class Meta:
        verbose_name = _("try to send")
        verbose_name_plural = _("tries to send")
        indexes = (models.Index(fields=["outgoing", "-started_at"], name="outgoing_try_recent"),)

    def __str__(self) -> str:
        return f"{self.outgoing_id} {self.outcome}"
