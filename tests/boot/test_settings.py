"""Settings out of the environment: good values are understood, bad ones stop the start with a sentence."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from crm import env
from crm.embedded.places import Places
from tests.boot import ROOT, clean_environment

if TYPE_CHECKING:
    from pathlib import Path


def read(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("IT", value)


@pytest.mark.parametrize(
    ("reader", "value", "said"),
    [
        (lambda: env.boolean("IT", default=False), "maybe", "must be 1 or 0"),
        (lambda: env.integer("IT", 1, least=1, most=9), "ten", "whole number from 1 to 9"),
        (lambda: env.integer("IT", 1, least=1, most=9), "10", "whole number from 1 to 9"),
        (lambda: env.one_of("IT", "en", choices=["en", "ru"]), "de", "one of en, ru"),
        (lambda: env.time_zone("IT", "UTC"), "Moscow", "such as Europe/Berlin"),
        (lambda: env.web_address("IT"), "crm.example.com", "must look like https://"),
        (lambda: env.database("IT", embedded=""), "mysql://a@b/c", "postgres://user:password@host"),
        (lambda: env.database("IT", embedded=""), "postgres://a@b", "names no database"),
        (lambda: env.database("IT", embedded=""), "nonsense", "IT"),
        (lambda: env.redis("IT", embedded=""), "http://a", "redis://host:6379/0"),
        (lambda: env.redis("IT", embedded=""), "redis://a/first", "redis://host:6379/0"),
        (lambda: env.redis("IT", embedded=""), "redis://a:port/0", "can't be read"),
        (lambda: env.email("IT", ""), "pigeon://a", "must begin with one of"),
        (lambda: env.email("IT", ""), "smtp:", "names no server"),
        (lambda: env.storage("IT"), "s3://key:secret@host", "bucket"),
    ],
)
def test_a_bad_value_is_named_with_what_is_wanted(monkeypatch, reader, value, said):
    read(monkeypatch, value)

    with pytest.raises(ImproperlyConfigured) as refused:
        reader()

    assert "IT" in str(refused.value)
    assert said in str(refused.value)


def test_the_embedded_database_is_reached_by_its_socket():
    places = Places(ROOT / "var")

    found = env.database("NOT_SET", embedded=places.database_url())

    assert found["HOST"] == str(places.sockets)
    assert found["NAME"] == "artel"
    assert len(str(places.postgres_socket)) < 100


@pytest.mark.parametrize(
    ("address", "broker", "cache"),
    [
        ("redis://h:1/0", "redis://h:1/0", "redis://h:1/1"),
        ("rediss://u:p@h/3", "rediss://u:p@h/3", "rediss://u:p@h/4"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock?virtual_host=0", "unix:///run/v.sock?db=1"),
        ("unix:///run/v.sock?db=2", "redis+socket:///run/v.sock?virtual_host=2", "unix:///run/v.sock?db=3"),
    ],
)
def test_queue_and_cache_share_a_server_but_not_a_database(monkeypatch, address, broker, cache):
    read(monkeypatch, address)

    url = env.redis("IT", embedded="")

    assert env.broker(url) == broker
    assert env.next_database(url) == cache


def test_a_mail_server_is_read_from_one_address(monkeypatch):
    read(monkeypatch, "smtp://ann%40example.com:p%2Fw@mail.example.com:2525")

    found = env.email("IT", "console:")

    assert found["EMAIL_HOST"] == "mail.example.com"
    assert found["EMAIL_PORT"] == 2525
    assert found["EMAIL_HOST_USER"] == "ann@example.com"
    assert found["EMAIL_HOST_PASSWORD"] == "p/w"
    assert found["EMAIL_USE_TLS"]


def test_a_secret_is_made_once_and_kept_private(monkeypatch, tmp_path: Path):
    monkeypatch.delenv("SECRET_KEY", raising=False)

    first = env.secret("SECRET_KEY", keep_in=tmp_path / "data")
    second = env.secret("SECRET_KEY", keep_in=tmp_path / "data")

    assert first == second
    assert len(first) > 50
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("base_url", ["", "https://crm.example.com"])
def test_the_deployment_check_finds_nothing(base_url, tmp_path):
    environment = clean_environment(
        tmp_path, BASE_URL=base_url, DATABASE_URL="postgres://h/d", REDIS_URL="redis://h"
    )

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level=WARNING"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    )

    assert done.returncode == 0, done.stderr


def test_a_bad_setting_ends_the_start_with_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=clean_environment(tmp_path, PORT="eighty"),
    )

    assert done.returncode == 1
    assert done.stderr == "This can't work: PORT must be a whole number from 1 to 65535, not 'eighty'.\n"
