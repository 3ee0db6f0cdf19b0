"""A headless Chromium for tests: the system's, or the one from an npm package."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
UNPACK = "import('@sparticuz/chromium').then(async (it) => console.log(await it.default.executablePath()))"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium, or skip with the reason."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if found := name and shutil.which(name):
            return found
    if (ROOT / "node_modules" / "@sparticuz" / "chromium").is_dir():
        return _unpacked()
    pytest.skip("no Chromium: install the system's package chromium, or run script/setup --dev")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests of a process."""
    if node := _node():
        # The one inside Playwright wants a library that slim systems lack.
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own session. Errors that its scripts throw fail the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    opened = context.new_page()
    thrown: list[str] = []
    opened.on("pageerror", lambda error: thrown.append(str(error)))
    yield opened
    context.close()
    assert not thrown, thrown


def _node() -> str:
    noted = ROOT / ".tools" / "node-path"
    if noted.exists() and (path := noted.read_text(encoding="utf-8").strip()):
        return path
    return shutil.which("node") or ""


def _unpacked() -> str:
    """Unpack the npm package's Chromium with the libraries it was built with; return its path."""
    # Without this word it leaves its libraries packed.
    environment = {**os.environ, "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
    done = subprocess.run(
        [_node(), "-e", UNPACK], check=True, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    path = done.stdout.strip()
    libraries = Path(path).parent / "al2023" / "lib"
    if libraries.is_dir():
        known = os.environ.get("LD_LIBRARY_PATH", "")
        os.environ["LD_LIBRARY_PATH"] = f"{libraries}:{known}".rstrip(":")
    return path
