"""Workers are killed at random during an import: each row comes once.

ARTEL_KILLS=20 kills more often than the usual run.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from crm.embedded.places import Places
from tests.boot.installations import Installation
from tests.boot.killings import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS = int(os.environ.get("ARTEL_KILLS", "2"))
#: A job of which nothing was heard for so long is taken over here; in the product it is a minute.
SILENCE = 3
PATIENCE = 400
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(Places(tmp_path_factory.mktemp("killed") / "data"))
    made.start()
    made.wait_until_well()
    yield made
    made.end()


def ask(installation: Installation, *words: str) -> Any:
    """Run the module inside the installation and return what it said."""
    code = f"from tests.boot.killings import main; main(*{words!r})"
    said = installation.manage("shell", "-v0", "-c", code)
    return json.loads(said) if said else None


def workers(installation: Installation) -> list[int]:
    """Return the processes of the worker: the one that hands out, and those that do."""
    found = []
    for pid in installation.processes():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"worker" in words:
            found.append(pid)
    return found


def kill_one(installation: Installation, chance: random.Random) -> bool:
    """Kill the worker itself, or one of those that it has do the work."""
    found = workers(installation)
    if not found:
        return False
    # The lowest number is the one that hands out; started again, it first waits for a while.
    os.kill(min(found) if chance.random() < 0.2 else chance.choice(found), signal.SIGKILL)
    return True


def waiting(link: psycopg.Connection[Any]) -> int:
    """Return how much is not done yet, asked of the database itself: work of a second must be hit."""
    row = link.execute(
        "SELECT (SELECT count(*) FROM records_job WHERE state IN ('queued', 'running'))"
        " + (SELECT count(*) FROM automation_rulerun WHERE state = 'waiting')"
        " + (SELECT count(*) FROM records_dispatch) + (SELECT count(*) FROM records_delivery)"
    ).fetchone()
    return int(row[0]) if row else 0


def begin_and_kill(installation: Installation, what: str, folder: Path, seed: int) -> int:
    """Start work, kill while it is done, then let it come to its end; return how often it was hit."""
    chance, hits, patience = random.Random(seed), 0, time.monotonic() + PATIENCE
    with (
        ThreadPoolExecutor(1) as aside,
        psycopg.connect(installation.places.database_url(), autocommit=True) as link,
    ):
        begun = aside.submit(ask, installation, "begin", what, str(folder))
        looked = time.monotonic()
        while not begun.done() or waiting(link):
            assert time.monotonic() < patience, ask(installation, "count")
            time.sleep(0.02)
            if hits < KILLS and waiting(link):
                time.sleep(chance.uniform(0, 0.3))
                hits += bool(waiting(link)) and kill_one(installation, chance)
            if hits and time.monotonic() - looked > SILENCE:
                ask(installation, "hurry")
                looked = time.monotonic()
        begun.result()
    return hits


def test_an_import_brings_each_row_once(installation: Installation, tmp_path: Path) -> None:
    hits = begin_and_kill(installation, "import", tmp_path, seed=1)

    found = ask(installation, "count")
    assert hits, "it was done before anybody was killed"
    assert found["failed jobs"] == []
    assert [found[name] for name in ("people", "mails", "created", "searched")] == [PEOPLE] * 4
