"""When a company works: calendars with the hours of a week, holidays, and days with other hours.

Tickets, lead clocks and booking pages count by these. Each change of the hours makes a new
version and the old one is kept, so that what was counted by it can still be explained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import validate_time_zone
from crm.identity.small import SmallTable
from crm.lib.hours import DAY_MINUTES, read_minute, read_spans, text_of_minute, text_of_spans

if TYPE_CHECKING:
    from crm.lib.hours import Spans

    SmallInteger = models.PositiveSmallIntegerField[Any, Any]
else:
    SmallInteger = models.PositiveSmallIntegerField


class Weekday(models.IntegerChoices):
    MONDAY = 1, WEEKDAYS[0]
    TUESDAY = 2, WEEKDAYS[1]
    WEDNESDAY = 3, WEEKDAYS[2]
    THURSDAY = 4, WEEKDAYS[3]
    FRIDAY = 5, WEEKDAYS[4]
    SATURDAY = 6, WEEKDAYS[5]
    SUNDAY = 7, WEEKDAYS[6]


class MinuteFormField(forms.CharField):
    """A time of the day as it is written; 24:00 is its end."""

    def __init__(self, **kwargs: Any) -> None:
        for name in ("min_value", "max_value"):
            kwargs.pop(name, None)
        super().__init__(**{"max_length": 5, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return text_of_minute(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return read_minute(text)
        except ValueError:
            raise ValidationError(_("Write a time such as 09:00; 24:00 is the end of the day.")) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class MinuteField(SmallInteger):
    """A minute of the day, 0 to 1440, written as 09:00 or 24:00."""

    def formfield(self, **kwargs: Any) -> Any:
        kwargs.pop("widget", None)
        return models.Field.formfield(self, form_class=MinuteFormField, **kwargs)


def check_hours(text: str) -> None:
    """Refuse what can't be read as hours of a day."""
    try:
        read_spans(text)
    except ValueError:
        raise ValidationError(
            _("Write hours such as 10:00-13:00, 14:00-16:00, each after the one before.")
        ) from None


class WorkCalendar(SmallTable):
    """The working hours of the company, or of a part of it that works at other times."""

    name = models.CharField(gettext_lazy("name"), max_length=120)
    time_zone = models.CharField(
        gettext_lazy("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    is_default = models.BooleanField(
        gettext_lazy("the usual one"),
        default=False,
        help_text=gettext_lazy("Counts wherever no other calendar is named."),
    )
    follows_company = models.BooleanField(
        gettext_lazy("follows the company profile"),
        default=False,
        help_text=gettext_lazy(
            "Its zone and week are those of the company profile; holidays are its own. "
            "Switch this off to set other hours here."
        ),
    )
    version = models.PositiveIntegerField(gettext_lazy("version"), default=0, editable=False)

    class Meta:
        verbose_name = gettext_lazy("work calendar")
        verbose_name_plural = gettext_lazy("work calendars")
        constraints = (
            models.UniqueConstraint(
                Lower("name"),
                name="work_calendar_name_unique",
                violation_error_message=gettext_lazy("There is a calendar of this name already."),
            ),
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="work_calendar_one_default",
                violation_error_message=gettext_lazy(
                    "Another calendar is the usual one. Switch that off first."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @classmethod
    def choices_for(cls, user: Any) -> models.QuerySet[WorkCalendar]:
        """Return the calendars on offer, the usual one first."""
        return cls.objects.order_by("-is_default", "name")


class CalendarInterval(SmallTable):
    """A stretch of one weekday during which people work; a day may have several."""

    calendar = models.ForeignKey(WorkCalendar, on_delete=models.CASCADE, related_name="intervals")
    weekday = models.PositiveSmallIntegerField(gettext_lazy("weekday"), choices=Weekday)
    opens = MinuteField(gettext_lazy("from"))
    closes = MinuteField(gettext_lazy("to"), help_text=gettext_lazy("24:00 is the end of the day."))

    class Meta:
        verbose_name = gettext_lazy("working hours")
        verbose_name_plural = gettext_lazy("working hours")
        constraints = (
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes"), closes__lte=DAY_MINUTES),
                name="calendar_interval_in_order",
                violation_error_message=gettext_lazy("Hours end after they begin, on the same day."),
            ),
            models.CheckConstraint(condition=Q(weekday__range=(1, 7)), name="calendar_interval_weekday"),
            ExclusionConstraint(
                name="calendar_interval_apart",
                expressions=[
                    ("calendar", RangeOperators.EQUAL),
                    ("weekday", RangeOperators.EQUAL),
                    (Func("opens", "closes", function="int4range"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=gettext_lazy("Two stretches of one day overlap."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {text_of_spans([(self.opens, self.closes)])}"


class CalendarException(SmallTable):
    """A day unlike its weekday: a holiday, or one with hours of its own."""

    class Kind(models.TextChoices):
        CLOSED = "closed", gettext_lazy("Closed")
        SPECIAL = "special", gettext_lazy("Other hours")

    calendar = models.ForeignKey(WorkCalendar, on_delete=models.CASCADE, related_name="exceptions")
    day = models.DateField(gettext_lazy("day"))
    kind = models.CharField(gettext_lazy("kind"), max_length=8, choices=Kind, default=Kind.CLOSED)
    hours = models.CharField(
        gettext_lazy("hours"),
        max_length=120,
        blank=True,
        validators=[check_hours],
        help_text=gettext_lazy("Of a day with other hours, such as 10:00-15:00."),
    )
    name = models.CharField(gettext_lazy("name"), max_length=200, blank=True)
    source = models.CharField(gettext_lazy("source"), max_length=120, blank=True, editable=False)
    uid = models.CharField(max_length=255, blank=True, editable=False)

    class Meta:
        verbose_name = gettext_lazy("holiday or special day")
        verbose_name_plural = gettext_lazy("holidays and special days")
        constraints = (
            models.UniqueConstraint(
                fields=["calendar", "day"],
                name="calendar_exception_day_once",
                violation_error_message=gettext_lazy("This day stands here already."),
            ),
            models.CheckConstraint(
                condition=Q(kind="closed", hours="") | Q(kind="special") & ~Q(hours=""),
                name="calendar_exception_hours",
                violation_error_message=gettext_lazy(
                    "Hours belong to a day with other hours, and to no closed one."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.name or self.get_kind_display()} {self.hours}".strip()

    @property
    def spans(self) -> Spans:
        return read_spans(self.hours) if self.kind == self.Kind.SPECIAL else ()


class CalendarVersion(models.Model):
    """The hours of a calendar as they once were: zone, week and special days."""

    calendar = models.ForeignKey(WorkCalendar, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = gettext_lazy("version of a calendar")
        verbose_name_plural = gettext_lazy("versions of calendars")
        constraints = (models.UniqueConstraint(fields=["calendar", "version"], name="calendar_version_once"),)

    def __str__(self) -> str:
        return f"{self.calendar} {self.version}"
