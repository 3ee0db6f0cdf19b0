"""The database in which is measured: a demo company of the wanted size, made once and kept."""

from __future__ import annotations

import time

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from crm import env

SEED = 7
#: Into a company of so many people is imported.
IMPORT_COMPANY = 2_000
PASSWORD = "measure-me-not"


def prepare(people: int, name: str = "") -> None:
    """Point Django at the company of this size; make it when it is not there."""
    wanted = name or f"artel_bench_{people}"
    django.setup()
    default = settings.DATABASES["default"]
    is_new = not exists(wanted)
    if is_new:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(wanted)))
    connection.close()
    default["NAME"] = connection.settings_dict["NAME"] = wanted
    settings.ALLOWED_HOSTS = ["*"]
    # The queue of the measured installation, to which its own worker listens.
    settings.INSTALLATION = env.installation(default)
    settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = f"{settings.INSTALLATION}:"
    # Pages name their files by the manifest that this makes.
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    if not has_company(people):
        started = time.perf_counter()
        call_command("demo", people=people, seed=SEED, password=PASSWORD)
        print(f"made a company of {people:,} people in {time.perf_counter() - started:.0f} s")
        vacuum()


def exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def has_company(people: int) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM contacts_person")
            return int(cursor.fetchone()[0]) >= people
    except (psycopg.Error, django.db.Error):
        return False


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
