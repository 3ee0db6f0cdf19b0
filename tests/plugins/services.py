"""Starts the database server before Django's settings load, and keeps the operator's settings out.

Loaded by "-p" in pyproject.toml. With DATABASE_URL set that server is used. Nothing else is
started: tests keep their cache in memory, and run tasks in their own process.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from crm.embedded.places import Places
from crm.embedded.postgres import Postgres
from crm.embedded.servers import InUse, Servers
from crm.lib import catalogues, pdf

ROOT = Path(__file__).resolve().parent.parent.parent
#: An installation's settings that tests must not follow.
FOREIGN = (
    "ALLOWED_HOSTS",
    "BASE_URL",
    "DATABASE_POOL",
    "DATABASE_REPLICA_URL",
    "DEBUG",
    "EMAIL_URL",
    "FROM_EMAIL",
    "LANGUAGE_CODE",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "PORT",
    "S3_URL",
    "SENTRY_DSN",
    "TIME_ZONE",
)
RUN = "ARTEL_TEST_RUN"
_open = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Run before pytest-django reads the settings; processes of xdist find all done."""
    if RUN in os.environ:
        return
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ[RUN] = str(os.getpid())
    os.environ["TESTING"] = "1"
    # Playwright keeps a loop in the thread that also asks the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    os.environ["DATA_DIR"] = str(ROOT / "var" / "test")
    catalogues.compile_stale()
    if not os.environ.get("DATABASE_URL"):
        _start_server(Places(ROOT / "var" / "test"))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Bring our database fixtures after pytest-django's, so that they replace them."""
    for name in ("database", "browser"):
        config.pluginmanager.import_plugin(f"tests.plugins.{name}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what can't be tried on this machine, with the reason."""
    of_pdf = [item for item in items if item.get_closest_marker("pdf")]
    if not of_pdf or pdf.is_available():
        return
    reason = f"no PDF without the system packages {' '.join(pdf.SYSTEM_PACKAGES)}"
    for item in of_pdf:
        item.add_marker(pytest.mark.skip(reason=reason))


def pytest_unconfigure() -> None:
    _open.close()


def _start_server(places: Places) -> None:
    """Start PostgreSQL for tests, or use the one of another test run in this folder."""
    servers = Servers(places, what="script/test", lasting=False, wanted=[Postgres])
    try:
        _open.enter_context(servers)
        _open.callback(servers.wait_for_borrowers)
    except InUse:
        _open.enter_context(servers.borrow())
    os.environ["DATABASE_URL"] = places.database_url()
