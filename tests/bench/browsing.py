"""The production server with two processes, and clients that ask it over HTTP."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.test import Client

from crm.embedded import web
from crm.embedded.children import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
PROCESSES = 2


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


class Server(NamedTuple):
    """A running server."""

    port: int
    pid: int

    def memory(self) -> list[float]:
        """Return the resident memory of each web process, in megabytes."""
        return [round(resident(pid) / 1024, 1) for pid in _children(self.pid)]


@contextmanager
def serving() -> Iterator[Server]:
    """Serve the measured database as ``manage.py up`` would, on a port of its own."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    env = os.environ | {"DATABASE_URL": database_address(), "ALLOWED_HOSTS": "*", "DEBUG": "0"}
    command = [sys.executable, *web.command(HOST, port, PROCESSES)]
    process = subprocess.Popen(
        command, env=env, start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM)
    )
    try:
        for _turn in range(300):
            if web.answers(HOST, port):
                break
            time.sleep(0.1)
        else:
            raise RuntimeError("The server did not start.")
        yield Server(port, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def database_address() -> str:
    kept: dict[str, Any] = connection.settings_dict
    server = f"{kept['HOST']}:{kept['PORT']}" if str(kept["PORT"]) else ""
    if str(kept["HOST"]).startswith("/"):
        return f"postgres://{kept['USER']}@/{kept['NAME']}?host={kept['HOST']}"
    password = f":{kept['PASSWORD']}" if kept["PASSWORD"] else ""
    return f"postgres://{kept['USER']}{password}@{server}/{kept['NAME']}"


class Browser:
    """One signed-in client with a connection that is kept."""

    def __init__(self, server: Server, user: Any) -> None:
        client = Client()
        client.force_login(user)
        self.inside = client
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}",
            "Host": f"{HOST}:{server.port}",
        }
        self.wire = http.client.HTTPConnection(HOST, server.port, timeout=60)

    def get(self, address: str) -> Answer:
        """Ask for a page."""
        self.wire.request("GET", address, headers=self.headers)
        answer = self.wire.getresponse()
        return Answer(answer.status, answer.read())

    def patch(self, address: str, body: str) -> Answer:
        """Save by REST, which goes through the same service as the page."""
        token = "x" * 32
        headers = self.headers | {
            "Content-Type": "application/json",
            "X-CSRFToken": token,
            "Cookie": f"{self.headers['Cookie']}; {settings.CSRF_COOKIE_NAME}={token}",
        }
        self.wire.request("PATCH", address, body=body, headers=headers)
        answer = self.wire.getresponse()
        return Answer(answer.status, answer.read())


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    found = [int(one) for one in listed]
    return [one for one in found if b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()]


def resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0
