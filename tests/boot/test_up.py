"""One command runs everything, ends everything, and goes on with its data."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crm.embedded import web
from crm.embedded.errors import CannotStart
from crm.embedded.places import Places
from crm.embedded.postgres import Postgres
from crm.embedded.servers import InUse, Servers
from tests.boot import ROOT, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 120


class Installation:
    """An installation with a data folder and a port of its own."""

    def __init__(self, places: Places) -> None:
        self.places = places
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.output = places.data_dir.with_name("output")

    def start(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=clean_environment(self.places.data_dir, PORT=str(self.port)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def ready(self) -> dict[str, str]:
        """Return what /readyz says, nothing when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
                found: dict[str, str] = json.load(answer)
        except urllib.error.HTTPError as error:
            found = json.load(error)
        except OSError:
            found = {}
        return found

    def processes(self) -> list[int]:
        """Return whatever still runs for this installation."""
        mark = f"DATA_DIR={self.places.data_dir}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return found


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(Places(tmp_path / "data"))
    yield made
    for pid in made.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for folder in (made.places.sockets, made.places.open_ground):
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(true: Callable[[], bool], installation: Installation) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, installation.output.read_text(encoding="utf-8")
        time.sleep(0.1)


def all_well(installation: Installation) -> bool:
    found = installation.ready()
    return bool(found) and set(found.values()) == {"ok"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ends the orphans of a kill")
def test_everything_starts_dies_and_goes_on(installation):
    first = installation.start()
    wait_until(lambda: all_well(installation), installation)
    password = installation.places.first_password.read_text(encoding="ascii").strip()
    assert f"Sign in as root with the password {password}" in installation.output.read_text(encoding="utf-8")
    assert installation.places.first_password.stat().st_mode & 0o777 == 0o600

    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    wait_until(lambda: not installation.processes(), installation)

    second = installation.start()
    wait_until(lambda: all_well(installation), installation)
    again = installation.output.read_text(encoding="utf-8").split("Artel is ready")[2]
    assert "the first password is in" in again

    os.killpg(second.pid, signal.SIGINT)
    wait_until(lambda: second.poll() is not None, installation)
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
