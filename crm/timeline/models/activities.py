"""What people do with customers: tasks, calls, meetings and notes, on any record.

One table for all kinds (decision 2). An activity is about one record, its ``about``; links
put it on the pages of that record's company and people too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.small import SmallTable
from crm.records.models import Record
from crm.records.registry import RecordType, Ref

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from crm.records.models import Search

ALIVE = models.Q(deleted_at=None)
IN_BIN = models.Q(deleted_at__isnull=False)
OPEN = models.Q(done_at=None, cancelled_at=None, deleted_at=None)
TITLE_LENGTH = 80


class CallOutcome(SmallTable):
    """What came of a call, as the company tells it apart."""

    name = models.CharField(_("name"), max_length=80)
    is_contact = models.BooleanField(
        _("somebody was reached"),
        default=True,
        help_text=_("Off for such as “No answer”: trying alone does not count as contact with the customer."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("What is switched off stays on old calls but is not offered.")
    )

    class Meta:
        verbose_name = _("call outcome")
        verbose_name_plural = _("call outcomes")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="call_outcome_name_unique",
                violation_error_message=_("There is an outcome of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[CallOutcome]:
        """Return the outcomes on offer, in order."""
        return cls.objects.filter(is_active=True).order_by("position", "pk")


class Activity(Record):
    """One task, call, meeting or note: planned, done or cancelled."""

    class Kind(models.TextChoices):
        TASK = "task", _("Task")
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        NOTE = "note", _("Note")

    class Direction(models.TextChoices):
        OUTGOING = "out", _("Outgoing")
        INCOMING = "in", _("Incoming")

    class Priority(models.IntegerChoices):
        LOW = 1, _("Low")
        NORMAL = 2, _("Normal")
        HIGH = 3, _("High")

    record_type = RecordType(id=10, slug="activities", trade="work", icon="checklist", new=_("New activity"))

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.TASK)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body = models.TextField(_("text"), blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    all_day = models.BooleanField(
        _("any time of the day"), default=False, help_text=_("Then it is late only when the day is over.")
    )
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    location = models.CharField(_("place"), max_length=250, blank=True)
    meeting_url = models.URLField(_("link to join"), max_length=500, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, blank=True)
    outcome = models.ForeignKey(
        CallOutcome,
        verbose_name=_("outcome"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="activities",
    )
    seconds = models.PositiveIntegerField(_("duration, seconds"), null=True, blank=True)
    #: Colleagues whom the text names: [{"user": 5, "text": "Ann North"}].
    mentions = models.JSONField(default=list, blank=True, editable=False)
    about_type_id = models.PositiveSmallIntegerField(null=True, editable=False)
    about_id = models.BigIntegerField(null=True, editable=False)
    #: Title and ownership of what it is about; None when that lies in the bin.
    about_row: models.ForeignObject[Search | None, Search | None] = models.ForeignObject(
        "records.Search",
        on_delete=models.DO_NOTHING,
        from_fields=["about_type_id", "about_id"],
        to_fields=["type_id", "record_id"],
        null=True,
        editable=False,
        related_name="+",
    )

    if TYPE_CHECKING:
        links: models.Manager[ActivityLink]
        outcome_id: int | None
        owner_id: int | None
        team_id: int | None

    class Meta(Record.Meta):
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=["task", "call", "meeting", "note"]), name="activity_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(done_at=None) | models.Q(cancelled_at=None),
                name="activity_done_or_cancelled",
                violation_error_message=_("What was cancelled can't be done."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="note") | models.Q(done_at__isnull=False),
                name="activity_note_is_done",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None)
                | models.Q(due_at=None)
                | models.Q(ends_at__gte=models.F("due_at")),
                name="activity_in_order",
                violation_error_message=_("It ends before it begins."),
            ),
            models.CheckConstraint(
                condition=models.Q(about_type_id=None, about_id=None)
                | models.Q(about_type_id__isnull=False, about_id__isnull=False),
                name="activity_about_whole",
            ),
        )
        indexes = (
            models.Index(fields=["owner", "due_at"], name="activity_open_by_owner", condition=OPEN),
            models.Index(fields=["team", "due_at"], name="activity_open_by_team", condition=OPEN),
            models.Index(fields=["owner", "due_at"], name="activity_calendar", condition=ALIVE),
            models.Index(fields=["due_at", "id"], name="activity_by_due", condition=ALIVE),
            models.Index(fields=["done_at", "id"], name="activity_by_done", condition=ALIVE),
            models.Index(fields=["created_at", "id"], name="activity_by_created", condition=ALIVE),
            models.Index(fields=["updated_at", "id"], name="activity_by_updated", condition=ALIVE),
            models.Index(fields=["about_type_id", "about_id"], name="activity_by_about"),
            GinIndex(fields=["tags"], name="activity_tags"),
            models.Index(fields=["-deleted_at", "-id"], name="activity_bin", condition=IN_BIN),
            GinIndex(OpClass("custom", name="jsonb_path_ops"), name="activity_custom"),
        )

    def __str__(self) -> str:
        if self.subject:
            return self.subject
        lines = self.body.strip().splitlines()
        if not lines:
            return str(self.Kind(self.kind).label)
        return lines[0] if len(lines[0]) <= TITLE_LENGTH else f"{lines[0][: TITLE_LENGTH - 1]}…"

    def get_absolute_url(self) -> str:
        return reverse("timeline:activity_detail", args=[self.pk])

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Leave it to the service, which judges all of it: asking the database costs more than the write."""

    @property
    def about(self) -> Ref | None:
        """The record that it is about."""
        if self.about_type_id is None or self.about_id is None:
            return None
        return Ref(self.about_type_id, self.about_id)

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.cancelled_at is None and self.deleted_at is None

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def touches(self) -> bool:
        """Whether it counts as contact with the customer. Read with ``outcome`` joined."""
        if self.done_at is None or self.deleted_at is not None:
            return False
        return self.outcome is None or self.outcome.is_contact

    @property
    def minutes(self) -> float | None:
        """The duration in minutes."""
        return None if self.seconds is None else round(self.seconds / 60, 1)

    def due_on(self) -> date | None:
        """The day on which it is due: for all-day ones as the person who does it counts days."""
        if self.due_at is None:
            return None
        zone = (
            ZoneInfo(self.owner.time_zone) if self.all_day and self.owner and self.owner.time_zone else None
        )
        return timezone.localtime(self.due_at, zone).date()

    def is_overdue(self, at: datetime) -> bool:
        return self.is_open and self.due_at is not None and self.due_at < at


