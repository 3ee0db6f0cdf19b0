"""The database or the broker dies while people write: what was confirmed is there, the rest was told so.

ARTEL_OUTAGE_SECONDS makes the time of writing longer than the few seconds of a usual run.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import requests

from crm.embedded.places import Places
from tests.boot.installations import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = int(os.environ.get("ARTEL_OUTAGE_SECONDS", "6"))
PER_SECOND = 20
BACK_SECONDS = 5
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@dataclass(frozen=True)
class Write:
    """One attempt: what was written, when, and what came back."""

    name: str
    at: float
    status: int
    page: str

    @property
    def confirmed(self) -> bool:
        return 200 <= self.status < 400


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(Places(tmp_path_factory.mktemp("outage") / "data"))
    made.start()
    made.wait_until_well()
    yield made
    made.end()


@pytest.fixture(scope="module")
def token(installation: Installation) -> str:
    return installation.manage("api_token", "root", "--scope", "write").split()[-1]


def signed_in(installation: Installation) -> requests.Session:
    """Return a browser in which root has signed in."""
    session = requests.Session()
    password = installation.places.first_password.read_text(encoding="ascii").strip()
    page = session.get(f"{installation.address}/accounts/login/").text
    session.post(
        f"{installation.address}/accounts/login/",
        {"login": "root", "password": password, "csrfmiddlewaretoken": csrf(page)},
    )
    return session


def csrf(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    return found[1]


def by_rest(installation: Installation, token: str, name: str) -> Write:
    at = time.monotonic()
    answer = requests.post(
        f"{installation.address}/api/v1/companies/",
        json={"name": name},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    return Write(name, at, answer.status_code, answer.text)


def by_page(installation: Installation, session: requests.Session, form: str, name: str) -> Write:
    at = time.monotonic()
    answer = session.post(
        f"{installation.address}/contacts/companies/new/",
        {"name": name, "csrfmiddlewaretoken": form},
        timeout=30,
        allow_redirects=False,
    )
    return Write(name, at, answer.status_code, answer.text)


def write_and_kill(installation: Installation, token: str, victim: Path, mark: str) -> list[Write]:
    """Write steadily by both doors; kill the victim at a third and at two thirds of the time."""
    session = signed_in(installation)
    form = csrf(session.get(f"{installation.address}/contacts/companies/new/").text)
    kills = [SECONDS / 3, SECONDS * 2 / 3]
    began = time.monotonic()
    with ThreadPoolExecutor(40) as pool:
        writes = []
        for number in range(SECONDS * PER_SECOND):
            name = f"{mark} {number}"
            if number % 2:
                writes.append(pool.submit(by_rest, installation, token, name))
            else:
                writes.append(pool.submit(by_page, installation, session, form, name))
            passed = time.monotonic() - began
            if kills and passed >= kills[0]:
                kills.pop(0)
                os.kill(int(victim.read_text(encoding="ascii").split()[0]), signal.SIGKILL)
            time.sleep(max(0.0, (number + 1) / PER_SECOND - (time.monotonic() - began)))
        return [write.result() for write in writes]


def stored(installation: Installation, token: str, mark: str) -> set[str]:
    """Return the names of this mark that REST lists."""
    names: set[str] = set()
    url: str | None = f"{installation.address}/api/v1/companies/?page_size=200"
    while url:
        answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30).json()
        names |= {row["name"] for row in answer["results"] if row["name"].startswith(f"{mark} ")}
        url = answer["next"]
    return names


def seconds_until_back(installation: Installation, token: str) -> float:
    """Return how long after the servers are well again a write is taken."""
    installation.wait_until_well()
    began = time.monotonic()
    while not by_rest(installation, token, "Back again").confirmed:
        time.sleep(0.1)
    return time.monotonic() - began


def test_a_killed_database_loses_nothing_that_was_confirmed(installation, token):
    pid = installation.places.postgres.resolve() / "postmaster.pid"

    writes = write_and_kill(installation, token, pid, "Steel")

    back = seconds_until_back(installation, token)
    refused = [write for write in writes if not write.confirmed]
    found = stored(installation, token, "Steel")
    assert {write.name for write in writes if write.confirmed} <= found
    assert refused, "the database was never away"
    assert {write.status for write in refused} == {503}
    kept = [write for write in refused if "<html" in write.page]
    assert all(f">{write.name}</textarea>" in write.page for write in kept)
    assert all("<html" in write.page or '"errors"' in write.page for write in refused)
    assert back < BACK_SECONDS


def test_a_killed_broker_is_hardly_noticed(installation, token):
    pid = installation.places.valkey.resolve() / "valkey.pid"

    writes = write_and_kill(installation, token, pid, "Copper")

    back = seconds_until_back(installation, token)
    assert {write.status for write in writes if not write.confirmed} <= {503}
    assert {write.name for write in writes if write.confirmed} <= stored(installation, token, "Copper")
    assert sum(write.confirmed for write in writes) > 0.9 * len(writes)
    assert back < BACK_SECONDS
