"""The commands, scripts and containers that operators rely on exist and fit together."""

from __future__ import annotations

import ast
import os
import re
import subprocess

import pytest
import yaml
from django.core.management import get_commands

from tests.boot import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"] == "artel-crm"}
SCRIPTS = ("server", "test", "setup", "lint", "bench", "manage", "lock")


@pytest.mark.parametrize("name", ["up", "web", "worker", "mailer", "sender", "beat", "prepare"])
def test_each_process_is_a_command(name):
    assert get_commands()[name] == "crm.embedded"


@pytest.mark.parametrize("name", ["demo", "import_records", "undo", "api_token"])
def test_each_promised_command_exists(name):
    assert name in get_commands()


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_runs_and_is_plain_shell(name):
    script = ROOT / "script" / name

    checked = subprocess.run(["sh", "-n", script], check=False, capture_output=True, text=True)

    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    assert checked.returncode == 0, checked.stderr


def test_ci_runs_the_tests_in_bash():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert text.startswith("#!/usr/bin/env bash\n")
    assert "script/test" in text


@pytest.mark.parametrize("name", OURS)
def test_containers_run_commands_that_exist(name):
    program, manage, command, *_options = OURS[name]["command"]

    assert (program, manage) == ("python", "manage.py")
    assert command in get_commands()


def test_the_production_shape_is_complete():
    assert {"web", "worker", "sender", "beat", "database", "broker"} <= COMPOSE["services"].keys()
    assert {"database", "broker", "uploads"} <= COMPOSE["volumes"].keys()


@pytest.mark.parametrize("name", OURS)
def test_containers_set_only_what_settings_read(name):
    text = (ROOT / "crm" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', text))

    assert set(OURS[name]["environment"]) <= read


@pytest.mark.parametrize("name", ["worker", "beat", "database", "broker"])
def test_each_container_tells_its_health(name):
    assert COMPOSE["services"][name]["healthcheck"]["test"]


def test_the_image_serves_as_a_plain_user_and_tells_its_health():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = text[text.rindex("FROM ") :]

    assert "\nUSER artel\n" in last
    assert "/healthz" in last[last.index("HEALTHCHECK") :]
    assert last.index("USER artel") < last.index("CMD [")


def test_the_image_starts_a_command_that_exists():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    command = ast.literal_eval(text.rsplit("\nCMD ", 1)[1].strip())

    assert command[:2] == ["python", "manage.py"]
    assert command[2] in get_commands()


def test_locks_name_no_host():
    locks = [*ROOT.glob("requirements*.txt"), ROOT / "package-lock.json"]

    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "index-url" not in text, lock
        assert '"resolved"' not in text, lock
        assert not re.search(r"@ ?https?://", text), lock
