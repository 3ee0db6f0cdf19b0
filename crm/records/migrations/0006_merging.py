"""Typed relations between records, and where the links of merged records came from."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0005_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("eventlink", "merged_from_id", models.BigIntegerField(null=True)),
        migrations.CreateModel(
            name="RelationKind",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Read from the first record: Acme is “supplier of” Beta.",
                        max_length=80,
                        verbose_name="name",
                    ),
                ),
                (
                    "inverse",
                    models.CharField(
                        blank=True,
                        help_text="Beta is “supplied by” Acme. Left empty, both ends are called alike.",
                        max_length=80,
                        verbose_name="name from the other end",
                    ),
                ),
                (
                    "left_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        default=list,
                        help_text="Kinds of records from which it begins; none means all.",
                        size=None,
                        verbose_name="offered on",
                    ),
                ),
                (
                    "right_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        default=list,
                        help_text="Kinds of records to which it leads; none means all.",
                        size=None,
                        verbose_name="leads to",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="What is switched off stays on old records but is not offered.",
                        verbose_name="active",
                    ),
                ),
            ],
            options={
                "verbose_name": "kind of relation",
                "verbose_name_plural": "kinds of relations",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        django.db.models.functions.text.Lower("inverse"),
                        name="relation_kind_unique",
                        violation_error_message="There is a kind of this name already.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordRelation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("left_type_id", models.PositiveSmallIntegerField()),
                ("left_id", models.BigIntegerField()),
                ("right_type_id", models.PositiveSmallIntegerField()),
                ("right_id", models.BigIntegerField()),
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
                    "kind",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relations",
                        to="records.relationkind",
                        verbose_name="kind",
                    ),
                ),
            ],
            options={
                "verbose_name": "relation",
                "verbose_name_plural": "relations",
                "indexes": [
                    models.Index(fields=["left_type_id", "left_id"], name="relation_left"),
                    models.Index(fields=["right_type_id", "right_id"], name="relation_right"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "left_type_id", "left_id", "right_type_id", "right_id"),
                        name="relation_once",
                        violation_error_message="These two are related in this way already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("left_id", models.F("right_id")),
                            ("left_type_id", models.F("right_type_id")),
                            _negated=True,
                        ),
                        name="relation_of_two",
                        violation_error_message="A record can't be related to itself.",
                    ),
                ],
            },
        ),
    ]
