"""The PostgreSQL extensions that search and indexes stand on."""

from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = ()
    operations = (TrigramExtension(), BtreeGinExtension(), UnaccentExtension())
