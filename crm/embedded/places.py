"""Where the embedded database and broker keep their data and can be reached.

Everything here follows from the data folder alone, so that settings, commands and tests agree
on the addresses without asking a running process. No Django here: settings read this module.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

#: Sockets lie here and not beside the data: a socket's address may have 104 bytes at most.
SOCKETS = Path("/tmp")
#: Where root keeps what the database's own user must reach, when the data folder is closed to it.
OPEN_GROUND = Path("/var/lib")
DATABASE_USER = "artel"
DATABASE_NAME = "artel"


def make_data_dir(folder: Path) -> None:
    """Make the data folder: private, but root lets the servers' own user pass through to its part."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


@dataclass(frozen=True)
class Places:
    """The folders and addresses of one installation."""

    data_dir: Path

    @property
    def mark(self) -> str:
        """A short name for this data folder, different from every other installation's."""
        return hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        return SOCKETS / f"artel-{self.mark}"

    @property
    def open_ground(self) -> Path:
        return OPEN_GROUND / f"artel-{self.mark}"

    @property
    def postgres(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def valkey(self) -> Path:
        return self.data_dir / "valkey"

    @property
    def logs(self) -> Path:
        return self.data_dir / "log"

    @property
    def lock(self) -> Path:
        return self.data_dir / "lock"

    @property
    def users_lock(self) -> Path:
        return self.data_dir / "in-use"

    @property
    def first_password(self) -> Path:
        return self.data_dir / "first-password"

    @property
    def postgres_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def database_url(self, name: str = DATABASE_NAME) -> str:
        """Return the address as DATABASE_URL has it: a socket folder is written with %2F."""
        folder = str(self.sockets).replace("/", "%2F")
        return f"postgres://{DATABASE_USER}@{folder}/{name}"

    def redis_url(self) -> str:
        return f"unix://{self.valkey_socket}"
