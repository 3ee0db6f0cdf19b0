"""One command runs everything, ends everything, and goes on with its data."""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from crm.embedded import web
from crm.embedded.errors import CannotStart
from crm.embedded.places import Places
from crm.embedded.postgres import Postgres
from crm.embedded.servers import InUse, Servers
from tests.boot.installations import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(Places(tmp_path / "data"))
    yield made
    made.end()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends the orphans of a kill")
def test_everything_starts_dies_and_goes_on(installation):
    first = installation.start()
    installation.wait_until_well()
    password = installation.places.first_password.read_text(encoding="ascii").strip()
    assert f"Sign in as root with the password {password}" in installation.output.read_text(encoding="utf-8")
    assert installation.places.first_password.stat().st_mode & 0o777 == 0o600

    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    installation.wait_until(lambda: not installation.processes())

    second = installation.start()
    installation.wait_until_well()
    again = installation.output.read_text(encoding="utf-8").split("Artel is ready")[2]
    assert "the first password is in" in again

    os.killpg(second.pid, signal.SIGINT)
    installation.wait_until(lambda: second.poll() is not None)
    assert second.returncode == 0
    assert not installation.processes()


def test_a_second_owner_of_the_data_is_refused(tmp_path):
    places = Places(tmp_path / "data")
    first = Servers(places, what="script/server", wanted=[Postgres])
    second = Servers(places, what="script/server", wanted=[Postgres])

    first.claim()
    with pytest.raises(InUse, match=rf"script/server runs already \(process {os.getpid()}\)"):
        second.claim()
    first.stop()
    second.claim()
    second.stop()


def test_a_busy_port_is_said_with_another_to_take():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CannotStart, match=f"Port {port} is busy.*PORT={port + 1}"):
            web.check_free("127.0.0.1", port)


@pytest.mark.parametrize(
    ("given", "started"),
    [
        ({}, ["database", "broker"]),
        ({"DATABASE_URL": "postgres://h/d"}, ["broker"]),
        ({"REDIS_URL": "redis://h"}, ["database"]),
        ({"DATABASE_URL": "postgres://h/d", "REDIS_URL": "redis://h"}, []),
    ],
)
def test_what_the_environment_names_is_not_started(monkeypatch, tmp_path, given, started):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, given.get(name, ""))

    servers = Servers(Places(tmp_path / "data"), what="a test")

    assert [kind.name for kind in servers.wanted or []] == started
