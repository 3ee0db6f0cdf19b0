"""People without a name have none: their e-mail or phone stands in its place only for those who see it."""

from django.db import migrations, models

NAMELESS = "first_name = '' AND middle_name = '' AND last_name = ''"
FORGET = [
    f"UPDATE contacts_person SET name = '', sort_name = E'\\uf8ff' WHERE {NAMELESS}",
    """UPDATE {search} AS kept SET title = 'Person #' || person.id
       FROM contacts_person AS person
       WHERE person.name = '' AND kept.type_id = 1 AND kept.record_id = person.id""",
    """UPDATE {event} AS kept SET title = 'Person #' || person.id
       FROM contacts_person AS person
       WHERE person.name = '' AND kept.type_id = 1 AND kept.record_id = person.id""",
]
REMEMBER = [
    """UPDATE contacts_person SET name = coalesce(nullif(email, ''), phone),
       sort_name = lower(coalesce(nullif(email, ''), phone)) WHERE name = ''"""
]


def run(statements):
    def step(apps, editor):
        tables = {
            "search": apps.get_model("records", "Search")._meta.db_table,
            "event": apps.get_model("records", "Event")._meta.db_table,
        }
        for statement in statements:
            editor.execute(statement.format(**tables))

    return step


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0006_web_forms"),
        ("records", "0008_tags"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="person", name="person_has_name"),
        migrations.AlterField(
            model_name="person",
            name="name",
            field=models.CharField(blank=True, editable=False, max_length=302, verbose_name="name"),
        ),
        migrations.RunPython(run(FORGET), run(REMEMBER)),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("email", ""), ("name", ""), ("phone", ""), _negated=True),
                name="person_has_name",
                violation_error_message="Give a name, an e-mail or a phone.",
            ),
        ),
    ]
