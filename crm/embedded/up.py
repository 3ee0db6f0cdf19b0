"""The whole product in one terminal: servers, web, worker and beat.

No Django here: web loads it anyway, and whoever waits for the first page would wait twice. What must
be prepared (migrations, static files, the first user) is done by "manage.py prepare", when anything
has changed since the last start.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from crm import env
from crm.embedded import children, stamp, web
from crm.embedded.errors import CannotStart
from crm.embedded.places import Places
from crm.embedded.servers import Servers
from crm.embedded.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = str(ROOT / "manage.py")
HELP = (
    "Run everything in this terminal: the embedded PostgreSQL and Valkey (unless DATABASE_URL and "
    "REDIS_URL name others), web, worker, sender and beat. Ctrl-C stops it all."
)
WEB_SECONDS = 60
#: A worker first ends what it is doing, then drops it: a job goes on from its last chunk.
WORKER_STOP = ((signal.SIGTERM, 4), (signal.SIGQUIT, 2))
#: What works behind the pages, each with its options.
WORKERS = (("worker", "--without", "hooks"), ("sender",), ("beat",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    port = env.integer("PORT", 8000, least=1, most=65535)
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; 0.0.0.0 serves the network too")
    parser.add_argument("--port", type=int, default=port, help="the port (or set PORT)")
    parser.add_argument("--web-processes", type=int, default=2, help="how many web processes (2)")
    parser.add_argument("--demo", action="store_true", help="fill an empty installation with demo data")


def main(arguments: list[str]) -> None:
    """Run as a command of its own."""
    parser = argparse.ArgumentParser(prog="manage.py up", description=HELP)
    add_arguments(parser)
    try:
        run(**vars(parser.parse_args(arguments)))
    except CannotStart as error:
        sys.exit(f"{error}")


def run(*, host: str, port: int, web_processes: int, demo: bool) -> None:
    """Start everything and watch over it until somebody asks to stop.

    Raises:
        CannotStart: when a part doesn't start; the message says why.
    """
    os.environ["PORT"] = str(port)
    places = Places(env.path("DATA_DIR", ROOT / "var"))
    database = env.database("DATABASE_URL", embedded=places.database_url())
    servers = Servers(places, what="script/server")
    lines = children.Prefixed(sys.stdout)
    served = Program("web", web.command(host, port, web_processes), vital=True)
    web.check_free(host, port)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="artel-counts-") as counts,
            servers.held(),
            Supervisor(lines) as supervisor,
        ):
            web.share_counts(counts)
            news = _start(supervisor, servers, served, places, database, demo=demo)
            _wait_for_web(supervisor, host, port)
            _tell(lines, [f"Artel is ready: {_address(host, port)}", *news])
            for name, *options in WORKERS:
                supervisor.launch(Program(name, [MANAGE, name, *options], WORKER_STOP))
            supervisor.watch()
    except KeyboardInterrupt:
        return


def _start(
    supervisor: Supervisor,
    servers: Servers,
    served: Program,
    places: Places,
    database: dict[str, Any],
    *,
    demo: bool,
) -> list[str]:
    """Start servers and web, at once when nothing is to be prepared; return what the owner should know."""
    known = None if demo else stamp.read(places)
    if known:
        supervisor.launch(served)
    servers.launch()
    for part, process in reversed(servers.hand_over()):
        supervisor.adopt(part, process, first=True)
    if known and stamp.base_mark(database) == known.base:
        kept = places.first_password
        return [f"Sign in as root; the first password is in {kept}."] if kept.exists() else []
    if known:  # another database, or one that was brought back
        supervisor.drop(served)
    news = _prepare(supervisor, demo=demo)
    supervisor.launch(served)
    return news


def _prepare(supervisor: Supervisor, *, demo: bool) -> list[str]:
    """Make the installation fit to serve; return what its owner should know."""
    with tempfile.NamedTemporaryFile("r", prefix="artel-news-", encoding="utf-8") as news:
        command = [MANAGE, "prepare", "--news", news.name, *(["--demo"] if demo else [])]
        supervisor.run(Program("artel", command, orphaned=signal.SIGTERM))
        return news.read().splitlines()


def _wait_for_web(supervisor: Supervisor, host: str, port: int) -> None:
    until = time.monotonic() + WEB_SECONDS
    while not web.answers(host, port):
        supervisor.check()
        if time.monotonic() > until:
            raise CannotStart(f"The web server did not answer within {WEB_SECONDS} seconds.")
        time.sleep(0.05)


def _address(host: str, port: int) -> str:
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host
    return f"http://{shown}:{port}/"


def _tell(lines: children.Prefixed, news: list[str]) -> None:
    for line in ("", *news, ""):
        lines.say("artel", line)
