"""Pages in headless Chromium, from the production server.

Bytes and requests of the first visit and of the next page, nodes, and when a warm page can be read.
"""

from __future__ import annotations

import shutil
from statistics import median
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import sync_playwright

from crm.identity.models import User
from sales.models import Deal
from tests.bench.browsing import HOST, serving
from tests.bench.figures import Row
from tests.plugins.browser import NAMES, OPTIONS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

RUNS = 7


def measure(people: int) -> list[Row]:
    """Measure the five pages that people live on, as somebody who sees all."""
    user = User.objects.get(username="root")
    rows: list[Row] = []
    with serving() as server, sync_playwright() as playwright:
        found = next(path for name in NAMES if (path := shutil.which(name)))
        chromium = playwright.chromium.launch(executable_path=found, args=list(OPTIONS))
        base = f"http://{HOST}:{server.port}"
        for name, address, shown in places(user):
            rows += page(chromium, base, user, name, address, shown)
        chromium.close()
    return rows


def places(user: User) -> list[tuple[str, str, str]]:
    """Return (what, address, what must be seen)."""
    deal = Deal.objects.visible_to(user).filter(is_open=True).order_by("-pk").first()
    assert deal is not None
    return [
        ("home", "/", ".tile"),
        ("list", "/contacts/people/", "tr[data-id]"),
        ("board", "/sales/deals/board/", ".board-card"),
        ("deal", deal.get_absolute_url(), ".timeline-box"),
        ("today", "/today/", ".page-today h1"),
    ]


def page(chromium: Browser, base: str, user: User, name: str, address: str, shown: str) -> list[Row]:
    """Measure one page: with an empty cache, as the next page of somebody who is here, and warm."""
    context = signed_in(chromium, base, user)
    tab = context.new_page()
    first = weight(tab, base + address, shown)
    again = weight(tab, base + address, shown)
    nodes = int(tab.evaluate("document.querySelectorAll('*').length"))
    times = [seen_after(tab, base + address, shown) for _turn in range(RUNS)]
    context.close()
    return [
        Row(f"{name}: first visit", bytes=first["bytes"], requests=first["requests"]),
        Row(
            f"{name}: next",
            median_ms=round(median(times), 1),
            bytes=again["bytes"],
            requests=again["requests"],
            nodes=nodes,
        ),
    ]


def signed_in(chromium: Browser, base: str, user: User) -> BrowserContext:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base}])
    return context


def weight(tab: Page, address: str, shown: str) -> dict[str, int]:
    """Return what came over the wire, compressed as it was, and how many requests asked for it."""
    found = {"bytes": 0, "requests": 0}

    def came(event: Any) -> None:
        # What the browser has kept costs nothing.
        if event["encodedDataLength"]:
            found["bytes"] += int(event["encodedDataLength"])
            found["requests"] += 1

    wire = tab.context.new_cdp_session(tab)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", came)
    tab.goto(address)
    tab.locator(shown).first.wait_for()
    tab.wait_for_load_state("networkidle")
    wire.detach()
    return found


def seen_after(tab: Page, address: str, shown: str) -> float:
    """Return the milliseconds from asking for a page until it can be read."""
    tab.goto(address, wait_until="commit")
    tab.locator(shown).first.wait_for()
    script = "() => new Promise(done => requestAnimationFrame(() => done(performance.now())))"
    return float(tab.evaluate(script))
