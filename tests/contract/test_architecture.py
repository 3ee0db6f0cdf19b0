"""What an import linter can't see: migrations, task names, registration, size."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("crm", "contacts", "sales", "support", "marketing", "reports")
SOURCES = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py"))
CODE = [path for path in SOURCES if "migrations" not in path.parts]
FLOOR = {"crm": 0, "contacts": 1, "sales": 2, "support": 2, "marketing": 2, "reports": 3}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_nothing_reaches_upward_by_name(path: Path) -> None:
    assert "apps.get_model(" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path in SOURCES if "migrations" in path.parts], ids=name_of)
def test_migrations_obey_the_floors(path: Path) -> None:
    app = path.relative_to(ROOT).parts[0]
    named = set(re.findall(r"\(\s*['\"](\w+)['\"],\s*['\"]\d{4}_", path.read_text(encoding="utf-8")))

    above = {one for one in named if FLOOR.get(one, 0) > FLOOR[app]}
    strangers = {one for one in named if FLOOR.get(one) == 2 and FLOOR[app] == 2 and one != app}

    assert not above | strangers


def test_every_enqueued_task_exists() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    names = set(re.findall(r"(?:enqueue|subscribe)\(\s*(?:\"[\w.*]+\",\s*)?\"(\w[\w.]*\.tasks\.\w+)\"", text))
    assert names

    missing = []
    for name in names:
        module, _dot, function = name.rpartition(".")
        if not hasattr(import_module(module), function):
            missing.append(name)

    assert missing == []


def test_registration_is_short() -> None:
    long = []
    for path in CODE:
        if path.name != "apps.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "ready":
                statements = [one for one in node.body if not isinstance(one, (ast.Import, ast.ImportFrom))]
                if statements and statements[-1].end_lineno - statements[0].lineno + 1 > 15:
                    long.append(name_of(path))

    assert long == []


def test_files_fit_in_the_head() -> None:
    long = {
        name_of(path): count for path in CODE if (count := len(path.read_text("utf-8").splitlines())) > 400
    }

    assert long == {}
