"""Meetings with participants and series, absences, plans, feeds, booking pages, connected calendars."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import crm.identity.models
import crm.timeline.models.meetings


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0003_who_makes_tags"),
        ("timeline", "0005_work_calendars"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="location",
            field=models.CharField(blank=True, max_length=250, verbose_name="place"),
        ),
        migrations.AddField(
            model_name="activity",
            name="meeting_url",
            field=models.URLField(blank=True, max_length=500, verbose_name="link to join"),
        ),
        migrations.CreateModel(
            name="ActivityPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("description", models.CharField(blank=True, max_length=250, verbose_name="what it is for")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
            ],
            options={
                "verbose_name": "activity plan",
                "verbose_name_plural": "activity plans",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="activity_plan_name_unique",
                        violation_error_message="There is a plan of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BookingPage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "slug",
                    models.SlugField(
                        help_text="The page is at /b/address/.",
                        max_length=60,
                        unique=True,
                        verbose_name="address",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        help_text="What guests book, such as “First talk”.",
                        max_length=120,
                        verbose_name="title",
                    ),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True, help_text="Stands above the choice of times.", verbose_name="text"
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("any", "One of them, in turn"), ("all", "All of them together")],
                        default="any",
                        max_length=4,
                        verbose_name="who of them",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(480),
                        ],
                        verbose_name="length, minutes",
                    ),
                ),
                (
                    "step",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(240),
                        ],
                        verbose_name="a time on offer every … minutes",
                    ),
                ),
                (
                    "buffer_before",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(240)],
                        verbose_name="free before, minutes",
                    ),
                ),
                (
                    "buffer_after",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(240)],
                        verbose_name="free after, minutes",
                    ),
                ),
                (
                    "notice_hours",
                    models.PositiveSmallIntegerField(
                        default=4,
                        help_text="Nothing sooner than this is on offer.",
                        verbose_name="notice, hours",
                    ),
                ),
                (
                    "days_ahead",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="days ahead",
                    ),
                ),
                (
                    "per_day",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Empty: as many as fit.",
                        null=True,
                        verbose_name="most per day and host",
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=300, verbose_name="place or link")),
                ("asks_phone", models.BooleanField(default=False, verbose_name="asks for a phone")),
                ("is_active", models.BooleanField(default=True, verbose_name="open for bookings")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        help_text="When it can be booked; empty: in the usual working hours.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="timeline.workcalendar",
                        verbose_name="hours",
                    ),
                ),
                (
                    "hosts",
                    models.ManyToManyField(
                        related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="hosts"
                    ),
                ),
            ],
            options={
                "verbose_name": "booking page",
                "verbose_name_plural": "booking pages",
            },
        ),
        migrations.CreateModel(
            name="Booking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("email", models.CharField(max_length=254, verbose_name="e-mail")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("language", models.CharField(blank=True, max_length=8)),
                ("time_zone", models.CharField(max_length=64, verbose_name="time zone")),
                ("starts_at", models.DateTimeField(verbose_name="begins")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                (
                    "token",
                    models.CharField(help_text="Opens the page of this booking.", max_length=64, unique=True),
                ),
                ("form_key", models.CharField(max_length=64, unique=True)),
                ("cancelled_at", models.DateTimeField(null=True, verbose_name="cancelled")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "activity",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="booking",
                        to="timeline.activity",
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="timeline.bookingpage",
                    ),
                ),
            ],
            options={
                "verbose_name": "booking",
                "verbose_name_plural": "bookings",
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="identity.team",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar address",
                "verbose_name_plural": "calendar addresses",
            },
        ),
        migrations.CreateModel(
            name="OutsideCalendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("url", models.CharField(max_length=500, verbose_name="address")),
                ("username", models.CharField(max_length=200, verbose_name="user name")),
                ("secret", models.TextField(blank=True, editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("ok", "Works"), ("failing", "Fails"), ("paused", "Paused")],
                        default="ok",
                        max_length=8,
                    ),
                ),
                ("last_error", models.TextField(blank=True)),
                ("last_sync_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outside_calendar",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "connected calendar",
                "verbose_name_plural": "connected calendars",
            },
        ),
        migrations.CreateModel(
            name="OutsideEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("href", models.CharField(max_length=700)),
                ("uid", models.CharField(blank=True, max_length=255)),
                ("etag", models.CharField(blank=True, max_length=200)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="why it is skipped")),
                ("conflict", models.TextField(blank=True)),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "activity",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="outside_events",
                        to="timeline.activity",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="timeline.outsidecalendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "event of a connected calendar",
                "verbose_name_plural": "events of connected calendars",
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type_id", models.PositiveSmallIntegerField(null=True)),
                ("record_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(blank=True, max_length=250, verbose_name="name")),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("waiting", "Has not answered"),
                            ("accepted", "Comes"),
                            ("tentative", "Comes perhaps"),
                            ("declined", "Does not come"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="answer",
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("sent_sequence", models.PositiveIntegerField(null=True)),
                ("answered_sequence", models.PositiveIntegerField(null=True)),
                (
                    "remind_minutes",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="reminder, minutes before"
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="timeline.activity",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "participant",
                "verbose_name_plural": "participants",
            },
        ),
        migrations.CreateModel(
            name="PlanStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "kind",
                    models.CharField(
                        choices=[("task", "Task"), ("call", "Call"), ("meeting", "Meeting")],
                        default="task",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("subject", models.CharField(max_length=250, verbose_name="subject")),
                (
                    "after_days",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Working days; 0 is the first day itself.",
                        verbose_name="days after the start",
                    ),
                ),
                ("clock", models.TimeField(blank=True, null=True, verbose_name="time")),
                (
                    "whose",
                    models.CharField(
                        choices=[
                            ("actor", "Whoever starts the plan"),
                            ("owner", "Whoever owns the record"),
                            ("named", "The colleague named here"),
                        ],
                        default="actor",
                        max_length=8,
                        verbose_name="for whom",
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Low"), (2, "Normal"), (3, "High")], default=2, verbose_name="priority"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="timeline.activityplan",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="colleague",
                    ),
                ),
            ],
            options={
                "verbose_name": "step of a plan",
                "verbose_name_plural": "steps of plans",
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.CharField(max_length=250, verbose_name="how it comes back")),
                ("starts_at", models.DateTimeField()),
                (
                    "time_zone",
                    models.CharField(max_length=64, validators=[crm.identity.models.validate_time_zone]),
                ),
                ("uid", models.CharField(max_length=255, unique=True)),
                ("sequence", models.PositiveIntegerField(default=0)),
                (
                    "excluded",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.DateTimeField(), default=list, size=None
                    ),
                ),
                ("made_until", models.DateTimeField(null=True)),
                ("is_ended", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "series of meetings",
                "verbose_name_plural": "series of meetings",
                "indexes": [
                    models.Index(
                        condition=models.Q(("made_until__isnull", False)),
                        fields=["made_until"],
                        name="series_to_extend",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Occasion",
            fields=[
                (
                    "activity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="occasion",
                        serialize=False,
                        to="timeline.activity",
                    ),
                ),
                (
                    "uid",
                    models.CharField(
                        db_index=True, default=crm.timeline.models.meetings.new_uid, max_length=255
                    ),
                ),
                ("sequence", models.PositiveIntegerField(default=0)),
                (
                    "time_zone",
                    models.CharField(
                        blank=True, max_length=64, validators=[crm.identity.models.validate_time_zone]
                    ),
                ),
                ("original_at", models.DateTimeField(null=True)),
                ("is_changed", models.BooleanField(default=False)),
                ("organizer", models.CharField(blank=True, max_length=254)),
                (
                    "series",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="occasions",
                        to="timeline.series",
                    ),
                ),
            ],
            options={
                "verbose_name": "meeting in calendars",
                "verbose_name_plural": "meetings in calendars",
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("vacation", "Vacation"),
                            ("sick", "Sick leave"),
                            ("trip", "Business trip"),
                            ("other", "Away"),
                        ],
                        default="vacation",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("first_on", models.DateField(verbose_name="first day")),
                ("last_on", models.DateField(verbose_name="last day")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="colleague",
                    ),
                ),
            ],
            options={
                "verbose_name": "absence",
                "verbose_name_plural": "absences",
                "indexes": [models.Index(fields=["user", "last_on"], name="absence_by_user")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_on__gte", models.F("first_on"))),
                        name="absence_in_order",
                        violation_error_message="The last day comes before the first.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BookedHost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                ("is_active", models.BooleanField(default=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taken",
                        to="timeline.booking",
                    ),
                ),
            ],
            options={
                "verbose_name": "booked time",
                "verbose_name_plural": "booked times",
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("is_active", True)),
                        expressions=[("user", "="), ("during", "&&")],
                        name="booked_host_once",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(fields=["page", "starts_at"], name="booking_by_page"),
        ),
        migrations.AddConstraint(
            model_name="outsideevent",
            constraint=models.UniqueConstraint(fields=("calendar", "href"), name="outside_event_once"),
        ),
        migrations.AddConstraint(
            model_name="outsideevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("activity__isnull", False)),
                fields=("calendar", "activity"),
                name="outside_event_activity_once",
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(fields=["type_id", "record_id"], name="participant_record"),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user__isnull", False)),
                fields=("activity", "user"),
                name="participant_user_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("email", ""), _negated=True), ("user__isnull", True)),
                fields=("activity", "email"),
                name="participant_address_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("user__isnull", False),
                    models.Q(("email", ""), _negated=True),
                    ("record_id__isnull", False),
                    _connector="OR",
                ),
                name="participant_is_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="occasion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("series__isnull", False)),
                fields=("series", "original_at"),
                name="occasion_once_in_series",
            ),
        ),
    ]
