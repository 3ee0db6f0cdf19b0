"""Working hours, holidays, and the versions of both."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import crm.identity.models
import crm.timeline.models.worktime


class Migration(migrations.Migration):
    dependencies = [
        ("timeline", "0004_bin"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="WorkCalendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "time_zone",
                    models.CharField(
                        default="UTC",
                        max_length=64,
                        validators=[crm.identity.models.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Counts wherever no other calendar is named.",
                        verbose_name="the usual one",
                    ),
                ),
                (
                    "follows_company",
                    models.BooleanField(
                        default=False,
                        help_text="Its zone and week are those of the company profile; holidays are its own. Switch this off to set other hours here.",
                        verbose_name="follows the company profile",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False, verbose_name="version")),
            ],
            options={
                "verbose_name": "work calendar",
                "verbose_name_plural": "work calendars",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="work_calendar_name_unique",
                        violation_error_message="There is a calendar of this name already.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("is_default",),
                        name="work_calendar_one_default",
                        violation_error_message="Another calendar is the usual one. Switch that off first.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("definition", models.JSONField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="timeline.workcalendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a calendar",
                "verbose_name_plural": "versions of calendars",
                "constraints": [
                    models.UniqueConstraint(fields=("calendar", "version"), name="calendar_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarInterval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (1, "Monday"),
                            (2, "Tuesday"),
                            (3, "Wednesday"),
                            (4, "Thursday"),
                            (5, "Friday"),
                            (6, "Saturday"),
                            (7, "Sunday"),
                        ],
                        verbose_name="weekday",
                    ),
                ),
                ("opens", crm.timeline.models.worktime.MinuteField(verbose_name="from")),
                (
                    "closes",
                    crm.timeline.models.worktime.MinuteField(
                        help_text="24:00 is the end of the day.", verbose_name="to"
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="intervals",
                        to="timeline.workcalendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "working hours",
                "verbose_name_plural": "working hours",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("closes__lte", 1440), ("opens__lt", models.F("closes"))),
                        name="calendar_interval_in_order",
                        violation_error_message="Hours end after they begin, on the same day.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weekday__range", (1, 7))), name="calendar_interval_weekday"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("calendar", "="),
                            ("weekday", "="),
                            (models.Func("opens", "closes", function="int4range"), "&&"),
                        ],
                        name="calendar_interval_apart",
                        violation_error_message="Two stretches of one day overlap.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarException",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                (
                    "kind",
                    models.CharField(
                        choices=[("closed", "Closed"), ("special", "Other hours")],
                        default="closed",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "hours",
                    models.CharField(
                        blank=True,
                        help_text="Of a day with other hours, such as 10:00-15:00.",
                        max_length=120,
                        validators=[crm.timeline.models.worktime.check_hours],
                        verbose_name="hours",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                (
                    "source",
                    models.CharField(blank=True, editable=False, max_length=120, verbose_name="source"),
                ),
                ("uid", models.CharField(blank=True, editable=False, max_length=255)),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exceptions",
                        to="timeline.workcalendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "holiday or special day",
                "verbose_name_plural": "holidays and special days",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("calendar", "day"),
                        name="calendar_exception_day_once",
                        violation_error_message="This day stands here already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("hours", ""), ("kind", "closed")),
                            models.Q(("kind", "special"), models.Q(("hours", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="calendar_exception_hours",
                        violation_error_message="Hours belong to a day with other hours, and to no closed one.",
                    ),
                ],
            },
        ),
    ]
