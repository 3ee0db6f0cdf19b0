"""manage.py up: the whole product in one terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import DatabaseError, connections

from crm.embedded import children, first_steps, static, web
from crm.embedded.errors import CannotStart
from crm.embedded.first_steps import FirstPassword
from crm.embedded.servers import Servers
from crm.embedded.supervisor import Program, Supervisor

if TYPE_CHECKING:
    from argparse import ArgumentParser

WEB_SECONDS = 60
CHORE_SECONDS = 30
#: A worker first ends what it is doing, then drops it: a job goes on from its last chunk.
WORKER_STOP = ((signal.SIGTERM, 4), (signal.SIGQUIT, 2))


class Command(BaseCommand):
    help = (
        "Run everything in this terminal: the embedded PostgreSQL and Valkey (unless DATABASE_URL and "
        "REDIS_URL name others), web, worker and beat. Ctrl-C stops it all."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--host", default="127.0.0.1", help="where to listen; 0.0.0.0 serves the network too"
        )
        parser.add_argument("--port", type=int, default=settings.PORT, help="the port (or set PORT)")
        parser.add_argument("--web-processes", type=int, default=2, help="how many web processes (2)")
        parser.add_argument("--demo", action="store_true", help="fill an empty installation with demo data")

    def handle(self, *, host: str, port: int, web_processes: int, demo: bool, **_options: Any) -> None:
        os.environ["PORT"] = str(port)
        lines = children.Prefixed(sys.stdout)
        servers = Servers(settings.PLACES, what="script/server")
        try:
            web.check_free(host, port)
            with (
                tempfile.TemporaryDirectory(prefix="artel-counts-") as counts,
                servers,
                Supervisor(lines) as supervisor,
            ):
                web.share_counts(counts)
                for part, process in servers.hand_over():
                    supervisor.adopt(part, process)
                news = _prepare(lines, demo=demo)
                supervisor.launch(Program("web", web.command(host, port, web_processes), vital=True))
                _wait_for_web(supervisor, host, port)
                _tell(lines, [f"Artel is ready: {_address(host, port)}", *news])
                for name in ("worker", "beat"):
                    command = [str(settings.BASE_DIR / "manage.py"), name]
                    supervisor.launch(Program(name, command, WORKER_STOP))
                supervisor.watch(_forget_first_password, every=CHORE_SECONDS)
        except CannotStart as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            return


def _prepare(lines: children.Prefixed, *, demo: bool) -> list[str]:
    """Make the installation fit to serve; return what its owner should know."""
    first_steps.check_database()
    first_steps.check_broker()
    if not first_steps.is_migrated():
        lines.say("artel", "preparing the database")
    first_steps.migrate()
    news = _first_users(lines, demo=demo)
    if static.gather():
        lines.say("artel", "gathered style sheets and scripts")
    # The web server and the workers have connections of their own.
    connections.close_all()
    return news


def _first_users(lines: children.Prefixed, *, demo: bool) -> list[str]:
    """See that somebody can sign in; return how."""
    password = FirstPassword(settings.PLACES.first_password)
    if first_steps.is_empty() and demo:
        lines.say("artel", "filling in the demo company")
        chosen = password.make()
        call_command("demo", password=chosen)
        return [
            f"Sign in as {first_steps.FIRST_USER}, ann, bob or eve; all have the password {chosen}",
            f"It is also in {password.kept_in}, until {first_steps.FIRST_USER} changes it.",
        ]
    if first_steps.is_empty():
        chosen = first_steps.make_first_administrator(password)
        return [
            f"Sign in as {first_steps.FIRST_USER} with the password {chosen}",
            f"It is also in {password.kept_in}, until you change it.",
        ]
    password.forget_if_changed()
    news = [f"Sign in as {first_steps.FIRST_USER}; the first password is in {password.kept_in}."]
    if demo:
        lines.say("artel", "there are users already, so no demo data is filled in")
    return news if password.text else []


def _forget_first_password() -> None:
    """Remove the file with the first password soon after it was changed."""
    with contextlib.suppress(DatabaseError):
        FirstPassword(settings.PLACES.first_password).forget_if_changed()
    connections.close_all()


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
