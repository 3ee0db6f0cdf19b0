"""What must be true before anybody is served: a fit database, all migrations, somebody who may sign in."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from crm import env
from crm.embedded.errors import CannotStart

if TYPE_CHECKING:
    from pathlib import Path

OLDEST_POSTGRES = 15
FIRST_USER = "root"
#: Letters that nobody confuses when reading a password from one screen into another.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class FirstPassword:
    """The first administrator's password, kept for the owner of the data folder until it is changed."""

    kept_in: Path

    @property
    def text(self) -> str:
        return self.kept_in.read_text(encoding="ascii").strip() if self.kept_in.exists() else ""

    def make(self) -> str:
        password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
        self.kept_in.unlink(missing_ok=True)
        handle = os.open(self.kept_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{password}\n")
        return password

    def forget_if_changed(self) -> None:
        """Remove the file once the password in it opens nothing any more."""
        if not self.text:
            return
        user = get_user_model().objects.filter(username=FIRST_USER, is_active=True).first()
        if user is None or not user.check_password(self.text):
            self.kept_in.unlink(missing_ok=True)


def check_database() -> None:
    """Refuse a PostgreSQL server that is too old or can't search Cyrillic."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            version = int(cursor.fetchone()[0]) // 10000
            if version < OLDEST_POSTGRES:
                raise CannotStart(
                    f"PostgreSQL {OLDEST_POSTGRES} or newer is needed; this server is {version}."
                )
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute("SELECT cardinality(show_trgm('Иван'))")
            if not cursor.fetchone()[0]:
                raise CannotStart(
                    "This database can't search Cyrillic words. Create it with "
                    "--encoding=UTF8 --lc-ctype=C.UTF-8 (or another UTF-8 locale)."
                )
    except DatabaseError as error:
        raise CannotStart(f"The database can't be used: {str(error).strip()}") from error


def check_broker() -> None:
    """Refuse to start when the queue and the cache can't be reached."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except redis.RedisError as error:
        raise CannotStart(f"Redis or Valkey (REDIS_URL) can't be used: {error}") from error


def migrate() -> None:
    """Apply what is missing, and let each app put its own first rows right."""
    call_command("migrate", interactive=False, verbosity=0)


def is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def forget_cached() -> None:
    """Empty our part of the cache, which several installations may share: sessions, rights, figures."""
    with redis.Redis.from_url(env.next_database(settings.REDIS_URL)) as client:
        for key in client.scan_iter(f"{settings.INSTALLATION}:*", count=1000):
            client.unlink(key)


def is_empty() -> bool:
    """Whether nobody can sign in yet."""
    return not get_user_model().objects.exists()


def make_first_administrator(password: FirstPassword) -> str:
    """Create the user root, who may do everything; return the password."""
    chosen = password.make()
    get_user_model().objects.create_superuser(username=FIRST_USER, email="", password=chosen)
    return chosen
