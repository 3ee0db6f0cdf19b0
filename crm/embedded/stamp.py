"""What the last start prepared, so that the next one need not look again.

Preparing (migrations, first rows, static files) means loading the whole product once more, which would
double the time until the first page. A mark of the code, of the settings and of the database's own list
of migrations says whether anything has changed since.
"""

from __future__ import annotations

import hashlib
import json
import os
import sysconfig
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import Connection, Error, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crm.embedded.places import Places

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "prepared"
#: Nothing in these is prepared.
SKIPPED = {"__pycache__", "node_modules", "tests", "docs", "locale", "script", "var"}
KINDS = {".py", ".css", ".js", ".json", ".svg", ".png", ".woff2", ".map", ".txt", ".ico"}
#: Settings that change what is prepared, or where.
SETTINGS = ("DATABASE_URL", "REDIS_URL", "DEBUG", "STATIC_ROOT", "LANGUAGE_CODE", "TIME_ZONE")
APPLIED = "SELECT md5(string_agg(app || '.' || name, ',' ORDER BY id)) FROM django_migrations"


@dataclass(frozen=True)
class Stamp:
    """``code``: of the files and settings; ``base``: of the migrations that the database has seen."""

    code: str
    base: str


def write(places: Places, base: str) -> None:
    """Note that this version has prepared a database with these migrations."""
    kept = places.data_dir / NAME
    draft = kept.with_name(f"{NAME}.new")
    draft.write_text(json.dumps(asdict(Stamp(code_mark(), base))), encoding="ascii")
    draft.rename(kept)


def read(places: Places) -> Stamp | None:
    """Return what was prepared last, None when nothing was or the files have changed since."""
    try:
        found = Stamp(**json.loads((places.data_dir / NAME).read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None
    static = Path(os.environ.get("STATIC_ROOT") or places.data_dir / "static")
    return found if found.code == code_mark() and (static / ".gathered").exists() else None


def base_mark(database: dict[str, Any]) -> str:
    """Return the mark of a database, "" when it can't tell. ``database`` is as in settings."""
    wanted = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    options = {name: database[key] for name, key in wanted.items() if database.get(key)}
    try:
        with connect(**options, **database.get("OPTIONS", {}), connect_timeout=5) as connection:
            return applied(connection)
    except (Error, TypeError):
        return ""


def applied(connection: Connection) -> str:
    row = connection.execute(APPLIED).fetchone()
    return str(row[0] or "") if row else ""


def code_mark() -> str:
    """Return a mark that changes with any file's name, size or time, with packages and with settings."""
    seen = hashlib.sha256()
    for name in SETTINGS:
        seen.update(f"{name}={os.environ.get(name, '')}\n".encode())
    packages = Path(sysconfig.get_path("purelib"))
    seen.update(f"{packages} {packages.stat().st_mtime_ns}\n".encode())
    for path, found in sorted(_files(ROOT)):
        seen.update(f"{path} {found}\n".encode())
    return seen.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in SKIPPED or entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            elif os.path.splitext(entry.name)[1] in KINDS:  # noqa: PTH122 - a thousand Path objects cost more
                found = entry.stat()
                yield entry.path, f"{found.st_size} {found.st_mtime_ns}"
