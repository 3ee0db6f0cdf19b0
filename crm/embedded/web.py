"""The web server: how it is started, and whether its address is free."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import urllib.error
import urllib.request

from crm.embedded.errors import CannotStart


def share_counts(folder: str) -> None:
    """Let the web processes that are started next add up what they count for /metrics, from zero."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def command(host: str, port: int, processes: int) -> list[str]:
    """Return the arguments for Python that serve the product."""
    return ["-m", "crm.embedded.serving", host, str(port), str(processes)]


def check_free(host: str, port: int) -> None:
    """Refuse a port that somebody else serves."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(_refusal(host, port, error)) from error


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is busy: another program uses it. Stop that, or choose another: PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"Port {port} needs root. Choose one above 1023, such as PORT=8000."
    return f"{host}:{port} can't be used: {error.strerror}."


def answers(host: str, port: int) -> bool:
    """Whether our server serves at this address."""
    reached = "127.0.0.1" if host in ("0.0.0.0", "localhost") else "[::1]" if host == "::" else host
    with (
        contextlib.suppress(urllib.error.URLError, OSError),
        urllib.request.urlopen(f"http://{reached}:{port}/healthz", timeout=5) as answer,
    ):
        return bool(answer.status == 200)
    return False
