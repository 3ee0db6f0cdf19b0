"""Tags: one row per word whatever its spelling, colours of the design, former names."""

import django.db.models.deletion
from django.db import migrations, models

from crm.records.models.tag import hue_of, key_of

COLORS = [
    ("hue-0", "blue"),
    ("hue-1", "orange"),
    ("hue-2", "teal"),
    ("hue-3", "purple"),
    ("hue-4", "yellow"),
    ("hue-5", "sky blue"),
    ("hue-6", "pink"),
    ("hue-7", "grey"),
]


def give_keys(apps, schema_editor):
    """Give each word its key; of two spellings the older row stays."""
    tags = apps.get_model("records", "Tag").objects
    seen = set()
    for tag in tags.order_by("pk"):
        key = key_of(tag.name)
        if not key or key in seen:
            tag.delete()
            continue
        seen.add(key)
        tags.filter(pk=tag.pk).update(key=key, color=hue_of(tag.name))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("records", "0007_custom_fields")]

    operations = [
        migrations.AddField("tag", "key", models.CharField(editable=False, max_length=120, null=True)),
        migrations.AddField(
            "tag",
            "into",
            models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="former",
                to="records.tag",
            ),
        ),
        migrations.AddField("tag", "deleted_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
        migrations.AlterField("tag", "key", models.CharField(editable=False, max_length=120, unique=True)),
        migrations.AlterField("tag", "name", models.CharField(max_length=60, verbose_name="name")),
        migrations.AlterField(
            "tag",
            "color",
            models.CharField(choices=COLORS, default="hue-0", max_length=20, verbose_name="colour"),
        ),
    ]
