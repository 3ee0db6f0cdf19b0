"""The servers an installation runs for itself, and the lock that lets one process own their data."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from crm.embedded import ground
from crm.embedded.errors import CannotStart
from crm.embedded.places import DATABASE_NAME, Places
from crm.embedded.postgres import Postgres
from crm.embedded.valkey import Valkey

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from types import TracebackType

START_SECONDS = 90
VARIABLES: dict[type[Postgres | Valkey], str] = {Postgres: "DATABASE_URL", Valkey: "REDIS_URL"}


class InUse(CannotStart):
    """Another process of ours owns this data folder."""


@dataclass
class Servers:
    """PostgreSQL and Valkey of one data folder: both, one or none, as DATABASE_URL and REDIS_URL say.

    As a context it claims the folder, starts what is wanted and stops it at the end.
    """

    places: Places
    what: str
    lasting: bool = True
    wanted: list[type[Postgres | Valkey]] | None = None
    running: list[tuple[Postgres | Valkey, subprocess.Popen[bytes]]] = field(default_factory=list)
    lock: IO[str] | None = None

    def __post_init__(self) -> None:
        self.parts: list[Postgres | Valkey] = []
        if self.wanted is None:
            self.wanted = wanted_here()

    def __enter__(self) -> Servers:
        if self.wanted:
            self.claim()
            try:
                self.launch()
            except BaseException:
                self.stop()
                raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Own the data folder; the servers are launched by whoever holds it, when it suits them."""
        if self.wanted:
            self.claim()
        try:
            yield
        finally:
            self.stop()

    def launch(self) -> None:
        """Start what is wanted, or say why that can't be."""
        try:
            if self.wanted:
                self.start()
        except OSError as error:
            raise CannotStart(f"{error.filename or self.places.data_dir}: {error.strerror}.") from error

    def claim(self) -> None:
        """Own the data folder until we end, however we end, or say who owns it."""
        ground.prepare_data_dir(self.places)
        lock = self.places.lock.open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = _read(lock.read())
            lock.close()
            raise InUse(
                f"{self.places.data_dir} is in use: {holder['what']} runs already (process {holder['pid']}). "
                "Stop it first, or let DATA_DIR name another folder."
            ) from None
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "what": self.what}))
        lock.flush()
        self.lock = lock

    def start(self) -> None:
        """Start the wanted servers side by side and wait until each answers."""
        account = ground.account_for(self.places)
        ground.make_socket_dir(self.places, account)
        self.parts = [kind(self.places, account, self.lasting) for kind in self.wanted or ()]
        for part in self.parts:
            part.prepare()
            self.running.append((part, part.start()))
        for part, process in self.running:
            part.wait(process)
            if isinstance(part, Postgres):
                part.ensure_database(DATABASE_NAME)

    def hand_over(self) -> list[tuple[Postgres | Valkey, subprocess.Popen[bytes]]]:
        """Give the running servers to somebody who will watch and stop them; the folder stays ours."""
        given, self.running = self.running, []
        return given

    def stop(self) -> None:
        """Stop in reverse order and give the data folder free."""
        while self.running:
            part, process = self.running.pop()
            part.stop(process)
        if self.lock:
            self.lock.close()
            self.lock = None

    def borrow(self) -> IO[str]:
        """Use servers that another process runs: wait until they answer; they stay until we close this."""
        ticket = self.places.users_lock.open("a", encoding="utf-8")
        fcntl.flock(ticket, fcntl.LOCK_SH)
        until = time.monotonic() + START_SECONDS
        parts = [kind(self.places, None) for kind in self.wanted or ()]
        while not all(part.answers() for part in parts):
            if time.monotonic() > until:
                raise CannotStart(f"The servers of {self.places.data_dir} don't answer.")
            time.sleep(0.1)
        return ticket

    def wait_for_borrowers(self) -> None:
        """Wait until nobody else uses the servers that we are about to stop."""
        with self.places.users_lock.open("a", encoding="utf-8") as ticket:
            fcntl.flock(ticket, fcntl.LOCK_EX)


def wanted_here() -> list[type[Postgres | Valkey]]:
    """Return the servers that the environment doesn't name."""
    named = {kind: os.environ.get(name, "").strip() for kind, name in VARIABLES.items()}
    return [kind for kind, address in named.items() if not address]


def _read(text: str) -> dict[str, object]:
    """Read what the lock's holder wrote; it may not have come to it yet."""
    try:
        found = json.loads(text)
        return {"pid": found["pid"], "what": found["what"]}
    except (ValueError, KeyError, TypeError):
        return {"pid": "unknown", "what": "another Artel process"}
