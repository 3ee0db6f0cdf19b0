"""A start loads what the first page needs, prepares what has changed, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.db import connection

from crm.embedded import stamp
from crm.embedded.places import Places
from tests.boot import ROOT, clean_environment

#: Each takes a part of a second and is wanted by few requests, or by workers only.
LATER = {
    "PIL.ImageFont",
    "boto3",
    "caldav",
    "celery",
    "cssselect2",
    "email.mime.application",
    "fontTools",
    "icalendar",
    "kombu",
    "lxml",
    "numpy",
    "openpyxl",
    "qrcode",
    "scipy",
    "segno",
    "sentry_sdk",
    "weasyprint",
    "xlsxwriter",
}
#: "manage.py up" starts others: what it loads itself, everybody waits for.
HEAVY = LATER | {"django.db", "django.apps", "redis", "granian", "crm.settings"}


def loaded_by(code: str, **more: str) -> set[str]:
    """Return the modules that a fresh Python has loaded after running this."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=clean_environment(more.pop("DATA_DIR"), **more),
    )
    return set(done.stdout.split())


def test_a_web_process_loads_all_addresses_but_not_what_few_requests_need(tmp_path):
    loaded = loaded_by(
        "from crm.embedded import serving; serving.load()",
        DATA_DIR=str(tmp_path),
        DJANGO_SETTINGS_MODULE="crm.settings",
    )

    assert {"sales.views", "contacts.views", "crm.api.urls"} <= loaded
    assert not loaded & LATER


def test_what_starts_the_others_loads_no_django(tmp_path):
    loaded = loaded_by("from crm.embedded import up", DATA_DIR=str(tmp_path))

    assert "crm.embedded.up" in loaded
    assert not loaded & HEAVY


@pytest.fixture
def places(tmp_path, monkeypatch):
    static = tmp_path / "static"
    static.mkdir()
    (static / ".gathered").touch()
    monkeypatch.setenv("STATIC_ROOT", str(static))
    return Places(tmp_path)


def test_nothing_is_prepared_twice(places):
    stamp.write(places, "base")

    found = stamp.read(places)

    assert found is not None
    assert found.base == "base"


def test_a_changed_file_is_prepared_for(places, tmp_path, monkeypatch):
    monkeypatch.setattr(stamp, "ROOT", tmp_path / "code")
    file = tmp_path / "code" / "sales" / "models.py"
    file.parent.mkdir(parents=True)
    file.touch()
    stamp.write(places, "base")

    os.utime(file, ns=(0, 0))

    assert stamp.read(places) is None


def test_other_settings_are_prepared_for(places, monkeypatch):
    stamp.write(places, "base")

    monkeypatch.setenv("DEBUG", "1")

    assert stamp.read(places) is None


def test_lost_static_files_are_prepared_for(places):
    stamp.write(places, "base")

    (places.data_dir / "static" / ".gathered").unlink()

    assert stamp.read(places) is None


def test_a_database_is_known_by_the_migrations_it_has_seen(db):
    connection.ensure_connection()
    before = stamp.applied(connection.connection)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sales'")

    assert before
    assert stamp.applied(connection.connection) != before


def test_a_database_that_does_not_answer_has_no_mark(tmp_path):
    assert stamp.base_mark({"HOST": str(tmp_path), "NAME": "nobody"}) == ""
