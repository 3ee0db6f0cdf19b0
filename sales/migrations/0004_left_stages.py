"""Indexes of the stays that ended in a period, and of deals by the names that files give them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sales", "0003_custom_values")]

    operations = [
        AddIndexConcurrently(
            "stagechange",
            models.Index(
                fields=["to_stage", "left_at"], include=["deal", "seconds"], name="stage_change_left"
            ),
        ),
        AddIndexConcurrently("deal", models.Index(Lower("name"), name="deal_lower_name")),
    ]
