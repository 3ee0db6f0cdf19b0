"""What a meeting has beside its activity: who takes part, how it comes back, what invitations know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.identity.models import validate_time_zone
from crm.records.registry import Ref
from crm.timeline.models.activities import Activity


class Answer(models.TextChoices):
    WAITING = "waiting", _("Has not answered")
    ACCEPTED = "accepted", _("Comes")
    TENTATIVE = "tentative", _("Comes perhaps")
    DECLINED = "declined", _("Does not come")


class Series(models.Model):
    """A meeting that comes back. Each time is an activity of its own, written down ahead of time."""

    rule = models.CharField(_("how it comes back"), max_length=250)
    starts_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    uid = models.CharField(max_length=255, unique=True)
    sequence = models.PositiveIntegerField(default=0)
    #: Moments that no longer take place, as the rule counts them.
    excluded = ArrayField(models.DateTimeField(), default=list)
    #: So far its times are written down; None when all of them are.
    made_until = models.DateTimeField(null=True)
    is_ended = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("series of meetings")
        verbose_name_plural = _("series of meetings")
        indexes = (
            models.Index(
                fields=["made_until"], name="series_to_extend", condition=Q(made_until__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.rule


def new_uid() -> str:
    return f"{uuid4()}@artel"


class Occasion(models.Model):
    """What a meeting is to other calendars: its lasting name, its edition, its place in a series."""

    activity = models.OneToOneField(
        Activity, primary_key=True, on_delete=models.CASCADE, related_name="occasion"
    )
    uid = models.CharField(max_length=255, default=new_uid, db_index=True)
    sequence = models.PositiveIntegerField(default=0)
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_time_zone])
    series = models.ForeignKey(Series, null=True, on_delete=models.SET_NULL, related_name="occasions")
    #: When the series would have it; it may have been moved since.
    original_at = models.DateTimeField(null=True)
    #: Differs from its series by hand.
    is_changed = models.BooleanField(default=False)
    #: Whoever invites, when that is nobody of ours: the address of a stranger's invitation.
    organizer = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = _("meeting in calendars")
        verbose_name_plural = _("meetings in calendars")
        constraints = (
            models.UniqueConstraint(
                fields=["series", "original_at"],
                condition=Q(series__isnull=False),
                name="occasion_once_in_series",
            ),
        )

    def __str__(self) -> str:
        return self.uid


class Participant(models.Model):
    """Somebody who is asked to a meeting: a colleague, a person of a customer, or an address."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    type_id = models.PositiveSmallIntegerField(null=True)
    record_id = models.BigIntegerField(null=True)
    name = models.CharField(_("name"), max_length=250, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, default=Answer.WAITING)
    answered_at = models.DateTimeField(null=True)
    #: The edition of the invitation that was last sent, and answered.
    sent_sequence = models.PositiveIntegerField(null=True)
    answered_sequence = models.PositiveIntegerField(null=True)
    #: Minutes before, when this colleague wants to be reminded; None is as usual.
    remind_minutes = models.PositiveIntegerField(_("reminder, minutes before"), null=True, blank=True)

    if TYPE_CHECKING:
        user_id: int | None
        activity_id: int

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = (
            models.UniqueConstraint(
                fields=["activity", "user"], condition=Q(user__isnull=False), name="participant_user_once"
            ),
            models.UniqueConstraint(
                fields=["activity", "email"],
                condition=~Q(email="") & Q(user__isnull=True),
                name="participant_address_once",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(email="") | Q(record_id__isnull=False),
                name="participant_is_somebody",
            ),
        )
        indexes = (models.Index(fields=["type_id", "record_id"], name="participant_record"),)

    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        if self.user_id and self.user:
            return str(self.user)
        return self.name or self.email

    @property
    def ref(self) -> Ref | None:
        return Ref(self.type_id, self.record_id) if self.type_id and self.record_id else None


class Absence(models.Model):
    """Days on which a colleague is away."""

    class Kind(models.TextChoices):
        VACATION = "vacation", _("Vacation")
        SICK = "sick", _("Sick leave")
        TRIP = "trip", _("Business trip")
        OTHER = "other", _("Away")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("colleague"),
        on_delete=models.CASCADE,
        related_name="absences",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.VACATION)
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = (
            models.CheckConstraint(
                condition=Q(last_on__gte=models.F("first_on")),
                name="absence_in_order",
                violation_error_message=_("The last day comes before the first."),
            ),
        )
        indexes = (models.Index(fields=["user", "last_on"], name="absence_by_user"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()} {self.first_on} – {self.last_on}"


class Feed(models.Model):
    """A secret address at which other calendars read ours. Only a digest of the secret is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    #: Of a team rather than of oneself: what ``user`` may see of it.
    team = models.ForeignKey(
        "identity.Team", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return f"{self.user} {self.team or ''}".strip()


class ActivityPlan(models.Model):
    """Several to-dos that one click plans, counted from a day: what a new customer needs, say."""

    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("what it is for"), max_length=250, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("activity plan")
        verbose_name_plural = _("activity plans")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="activity_plan_name_unique",
                violation_error_message=_("There is a plan of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class PlanStep(models.Model):
    """One to-do of a plan."""

    class Whose(models.TextChoices):
        ACTOR = "actor", _("Whoever starts the plan")
        OWNER = "owner", _("Whoever owns the record")
        NAMED = "named", _("The colleague named here")

    plan = models.ForeignKey(ActivityPlan, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(
        _("kind"),
        max_length=8,
        choices=[(one.value, one.label) for one in Activity.Kind if one != Activity.Kind.NOTE],
        default=Activity.Kind.TASK,
    )
    subject = models.CharField(_("subject"), max_length=250)
    after_days = models.PositiveSmallIntegerField(
        _("days after the start"), default=0, help_text=_("Working days; 0 is the first day itself.")
    )
    clock = models.TimeField(_("time"), null=True, blank=True)
    whose = models.CharField(_("for whom"), max_length=8, choices=Whose, default=Whose.ACTOR)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("colleague"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Activity.Priority, default=Activity.Priority.NORMAL
    )

    class Meta:
        verbose_name = _("step of a plan")
        verbose_name_plural = _("steps of plans")

    def __str__(self) -> str:
        return f"{self.position}. {self.subject}"
