"""Files on records."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import crm.records.models.attachment


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0004_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Content",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("size", models.PositiveBigIntegerField(verbose_name="size")),
                ("media_type", models.CharField(max_length=127, verbose_name="type")),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                ("file", models.FileField(max_length=200, upload_to=crm.records.models.attachment.place_of)),
                (
                    "thumbnail",
                    models.FileField(
                        blank=True, max_length=200, upload_to=crm.records.models.attachment.place_of_thumbnail
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "content of a file",
                "verbose_name_plural": "contents of files",
                "indexes": [models.Index(fields=["created_at"], name="content_by_created")],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("type_id", models.PositiveSmallIntegerField(verbose_name="record type")),
                ("record_id", models.BigIntegerField(verbose_name="record")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("activity_id", models.BigIntegerField(null=True)),
                ("field", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="added")),
                ("deleted_at", models.DateTimeField(null=True, verbose_name="deleted")),
                (
                    "deleted_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "uploader",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "content",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="records.content",
                    ),
                ),
            ],
            options={
                "verbose_name": "file",
                "verbose_name_plural": "files",
                "indexes": [
                    models.Index(
                        fields=["type_id", "record_id", "-created_at", "-id"], name="attachment_by_record"
                    ),
                    models.Index(
                        condition=models.Q(("activity_id__isnull", False)),
                        fields=["activity_id"],
                        name="attachment_by_activity",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at__isnull", False)),
                        fields=["deleted_at"],
                        name="attachment_in_bin",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="attachment_named"
                    )
                ],
            },
        ),
    ]
