"""Indexes by which an import finds companies and people under the names that a file gives them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contacts", "0003_duplicates")]

    operations = [
        AddIndexConcurrently("company", models.Index(Lower("name"), name="company_lower_name")),
        AddIndexConcurrently("person", models.Index(Lower("name"), name="person_lower_name")),
        AddIndexConcurrently("person", models.Index(Lower("last_name"), name="person_lower_last_name")),
    ]
