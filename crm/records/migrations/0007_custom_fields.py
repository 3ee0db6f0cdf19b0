"""Fields that administrators make."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import crm.records.models.customfield


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0006_merging"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomField",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type_id", models.PositiveSmallIntegerField(verbose_name="record type")),
                (
                    "key",
                    models.CharField(
                        max_length=40,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z][a-z0-9_]*$", "Small Latin letters, digits and underscores only."
                            )
                        ],
                        verbose_name="key",
                    ),
                ),
                ("kind", models.CharField(max_length=20, verbose_name="kind")),
                ("label", models.CharField(max_length=80, verbose_name="label")),
                ("label_ru", models.CharField(blank=True, max_length=80, verbose_name="label in Russian")),
                ("help", models.CharField(blank=True, max_length=300, verbose_name="help")),
                ("help_ru", models.CharField(blank=True, max_length=300, verbose_name="help in Russian")),
                ("section", models.CharField(blank=True, max_length=80, verbose_name="section")),
                (
                    "section_ru",
                    models.CharField(blank=True, max_length=80, verbose_name="section in Russian"),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="place")),
                ("choices", models.JSONField(blank=True, default=list, verbose_name="choices")),
                ("options", models.JSONField(blank=True, default=dict)),
                ("default", models.JSONField(blank=True, null=True, verbose_name="first value")),
                ("is_required", models.BooleanField(default=False, verbose_name="required")),
                (
                    "shown_when",
                    models.JSONField(
                        blank=True,
                        default=crm.records.models.customfield.empty_rules,
                        verbose_name="shown when",
                    ),
                ),
                (
                    "required_when",
                    models.JSONField(
                        blank=True,
                        default=crm.records.models.customfield.empty_rules,
                        verbose_name="required when",
                    ),
                ),
                ("is_sortable", models.BooleanField(default=False, verbose_name="lists can be sorted by it")),
                ("is_searchable", models.BooleanField(default=False, verbose_name="the search finds it")),
                ("is_unique", models.BooleanField(default=False, verbose_name="no value comes twice")),
                ("on_card", models.BooleanField(default=False, verbose_name="on cards of the board")),
                ("in_quick", models.BooleanField(default=False, verbose_name="in the short form")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                ("sort_index", models.CharField(blank=True, editable=False, max_length=63)),
                ("unique_index", models.CharField(blank=True, editable=False, max_length=63)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="created"
                    ),
                ),
                ("deleted_at", models.DateTimeField(editable=False, null=True, verbose_name="deleted")),
            ],
            options={
                "verbose_name": "custom field",
                "verbose_name_plural": "custom fields",
            },
        ),
        migrations.AddField(
            model_name="customfield",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="created by",
            ),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.UniqueConstraint(
                fields=("type_id", "key"),
                name="custom_field_key_once",
                violation_error_message="There is a field with this key.",
            ),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.CheckConstraint(
                condition=models.Q(("key__regex", "^[a-z][a-z0-9_]*$")), name="custom_field_key_plain"
            ),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.CheckConstraint(
                condition=models.Q(("label", ""), _negated=True), name="custom_field_has_label"
            ),
        ),
    ]
