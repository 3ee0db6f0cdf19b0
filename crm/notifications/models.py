"""What people are told, how each wants to be told, and which records they follow."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.models import User
from crm.records.registry import Ref


class Mail(models.TextChoices):
    """When a letter brings it."""

    NOW = "now", _("At once")
    DIGEST = "digest", _("Once a day")
    NEVER = "never", _("Never")


class Notification(models.Model):
    """One thing that one person is told, in the bell and perhaps by letter.

    ``key`` joins what belongs together while it is unread: ten notes on a deal are one line.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=40)
    type_id = models.PositiveSmallIntegerField(default=0)
    record_id = models.BigIntegerField(null=True)
    title = models.CharField(_("about"), max_length=300, blank=True)
    url = models.CharField(max_length=500, blank=True)
    actor = models.ForeignKey(User, null=True, db_index=False, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    data = models.JSONField(default=dict, blank=True)
    count = models.PositiveIntegerField(default=1)
    key = models.CharField(max_length=160)
    event_id = models.BigIntegerField(null=True)
    read_at = models.DateTimeField(null=True)
    #: Wanted by letter only: neither in the bell nor on the page.
    is_silent = models.BooleanField(default=False)
    mail = models.CharField(max_length=8, choices=Mail, default=Mail.NEVER)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = (
            models.UniqueConstraint(
                fields=["user", "key"],
                condition=models.Q(read_at__isnull=True),
                name="notification_unread_once",
            ),
        )
        indexes = (
            models.Index(fields=["user", "-at", "-id"], name="notification_recent"),
            models.Index(
                fields=["user", "-at"],
                name="notification_unread",
                condition=models.Q(read_at__isnull=True, is_silent=False),
            ),
            models.Index(
                fields=["user"],
                name="notification_for_digest",
                condition=models.Q(mail="digest", mailed_at__isnull=True),
            ),
            models.Index(fields=["at"], name="notification_by_age"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.title}".strip()

    @property
    def ref(self) -> Ref | None:
        return Ref(self.type_id, self.record_id) if self.type_id and self.record_id else None


class Preference(models.Model):
    """How one person wants to hear of one kind of thing."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    on_page = models.BooleanField(_("in the bell"), default=True)
    mail = models.CharField(_("by letter"), max_length=8, choices=Mail)

    class Meta:
        verbose_name = _("choice of notifications")
        verbose_name_plural = _("choices of notifications")
        constraints = (models.UniqueConstraint(fields=["user", "kind"], name="preference_once"),)

    def __str__(self) -> str:
        return f"{self.user} {self.kind}"


class Follow(models.Model):
    """A record that somebody follows; with ``is_muted`` an own one of which they want to hear nothing."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    type_id = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()
    is_muted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("followed record")
        verbose_name_plural = _("followed records")
        constraints = (models.UniqueConstraint(fields=["type_id", "record_id", "user"], name="follow_once"),)

    def __str__(self) -> str:
        return f"{self.user} → {self.type_id}:{self.record_id}"
