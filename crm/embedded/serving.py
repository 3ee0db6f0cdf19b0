"""python -m crm.embedded.serving HOST PORT PROCESSES: the web server.

The product is loaded once, then the processes are forked from it: they start at once and share its memory.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from crm.embedded import children

if TYPE_CHECKING:
    from collections.abc import Callable

#: Threads per process wait for the database most of their time.
THREADS = 8
#: After this time what no first page needs is loaded too, so that nobody's save waits for it.
REST_SECONDS = 3


def serve(host: str, port: int, processes: int) -> None:
    """Serve until asked to end."""
    if sys.platform.startswith("linux"):
        multiprocessing.set_start_method("fork", force=True)
    # What is loaded stays: nobody need look through it for rubbish, and its pages stay shared.
    gc.disable()
    load()
    gc.freeze()
    gc.enable()
    Server(
        "crm.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=THREADS,
        workers_kill_timeout=3,
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels.error,
    ).serve(target_loader=application, wrap_loader=False)


def load() -> Any:
    """Load the product with all its addresses; where processes aren't forked, each does so."""
    found = import_module("crm.wsgi").application
    # Django would read the addresses with the first request.
    import_module("django.urls").get_resolver().url_patterns  # noqa: B018
    return found


def application() -> Callable[..., Any]:
    """Return what a web process serves. One whose server was killed would keep the port."""
    if server := multiprocessing.parent_process():
        children.die_with_parent(signal.SIGKILL, parent=server.pid)()
    found: Callable[..., Any] = load()
    rest = threading.Timer(REST_SECONDS, import_string, [settings.QUEUE])
    rest.daemon = True
    rest.start()
    return found


def main(arguments: list[str]) -> None:
    # Threads of a web process share connections; a worker's forked processes must not.
    os.environ.setdefault("DATABASE_POOL", "1")
    host, port, processes = arguments
    try:
        serve(host, int(port), int(processes))
    except ImproperlyConfigured as error:
        if os.environ.get("DEBUG"):
            raise
        sys.exit(f"This can't work: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
