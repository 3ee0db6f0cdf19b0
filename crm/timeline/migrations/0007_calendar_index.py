"""An index by which a calendar finds what some people do, done or not."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("timeline", "0006_meetings")]

    operations = [
        AddIndexConcurrently(
            "activity",
            models.Index(
                fields=["owner", "due_at"], name="activity_calendar", condition=models.Q(deleted_at=None)
            ),
        ),
    ]
