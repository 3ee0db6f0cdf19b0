"""Outgoing hooks: addresses of other programs that hear of what happens here."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Webhook(models.Model):
    """One address, what it wants to hear of, and the secret with which letters to it are signed."""

    name = models.CharField(_("name"), max_length=120)
    url = models.URLField(_("address"), max_length=500)
    #: Encrypted; the last one stays valid for a while after a change.
    secret = models.TextField(editable=False)
    old_secret = models.TextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    events = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("hears of"),
        default=list,
        blank=True,
        help_text=_("Names such as deal.won, or deal.* for all of a kind. Empty: only what rules send."),
    )
    is_on = models.BooleanField(pgettext_lazy("webhook", "on"), default=True)
    pause_reason = models.CharField(_("paused because"), max_length=300, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sees with the rights of"),
        on_delete=models.PROTECT,
        related_name="webhooks",
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class HookState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
    SENT = "sent", pgettext_lazy("delivery", "Delivered")
    FAILED = "failed", pgettext_lazy("delivery", "Given up")


class HookDelivery(models.Model):
    """One message to one address, with what was answered at the last try."""

    token = models.UUIDField(default=uuid4, unique=True, editable=False)
    webhook = models.ForeignKey(
        Webhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries"
    )
    #: What it is about: the same event, or step of a run, is sent once.
    key = models.CharField(max_length=80)
    event = models.CharField(_("event"), max_length=60)
    body = models.JSONField(_("message"), encoder=DjangoJSONEncoder)
    state = models.CharField(_("state"), max_length=8, choices=HookState, default=HookState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    answer = models.TextField(_("text of the answer"), blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    seconds = models.FloatField(_("seconds"), null=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    done_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("delivery to a webhook")
        verbose_name_plural = _("deliveries to webhooks")
        constraints = (models.UniqueConstraint(fields=["webhook", "key"], name="hook_delivery_once"),)
        indexes = (
            models.Index(fields=["next_at"], name="hook_delivery_next", condition=models.Q(state="waiting")),
            models.Index(fields=["webhook", "-id"], name="hook_delivery_log"),
            models.Index(fields=["created_at"], name="hook_delivery_age"),
        )

    def __str__(self) -> str:
        return f"{self.event} → {self.webhook}"
