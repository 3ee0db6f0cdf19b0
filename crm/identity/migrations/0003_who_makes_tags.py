"""Whether anybody may make new tags, or only roles that have the right."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_share_until")]

    operations = [
        migrations.AddField(
            "organisation",
            "anybody_makes_tags",
            models.BooleanField(
                default=True,
                help_text="Else only roles with the right to make tags; the others choose from those there are.",
                verbose_name="anybody may make new tags",
            ),
        ),
    ]
