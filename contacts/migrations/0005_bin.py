"""An index over the bin, the latest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

IN_BIN = models.Q(deleted_at__isnull=False)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0004_names_in_files")]

    operations = [
        AddIndexConcurrently(
            "person", models.Index(fields=["-deleted_at", "-id"], name="person_bin", condition=IN_BIN)
        ),
        AddIndexConcurrently(
            "company", models.Index(fields=["-deleted_at", "-id"], name="company_bin", condition=IN_BIN)
        ),
    ]
