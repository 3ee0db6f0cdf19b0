"""Mail templates belong to mail now: they keep their numbers, since rules name them by these."""

from django.db import migrations

COLUMNS = "id, name, type_id, subject, body, is_active"
THERE = f"""
INSERT INTO mail_mailtemplate ({COLUMNS}, html, used) SELECT {COLUMNS}, '', 0 FROM automation_mailtemplate;
SELECT setval(pg_get_serial_sequence('mail_mailtemplate', 'id'), greatest(1, (SELECT max(id) FROM mail_mailtemplate)));
"""
BACK = f"""
INSERT INTO automation_mailtemplate ({COLUMNS})
SELECT {COLUMNS} FROM mail_mailtemplate WHERE type_id > 0 AND owner_id IS NULL;
SELECT setval(
    pg_get_serial_sequence('automation_mailtemplate', 'id'),
    greatest(1, (SELECT max(id) FROM automation_mailtemplate))
);
"""


class Migration(migrations.Migration):
    dependencies = [("automation", "0001_rules"), ("mail", "0003_outbox")]

    operations = [
        migrations.RunSQL(THERE, BACK),
        migrations.DeleteModel(name="MailTemplate"),
    ]
