"""An index over the bin, the latest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

IN_BIN = models.Q(deleted_at__isnull=False)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sales", "0004_left_stages")]

    operations = [
        AddIndexConcurrently(
            "deal", models.Index(fields=["-deleted_at", "-id"], name="deal_bin", condition=IN_BIN)
        ),
        AddIndexConcurrently(
            "product", models.Index(fields=["-deleted_at", "-id"], name="product_bin", condition=IN_BIN)
        ),
    ]
