"""A database per test process, copied from a template that holds the migrated tables.

Migrations run once for each state of the migration files: the template's name is their hash.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, connections
from psycopg import sql

from crm.celery import app as queue
from crm.embedded import children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEMPLATE = "artel_template_"
#: Templates of other states are kept for whoever switches between branches.
KEPT_TEMPLATES = 4
LOCK = 7_202_611


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Copy the template for this process, and drop the copy at the end."""
    name = _database_name()
    with django_db_blocker.unblock():
        with _maintenance() as server:
            _copy(server, _template(server), name)
        _use(name)
        # Built-in roles and the like follow the code, not only the migrations.
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
        queue.loader.import_default_modules()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        with _maintenance() as server, contextlib.suppress(psycopg.errors.ObjectInUse):
            _drop(server, name)


@pytest.fixture
def run_jobs(db: None) -> Callable[[], None]:
    """Give a function that does, in this process, all that was handed to workers so far.

    Inside a test nothing is committed, so nothing is sent by itself.
    """

    def run() -> None:
        while connection.run_on_commit:
            _savepoints, function, _robust = connection.run_on_commit.pop(0)
            function()

    return run


def _database_name() -> str:
    given = os.environ.get("TEST_DATABASE_NAME", "")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{given}_{worker}" if given else f"test_artel_{os.environ['ARTEL_TEST_RUN']}_{worker}"


def _use(name: str) -> None:
    """Point Django at a database of this name."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _template(server: psycopg.Connection) -> str:
    """Return the template's name, made now if need be; processes wait for the one that makes it."""
    name = TEMPLATE + _migrations_hash()
    server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        if name not in _names(server, TEMPLATE):
            _drop(server, f"{name}_new")
            _copy(server, "template0", f"{name}_new")
            _use(f"{name}_new")
            call_command("migrate", interactive=False, verbosity=0)
            connection.close()
            _run(server, "ALTER DATABASE {} RENAME TO {}", f"{name}_new", name)
            _tidy(server, name)
    finally:
        server.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return name


def _migrations_hash() -> str:
    seen = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda one: one.label):
        for file in sorted(Path(config.path).glob("migrations/*.py")):
            seen.update(f"{config.label}/{file.name}".encode() + file.read_bytes())
    return seen.hexdigest()[:16]


def _tidy(server: psycopg.Connection, current: str) -> None:
    """Drop old templates and the databases of test runs that were killed."""
    outdated = [name for name in _names(server, TEMPLATE) if name != current][:-KEPT_TEMPLATES]
    for name in _names(server, "test_artel_"):
        run = name.split("_")[2]
        if run.isdigit() and not children.alive(int(run)):
            outdated.append(name)
    for name in outdated:
        with contextlib.suppress(psycopg.errors.ObjectInUse):
            _drop(server, name)


def _maintenance() -> psycopg.Connection:
    """Connect to the server beside any database of ours."""
    given = settings.DATABASES["default"]
    return psycopg.connect(
        host=given["HOST"] or None,
        port=given["PORT"] or None,
        user=given["USER"] or None,
        password=given["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )


def _names(server: psycopg.Connection, start: str) -> list[str]:
    """Return the databases whose name begins so, the oldest first."""
    found = server.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid", [start]
    )
    return [name for (name,) in found]


def _copy(server: psycopg.Connection, template: str, name: str) -> None:
    _drop(server, name)
    _run(server, "CREATE DATABASE {} TEMPLATE {}", name, template)


def _drop(server: psycopg.Connection, name: str) -> None:
    _run(server, "DROP DATABASE IF EXISTS {}", name)


def _run(server: psycopg.Connection, statement: str, *names: str) -> None:
    server.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))  # type: ignore[arg-type]
