"""A copy of the whole installation in a folder, and bringing it back into an empty place.

The folder holds the database as pg_dump writes it, every uploaded file, the secret key and a
manifest with the rows and a checksum of each table. The manifest is written last: without it a
folder is no copy. Rows are counted in the snapshot that pg_dump reads, so people may go on working.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from crm.embedded import ground
from crm.embedded.errors import CannotStart
from crm.embedded.postgres import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database"
FILES = "files"
SECRET = "secret_key"
CHUNK = 1024 * 1024
#: Two at a time keep the disk busy and leave the server usable.
AT_ONCE = 2


class CannotCopy(Exception):
    """The copy can't be made or brought back; the message says why and what to do."""


@dataclass(frozen=True)
class Table:
    """What one table held: ``checksum`` does not depend on the order of its rows."""

    rows: int
    checksum: str


@dataclass
class Manifest:
    """What a copy holds. ``parts`` are the dump's own files, ``files`` the uploads: path → sha256."""

    made_at: str
    postgres: int
    migrations: list[str]
    secret_digest: str
    tables: dict[str, Table] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        content = {**vars(self), "tables": {name: vars(table) for name, table in self.tables.items()}}
        draft = folder / f"{MANIFEST}.new"
        draft.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
        draft.rename(folder / MANIFEST)

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a copy.

        Raises:
            CannotCopy: when the folder holds none, or one of a newer kind.
        """
        try:
            content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise CannotCopy(f"{folder} holds no finished copy: {MANIFEST} is missing.") from error
        except ValueError as error:
            raise CannotCopy(f"{folder / MANIFEST} is damaged: {error}.") from error
        if content.get("format") != FORMAT:
            raise CannotCopy(f"{folder} was made by a newer version of Artel. Restore it with that one.")
        content["tables"] = {name: Table(**table) for name, table in content["tables"].items()}
        return cls(**content)


def make(folder: Path, *, say: Callable[[str], None]) -> Manifest:
    """Copy the whole installation into a new or empty folder."""
    _claim(folder)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        say("copying the database")
        _run("pg_dump", "--format=directory", f"--jobs={AT_ONCE}", "--no-owner", "--no-privileges",
             f"--snapshot={snapshot}", f"--file={folder / DUMP}")  # fmt: skip
        say("counting rows")
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            postgres=_server_version(),
            migrations=_applied(),
            secret_digest=_digest_of_secret(),
            tables=tables(),
        )
    manifest.parts = {part.name: _sha256(part) for part in sorted((folder / DUMP).iterdir())}
    say("copying files")
    manifest.files = dict(_save_uploads(folder / FILES))
    kept = settings.PLACES.data_dir / SECRET
    if kept.exists() and kept.read_text(encoding="ascii").strip() == settings.SECRET_KEY:
        shutil.copyfile(kept, folder / SECRET)
        (folder / SECRET).chmod(0o600)
    manifest.write(folder)
    return manifest


def check(folder: Path) -> Manifest:
    """Read a copy from end to end and compare each file with the manifest.

    Raises:
        CannotCopy: naming the first file that is missing or damaged.
    """
    manifest = Manifest.read(folder)
    for base, wanted in ((DUMP, manifest.parts), (FILES, manifest.files)):
        for name, digest in wanted.items():
            path = folder / base / PurePosixPath(name)
            if not path.is_file():
                raise CannotCopy(f"{path} is missing: the copy is not whole.")
            if _sha256(path) != digest:
                raise CannotCopy(f"{path} is damaged: its checksum differs from the manifest's.")
    return manifest


def bring_back(folder: Path, *, replace: bool, say: Callable[[str], None]) -> Manifest:
    """Put a copy into this installation, which must be empty unless ``replace``; compare every table.

    Raises:
        CannotCopy: before anything is written, when the copy is damaged, of a newer version, or the
            place is not free; afterwards, when a table differs from the manifest.
    """
    say("checking the copy")
    manifest = check(folder)
    _check_fits(manifest)
    _check_free(replace=replace)
    say("restoring the database")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    connection.close()
    # The dump brings the schema's comment only; the schema itself is there.
    _run("pg_restore", f"--jobs={AT_ONCE}", "--no-owner", "--no-privileges", "--exit-on-error",
         f"--dbname={connection.settings_dict['NAME']}", str(folder / DUMP))  # fmt: skip
    say("comparing every table")
    differing = differences(manifest)
    if differing:
        raise CannotCopy(f"After the restore these tables differ from the copy: {', '.join(differing)}.")
    say("restoring files")
    _restore_uploads(folder / FILES, manifest)
    _restore_secret(folder, manifest, say)
    return manifest


def differences(manifest: Manifest) -> list[str]:
    """Return the tables whose rows are not those of the manifest."""
    found = tables()
    return sorted(name for name in manifest.tables | found if manifest.tables.get(name) != found.get(name))


def tables() -> dict[str, Table]:
    """Count and sum up every table as the present transaction sees it."""
    with transaction.atomic(), connection.cursor() as cursor:
        # How values are written as text must not depend on who asks.
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
        cursor.execute("SET LOCAL DateStyle = 'ISO, YMD'")
        cursor.execute("SET LOCAL IntervalStyle = 'iso_8601'")
        cursor.execute("SET LOCAL extra_float_digits = 1")
        cursor.execute("SET LOCAL bytea_output = 'hex'")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "ORDER BY relname"
        )
        return {name: _sum_up(cursor, name) for (name,) in cursor.fetchall()}


def _sum_up(cursor: Any, name: str) -> Table:
    query = sql.SQL(
        "SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)::numeric), 0) FROM {} row"
    ).format(sql.Identifier(name))
    cursor.execute(query)
    rows, total = cursor.fetchone()
    return Table(rows, str(total))


def _claim(folder: Path) -> None:
    """Make the folder, private; a folder that holds something is refused."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotCopy(f"{folder} can't be made: {error.strerror}.") from error
    if any(folder.iterdir()):
        raise CannotCopy(
            f"{folder} is not empty. Name a new folder, such as {folder}/{datetime.now():%Y-%m-%d}."
        )
    folder.chmod(0o700)


