"""Pages without a web server, for profiling: time, queries, bytes, the SQL alone, as root and as a rep."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.models import Company, Person
from crm.identity.models import User
from sales.models import Deal
from tests.bench.figures import Row, timed

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 50
WARM = 5


def measure(people: int) -> list[Row]:
    """Measure every page as somebody who sees all and as somebody who sees their team's."""
    rows: list[Row] = []
    for name in ("root", "ann"):
        user = User.objects.get(username=name)
        client = Client()
        client.force_login(user)
        for title, ask in pages(user):
            rows.append(page(f"{name}: {title}", client, ask))
        rows.append(save(f"{name}: save a deal", client, user))
    return rows


def pages(user: User) -> list[tuple[str, str]]:
    """Return (what, address) of the pages that are measured."""
    person = Person.objects.visible_to(user).order_by("-pk").first()
    company = Company.objects.visible_to(user).order_by("pk").first()
    deal = Deal.objects.visible_to(user).filter(is_open=True).order_by("-pk").first()
    assert person
    assert company
    assert deal
    return [
        ("home", "/"),
        ("today", "/today/"),
        ("people", "/contacts/people/"),
        ("people, last page", "/contacts/people/?last=1"),
        ("people, newest first", "/contacts/people/?sort=-created_at"),
        ("people, text found", f"/contacts/people/?q={person.last_name}"),
        ("people, text not found", "/contacts/people/?q=zzyzxq"),
        ("people, mine", "/contacts/people/?owner=me"),
        ("companies", "/contacts/companies/"),
        ("deals", "/sales/deals/"),
        ("deals, largest first", "/sales/deals/?sort=-amount"),
        ("deals, won this year", "/sales/deals/?status=won&closed=this_year"),
        ("deal board", "/sales/deals/board/"),
        ("person", person.get_absolute_url()),
        ("company", company.get_absolute_url()),
        ("deal", deal.get_absolute_url()),
        ("search, name", f"/search/?q={person.last_name}"),
        ("search, phone", f"/search/?q={person.phone[-7:]}"),
        ("palette", f"/search/palette/?q={person.last_name[:4]}"),
        ("REST people", "/api/v1/people/?page_size=50"),
    ]


def page(name: str, client: Client, address: str) -> Row:
    def ask() -> Any:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return response

    return counted(name, ask)


def save(name: str, client: Client, user: User) -> Row:
    """Change one deal over REST, which goes through the same service as the page."""
    deal = Deal.objects.visible_to(user, "change").filter(is_open=True).order_by("-pk").first()
    assert deal is not None
    turn = iter(range(10_000))

    def ask() -> Any:
        response = client.patch(
            f"/api/v1/deals/{deal.pk}/", {"next_step": f"Call {next(turn)}"}, content_type="application/json"
        )
        assert response.status_code == 200, response.content
        return response

    return counted(name, ask)


def counted(name: str, ask: Callable[[], Any]) -> Row:
    """Measure a request: many times for the clock, once for its queries and bytes."""
    for _turn in range(WARM):
        response = ask()
    seconds = []
    for _turn in range(RUNS):
        started = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - started)
    with CaptureQueriesContext(connection) as captured:
        response = ask()
    sql_ms = round(sum(float(one["time"]) for one in captured.captured_queries) * 1000, 1)
    return timed(name, seconds, queries=len(captured), bytes=len(response.content), sql_ms=sql_ms)
