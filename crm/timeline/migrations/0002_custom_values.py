"""An index over the values of fields that administrators make."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("timeline", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            "activity", GinIndex(OpClass("custom", name="jsonb_path_ops"), name="activity_custom")
        ),
    ]
