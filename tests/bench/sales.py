"""A quote of 200 lines: reckoning it, saving it, its page, and its PDF."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from crm.identity.models import User
from sales.models import Product, QuoteLine
from sales.quotes import paper
from sales.quotes.editor import pricing_for
from sales.services import QuoteService, set_lines
from sales.services.lines import build
from tests.bench.figures import Row, timed
from tests.bench.inside import counted

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = 200
TRIES, PAPERS = 30, 5


def measure(people: int) -> list[Row]:
    """Measure in a transaction that is taken back, so that the kept database stays as it is."""
    with transaction.atomic():
        try:
            return _measured()
        finally:
            transaction.set_rollback(True)


def _measured() -> list[Row]:
    user, now = User.objects.get(username="root"), timezone.now()
    products = list(Product.objects.order_by("pk")[:8])
    rows: list[dict[str, Any]] = [
        {"product": products[n % len(products)].pk, "quantity": n % 9 + 1, "discount": n % 4}
        for n in range(LINES)
    ]
    made = QuoteService().create([{"name": "Bench", "lines": rows}], actor=user, at=now)[0].record
    kept = list(made.lines.order_by("position"))
    client = Client()
    client.force_login(user)
    return [
        spent(
            "reckon 200 lines",
            TRIES,
            lambda: build(QuoteLine, rows, pricing=pricing_for(made, now), kept=kept, user=user),
        ),
        spent(
            "save 200 lines",
            TRIES,
            lambda: set_lines(records=[made], actor=user, at=now, lines=[*rows[1:], rows[0]]),
        ),
        counted("page of a quote with 200 lines", lambda: client.get(made.get_absolute_url())),
        spent("PDF of 200 lines", PAPERS, lambda: paper.draw(made)),
    ]


def spent(name: str, turns: int, act: Callable[[], Any]) -> Row:
    """Measure the time of the processor: others on the machine don't count."""
    act()
    seconds = []
    for _turn in range(turns):
        started = time.process_time()
        act()
        seconds.append(time.process_time() - started)
    return timed(name, seconds)
