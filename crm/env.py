"""Typed readers of environment variables: a bad value stops the start with one clear sentence."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit
from zoneinfo import available_timezones

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from crm.embedded import places

YES = ("1", "true", "yes", "on")
NO = ("0", "false", "no", "off")
#: scheme of EMAIL_URL → Django's way of sending
EMAIL_BACKENDS = {
    "console": "django.core.mail.backends.console.EmailBackend",
    "file": "django.core.mail.backends.filebased.EmailBackend",
    "memory": "django.core.mail.backends.locmem.EmailBackend",
    "smtp": "django.core.mail.backends.smtp.EmailBackend",
    "smtps": "django.core.mail.backends.smtp.EmailBackend",
}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def boolean(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value not in YES + NO:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in YES


def integer(name: str, default: int, *, least: int, most: int) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {value!r}.")
    return int(value)


def listing(name: str, default: list[str]) -> list[str]:
    """Read values parted by commas."""
    return [part.strip() for part in text(name).split(",") if part.strip()] or default


def one_of(name: str, default: str, *, choices: list[str]) -> str:
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    if value not in available_timezones():
        raise ImproperlyConfigured(f"{name} must be a zone such as Europe/Berlin, not {value!r}.")
    return value


def path(name: str, default: Path) -> Path:
    value = text(name)
    return Path(value).expanduser().resolve() if value else default


def web_address(name: str) -> str:
    """Read where people reach the product, such as https://crm.example.com, without a last slash."""
    value = text(name).rstrip("/")
    if not value:
        return ""
    parts = _split(name, value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ImproperlyConfigured(f"{name} must look like https://crm.example.com, not {value!r}.")
    return value


def secret(name: str, *, keep_in: Path) -> str:
    """Return the variable, or a random secret kept beside the data."""
    if value := text(name):
        return value
    kept = keep_in / "secret_key"
    try:
        if not kept.exists():
            _write_once(kept, secrets.token_urlsafe(50))
        return kept.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is not set and none can be kept in {keep_in} ({error.strerror}). "
            f"Set {name}, or let DATA_DIR name a folder that this user may write."
        ) from error


def _write_once(kept: Path, value: str) -> None:
    """Write a private file that appears whole: of several processes starting at once one wins."""
    places.make_data_dir(kept.parent)
    draft = kept.with_name(f"{kept.name}.{os.getpid()}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(value, encoding="ascii")
    try:
        os.link(draft, kept)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def database(name: str, *, embedded: str) -> dict[str, Any]:
    """Read a PostgreSQL address; without one it is the embedded server's."""
    value = text(name, embedded)
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(value))
    except ValueError as error:  # also an unknown scheme
        raise ImproperlyConfigured(f"{name} can't be read: {error}") from error
    if found["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} must be postgres://user:password@host:port/name.")
    if not found["NAME"]:
        raise ImproperlyConfigured(f"{name} names no database: postgres://user:password@host:port/name.")
    # PgBouncer in transaction mode has no sessions, so nothing may rest in one.
    found["DISABLE_SERVER_SIDE_CURSORS"] = True
    return found


def installation(database: dict[str, Any]) -> str:
    """Return a short name for the installation that keeps its records in this database."""
    place = "|".join(str(database.get(key, "")) for key in ("HOST", "PORT", "NAME"))
    return f"artel-{hashlib.sha256(place.encode()).hexdigest()[:10]}"


def redis(name: str, *, embedded: str) -> str:
    """Read the address of Redis or Valkey; without one it is the embedded server's."""
    value = text(name, embedded)
    parts = _split(name, value)
    if parts.scheme == "redis+socket":
        number = parse_qs(parts.query).get("virtual_host", ["0"])[0]
        return f"unix://{parts.path}?db={number}"
    database = parts.path.strip("/") or "0" if parts.scheme != "unix" else "0"
    if parts.scheme not in ("redis", "rediss", "unix") or not database.isdigit():
        raise ImproperlyConfigured(f"{name} must be redis://host:6379/0 or unix:///path/to.sock.")
    return value


def broker(redis_url: str) -> str:
    """Return the same server as Celery writes its address."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


def next_database(redis_url: str) -> str:
    """Return the neighbouring Redis database: emptying the cache must not empty the queue."""
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        number = int(parse_qs(parts.query).get("db", ["0"])[0])
        return f"unix://{parts.path}?db={number + 1}"
    number = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{number + 1}"))


def email(name: str, default: str) -> dict[str, Any]:
    """Read how letters leave: smtp://user:password@host:587, smtps://…, console:, file:///folder.

    Returns Django's EMAIL_… settings. smtp uses STARTTLS unless ?tls=0; smtps is TLS from the start.
    """
    value = text(name, default)
    parts = _split(name, value)
    if parts.scheme not in EMAIL_BACKENDS:
        known = ", ".join(f"{scheme}:" for scheme in EMAIL_BACKENDS)
        raise ImproperlyConfigured(f"{name} must begin with one of {known} not {parts.scheme or value!r}.")
    found: dict[str, Any] = {"EMAIL_BACKEND": EMAIL_BACKENDS[parts.scheme]}
    if parts.scheme == "file":
        found["EMAIL_FILE_PATH"] = parts.path
    if parts.scheme in ("smtp", "smtps"):
        if not parts.hostname:
            raise ImproperlyConfigured(f"{name} names no server: smtp://user:password@host:587.")
        found["EMAIL_HOST"] = parts.hostname
        found["EMAIL_PORT"] = parts.port or (465 if parts.scheme == "smtps" else 587)
        found["EMAIL_HOST_USER"] = unquote(parts.username or "")
        found["EMAIL_HOST_PASSWORD"] = unquote(parts.password or "")
        found["EMAIL_USE_SSL"] = parts.scheme == "smtps"
        found["EMAIL_USE_TLS"] = parts.scheme == "smtp" and parse_qs(parts.query).get("tls") != ["0"]
        found["EMAIL_TIMEOUT"] = 20
    return found


def storage(name: str) -> dict[str, Any]:
    """Read where uploads are kept: s3://key:secret@host/bucket?region=…, without it the data folder."""
    value = text(name)
    if not value:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    parts = _split(name, value)
    bucket = parts.path.strip("/")
    if parts.scheme != "s3" or not parts.hostname or not bucket or "/" in bucket:
        raise ImproperlyConfigured(f"{name} must be s3://key:secret@host/bucket?region=name.")
    wishes = parse_qs(parts.query)
    port = f":{parts.port}" if parts.port else ""
    options = {
        "access_key": unquote(parts.username or ""),
        "secret_key": unquote(parts.password or ""),
        "bucket_name": bucket,
        "endpoint_url": f"{wishes.get('scheme', ['https'])[0]}://{parts.hostname}{port}",
        "region_name": wishes.get("region", [""])[0] or None,
        "default_acl": "private",
        "file_overwrite": False,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def _split(name: str, value: str) -> SplitResult:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - a bad port shows only when read
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} can't be read: {error}.") from error
    return parts
