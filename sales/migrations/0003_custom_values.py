"""An index over the values of fields that administrators make."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sales", "0002_deal_numbers")]

    operations = [
        AddIndexConcurrently("deal", GinIndex(OpClass("custom", name="jsonb_path_ops"), name="deal_custom")),
        AddIndexConcurrently(
            "product", GinIndex(OpClass("custom", name="jsonb_path_ops"), name="product_custom")
        ),
    ]