def _server_version() -> int:
    """Return the server's version as it counts itself: 180006 is 18.6."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])


def _applied() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


def _check_fits(manifest: Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    if unknown := [name for name in manifest.migrations if name not in known]:
        raise CannotCopy(
            f"The copy was made by a newer version of Artel (it has {unknown[-1]}): restore it with that one."
        )
    if manifest.postgres // 10000 > _server_version() // 10000:
        raise CannotCopy(
            f"The copy comes from PostgreSQL {manifest.postgres // 10000}, this server is "
            f"{_server_version() // 10000}: restore into the same or a newer one."
        )


def _check_free(*, replace: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        if others := cursor.fetchone()[0]:
            raise CannotCopy(
                f"Stop web, worker and beat first: {others} connections to the database are open."
            )
        cursor.execute("SELECT to_regclass('identity_user') IS NOT NULL")
        if not cursor.fetchone()[0] or replace:
            return
        cursor.execute("SELECT count(*) FROM identity_user")
        if cursor.fetchone()[0]:
            raise CannotCopy(
                "This installation is in use: it has users. Restore into an empty one, "
                "or add --replace to throw away everything that is in it."
            )


def _save_uploads(target: Path) -> Iterator[tuple[str, str]]:
    for name in _uploads():
        path = target / PurePosixPath(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with default_storage.open(name) as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy, CHUNK)
        yield name, _sha256(path)


def _uploads(folder: str = "") -> Iterator[str]:
    """Every uploaded file, by its name in the storage, wherever that is."""
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}{name}"
    for name in sorted(folders):
        yield from _uploads(f"{folder}{name}/")


def _restore_uploads(source: Path, manifest: Manifest) -> None:
    for name in manifest.files:
        if default_storage.exists(name):
            default_storage.delete(name)
        with (source / PurePosixPath(name)).open("rb") as opened:
            kept = default_storage.save(name, File(opened))
        if kept != name:
            raise CannotCopy(f"The file {name} could not be put in its place.")


def _restore_secret(folder: Path, manifest: Manifest, say: Callable[[str], None]) -> None:
    """Put the secret key back, or say what follows when another one is in use."""
    kept = settings.PLACES.data_dir / SECRET
    if (folder / SECRET).exists() and not os.environ.get("SECRET_KEY"):
        draft = kept.with_name(f"{SECRET}.restored")
        draft.touch(mode=0o600)
        draft.write_text((folder / SECRET).read_text(encoding="ascii"), encoding="ascii")
        draft.rename(kept)
    elif manifest.secret_digest != _digest_of_secret():
        say(
            "SECRET_KEY is not the one of the copy: everybody must sign in again, links in letters end, "
            "and stored passwords of mailboxes and the like can't be read. Set the old one to avoid that."
        )


def _digest_of_secret() -> str:
    """Tell one key from another without telling the key: slow on purpose."""
    return hashlib.scrypt(settings.SECRET_KEY.encode(), salt=b"artel copy", n=2**14, r=8, p=1).hex()[:32]


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL on our database; the password goes by the environment."""
    done = subprocess.run(
        [str(_program(program)), *arguments], check=False, capture_output=True, text=True, env=_environment()
    )
    if done.returncode:
        raise CannotCopy(f"{program} failed: {done.stderr.strip()}")


def _program(name: str) -> Path:
    """Return our own PostgreSQL's program, which serves every older server, or the system's."""
    try:
        return (
            ground.programs(PACKAGE, settings.PLACES, None, f"pginstall/bin/{name}") / "pginstall/bin" / name
        )
    except CannotStart as error:
        if found := shutil.which(name):
            return Path(found)
        raise CannotCopy(f"{name} is missing on {platform.system()}: install PostgreSQL's client.") from error


def _environment() -> dict[str, str]:
    place = connection.settings_dict
    options = place.get("OPTIONS") or {}
    wanted = {
        "PGHOST": place.get("HOST"),
        "PGPORT": place.get("PORT"),
        "PGUSER": place.get("USER"),
        "PGPASSWORD": place.get("PASSWORD"),
        "PGDATABASE": place.get("NAME"),
        **{f"PG{key.upper()}": options.get(key) for key in ("sslmode", "sslrootcert", "sslcert", "sslkey")},
    }
    return {**os.environ, **{key: str(value) for key, value in wanted.items() if value}}
