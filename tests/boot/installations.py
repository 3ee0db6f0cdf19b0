"""A whole installation of its own for a test: started as an operator starts it, ended whatever happens."""

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

from tests.boot import ROOT, clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.embedded.places import Places

PATIENCE = 120


class Installation:
    """An installation with a data folder and a port of its own."""

    def __init__(self, places: Places) -> None:
        self.places = places
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.output = places.data_dir.with_name("output")
        self.started: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[bytes]:
        with self.output.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=clean_environment(self.places.data_dir, PORT=str(self.port)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the running servers; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "crm.embedded", sys.executable, "manage.py", *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=clean_environment(self.places.data_dir, PORT=str(self.port)),
        )
        return done.stdout.strip()

    def ready(self) -> dict[str, str]:
        """Return what /readyz says, nothing when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=10) as answer:
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

    def wait_until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < until, self.output.read_text(encoding="utf-8")
            time.sleep(0.1)

    def wait_until_well(self) -> None:
        def well() -> bool:
            found = self.ready()
            return bool(found) and set(found.values()) == {"ok"}

        self.wait_until(well)

    def end(self) -> None:
        """Kill what is left and remove what lies outside of the data folder."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self.started:
            process.wait()
        for folder in (self.places.sockets, self.places.open_ground):
            shutil.rmtree(folder, ignore_errors=True)