class ActivityLink(models.Model):
    """Puts an activity on the page of one record, and remembers what it did to that record.

    ``is_open`` and ``due_at`` are copies, from which a record's next activity is read.
    ``touched_at`` is set when the activity moved the record's last touch, ``touch_before``
    is what that was: so a call logged by mistake can be taken back without a trace.
    """

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="links")
    type_id = models.PositiveSmallIntegerField()
    record_id = models.BigIntegerField()
    #: Named by somebody, not derived from what the activity is about.
    is_named = models.BooleanField(default=False)
    is_open = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)
    touch_before = models.DateTimeField(null=True)

    if TYPE_CHECKING:
        activity_id: int

    class Meta:
        verbose_name = _("link of an activity")
        verbose_name_plural = _("links of activities")
        constraints = (
            models.UniqueConstraint(fields=["activity", "type_id", "record_id"], name="activity_link_once"),
        )
        indexes = (
            models.Index(fields=["type_id", "record_id", "activity"], name="activity_link_record"),
            models.Index(
                fields=["type_id", "record_id", "due_at"],
                name="activity_link_open",
                condition=models.Q(is_open=True),
            ),
            models.Index(
                fields=["type_id", "record_id"],
                name="activity_link_touch",
                condition=models.Q(touched_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.activity_id} → {self.type_id}:{self.record_id}"

    @property
    def ref(self) -> Ref:
        return Ref(self.type_id, self.record_id)
