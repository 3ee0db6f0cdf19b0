"""An index over the bin, the latest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

IN_BIN = models.Q(deleted_at__isnull=False)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("timeline", "0003_mentions")]

    operations = [
        AddIndexConcurrently(
            "activity", models.Index(fields=["-deleted_at", "-id"], name="activity_bin", condition=IN_BIN)
        ),
    ]
