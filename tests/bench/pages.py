"""Pages over HTTP from the production server, for people who see much, little and nothing."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Company, Person
from contacts.tables import CompanyTable, PersonTable
from crm.identity.models import User
from sales.models import Deal
from sales.tables import DealTable
from tests.bench.browsing import Browser, Server, serving
from tests.bench.figures import Row, timed

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = int(os.environ.get("BENCH_RUNS", "50"))
WARM = 5
AT_A_TIME = 8
MIXED_SECONDS = 10
LIST_QUERIES, DETAIL_QUERIES = 8, 15
MIXED_LIMIT, MEMORY_LIMIT = 60.0, 130.0
#: Who is measured: sees all, the team's, 300 records, 5,000 at the far end of the list, none.
PEOPLE = ("root", "ann", "lena", "zoya", "nina")
#: Companies without a won deal and without an activity in the last thirty days.
NO_WON = {
    "all": [
        {"related": "deals", "which": "none", "where": {"filter": "status", "value": ["won"]}},
        {"related": "activities", "which": "none", "where": {"filter": "done", "value": ["last_30_days"]}},
    ]
}
LISTS = {
    "people": ("/contacts/people/", PersonTable),
    "companies": ("/contacts/companies/", CompanyTable),
    "deals": ("/sales/deals/", DealTable),
}


def measure(people: int) -> list[Row]:
    """Measure every page as each of the people, then reads of all kinds at once."""
    users = {one.username: one for one in User.objects.filter(username__in=PEOPLE)}
    rows: list[Row] = []
    with serving() as server:
        for name in PEOPLE:
            if name in users:
                rows += _of_one(server, users[name])
        rows.append(mixed(server, users["root"]))
        memory = server.memory()
        missed = "memory" if max(memory) > MEMORY_LIMIT else None
        limit = f"{MEMORY_LIMIT:g} MB"
        rows.append(Row("memory of a web process", memory_mb=max(memory), limit=limit, missed=missed))
    return rows


def _of_one(server: Server, user: User) -> list[Row]:
    browser = Browser(server, user)
    found = [timed_page(f"{user.username}: {title}", browser, address) for title, address in pages(user)]
    deal = Deal.objects.visible_to(user, "change").filter(is_open=True).order_by("-pk").first()
    if deal is not None:
        found.append(save(f"{user.username}: save a deal", browser, deal))
    return found


def pages(user: User) -> list[tuple[str, str]]:
    """Return (what, address) of the pages that are measured."""
    found = [
        ("home", "/"),
        ("today", "/today/"),
        ("people, first page", "/contacts/people/"),
        ("people, last page", "/contacts/people/?last=1"),
        ("people, text found", f"/contacts/people/?q={quote('Petrova')}"),
        ("people, text found (Russian)", f"/contacts/people/?q={quote('Иванов')}"),
        ("people, text not found", "/contacts/people/?q=zzyzxq"),
        ("people, mine", "/contacts/people/?owner=me"),
        ("people, of another (no row in common)", f"/contacts/people/?owner={_other(user)}"),
        ("companies, none won", f"/contacts/companies/?where={quote(json.dumps(NO_WON))}"),
        ("deals, won this year", "/sales/deals/?status=won&closed=this_year"),
        ("deal board", "/sales/deals/board/"),
        ("search, name", f"/search/?q={quote('Smith')}"),
        ("search, typing error", f"/search/?q={quote('Smiht')}"),
        ("search, nothing", "/search/?q=zzyzxq"),
        ("palette", "/search/palette/?q=Smi"),
        ("notifications", "/live/"),
        ("REST people", "/api/v1/people/?page_size=50"),
    ]
    for name, (address, table) in LISTS.items():
        columns = table(user=user).all_columns()
        sorts = [one.name for one in columns if one.sort_field is not None]
        found += [(f"{name}, by {sort}", f"{address}?sort={sort}") for sort in sorts]
    return found + _records(user)


def _other(user: User) -> int:
    return User.objects.exclude(pk=user.pk).get(username="bob" if user.username != "bob" else "ann").pk


def _records(user: User) -> list[tuple[str, str]]:
    """Return one record of each kind that the person sees; a giant account among them."""
    found: list[tuple[str, str]] = []
    for title, model in (("person", Person), ("company, a giant", Company), ("deal", Deal)):
        record = model.objects.visible_to(user).order_by("pk").first()
        if record is not None:
            found.append((title, record.get_absolute_url()))
    return found


def timed_page(name: str, browser: Browser, address: str) -> Row:
    """Measure a page by one client, by eight, and once inside for its queries."""

    def ask() -> bytes:
        answer = browser.get(address)
        if answer.status != 200:
            raise RuntimeError(f"{name}: {address} answers {answer.status}")
        return answer.body

    row = _timed(name, ask)
    with CaptureQueriesContext(connection) as captured:
        browser.inside.get(address)
    row.queries = len(captured)
    judge(row, *limits(name))
    row.sql_ms = round(sum(float(one["time"]) for one in captured.captured_queries) * 1000, 1)
    print(row.name, row.median_ms, row.p95_ms, row.queries, row.sql_ms, flush=True)
    return row


def limits(name: str) -> tuple[float, float, int]:
    """Return what a page may take: median and 95th percentile in milliseconds, and queries."""
    title = name.partition(": ")[2]
    if title in ("home", "search, typing error"):
        return 80, 200, DETAIL_QUERIES
    if title == "deal board":
        return 60, 150, DETAIL_QUERIES
    is_list = title.startswith(("people", "companies", "deals"))
    return 40, 100, LIST_QUERIES if is_list else DETAIL_QUERIES


def judge(row: Row, median: float, p95: float, queries: int = DETAIL_QUERIES) -> None:
    """Print the limits beside what was measured, and mark what misses them."""
    missed = [
        word
        for word, value, most in (
            ("median", row.median_ms, median),
            ("p95", row.p95_ms, p95),
            ("queries", row.queries, queries),
        )
        if value is not None and value > most
    ]
    row.limit = f"{median:g}/{p95:g}"
    row.missed = " ".join(missed) or None


def _timed(name: str, ask: Callable[[], bytes]) -> Row:
    for _turn in range(WARM):
        body = ask()
    seconds = []
    for _turn in range(RUNS):
        started = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - started)
    return timed(name, seconds, bytes=len(body))


def save(name: str, browser: Browser, deal: Deal) -> Row:
    """Change one deal again and again."""
    turn = iter(range(10_000))

    def ask() -> bytes:
        answer = browser.patch(
            f"/api/v1/deals/{deal.pk}/", json.dumps({"next_step": f"Call {time.time_ns()} {next(turn)}"})
        )
        if answer.status != 200:
            raise RuntimeError(f"{name}: {answer.status} {answer.body[:200]!r}")
        return answer.body

    row = _timed(name, ask)
    judge(row, 40, 100)
    return row


def mixed(server: Server, user: User) -> Row:
    """Count reads of all kinds that eight clients get in some seconds."""
    addresses = [address for _title, address in pages(user)]
    until = time.perf_counter() + MIXED_SECONDS
    counts: list[int] = []

    def read(start: int) -> None:
        browser, count = Browser(server, user), 0
        while time.perf_counter() < until:
            browser.get(addresses[(start * 5 + count) % len(addresses)])
            count += 1
        counts.append(count)
        connection.close()

    threads = [threading.Thread(target=read, args=(number,)) for number in range(AT_A_TIME)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = round(sum(counts) / MIXED_SECONDS, 1)
    missed = "rate" if rate < MIXED_LIMIT else None
    return Row("mixed reads, 8 at a time", per_second=rate, limit=f"{MIXED_LIMIT:g}/s", missed=missed)
