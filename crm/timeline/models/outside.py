"""Calendars on other servers, kept alike with ours both ways by CalDAV."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.timeline.models.activities import Activity


class OutsideCalendar(models.Model):
    """One calendar of a colleague on a CalDAV server."""

    class State(models.TextChoices):
        OK = "ok", _("Works")
        FAILING = "failing", _("Fails")
        PAUSED = "paused", _("Paused")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="outside_calendar"
    )
    url = models.CharField(_("address"), max_length=500)
    username = models.CharField(_("user name"), max_length=200)
    secret = models.TextField(blank=True, editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.OK)
    last_error = models.TextField(blank=True)
    last_sync_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("connected calendar")
        verbose_name_plural = _("connected calendars")

    def __str__(self) -> str:
        return f"{self.user} {self.url}"


class OutsideEvent(models.Model):
    """One object on the server, what it is here, and both as they were when last alike."""

    calendar = models.ForeignKey(OutsideCalendar, on_delete=models.CASCADE, related_name="events")
    href = models.CharField(max_length=700)
    uid = models.CharField(max_length=255, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    #: Digest of what we last wrote or read; ours differs when somebody changed it here.
    digest = models.CharField(max_length=64, blank=True)
    activity = models.ForeignKey(
        Activity, null=True, on_delete=models.SET_NULL, related_name="outside_events"
    )
    error = models.CharField(_("why it is skipped"), max_length=300, blank=True)
    #: What the other side said when both had changed: shown until somebody chooses.
    conflict = models.TextField(blank=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("event of a connected calendar")
        verbose_name_plural = _("events of connected calendars")
        constraints = (
            models.UniqueConstraint(fields=["calendar", "href"], name="outside_event_once"),
            models.UniqueConstraint(
                fields=["calendar", "activity"],
                condition=Q(activity__isnull=False),
                name="outside_event_activity_once",
            ),
        )

    def __str__(self) -> str:
        return self.href
