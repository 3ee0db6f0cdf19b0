"""Whom a text names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("timeline", "0002_custom_values")]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="mentions",
            field=models.JSONField(blank=True, default=list, editable=False),
        ),
    ]
