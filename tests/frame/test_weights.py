"""What a browser fetches: few files, small ones, and boards that it can draw."""

from __future__ import annotations

import gzip
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles import finders

from crm.ui import elements
from tests.factories.contacts import made_person
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

KB = 1024
DAY = date(2027, 1, 15)
#: What every page fetches beside its bundles; the fonts of both scripts, the libraries of boards and forms.
REST = (
    "js/theme.js",
    "django_htmx/htmx-2.min.js",
    "vendor/icons.svg",
    "img/mark.svg",
    "vendor/inter/inter-latin.woff2",
    "vendor/inter/inter-cyrillic.woff2",
    # The editor of letters and the calendar come only where they stand.
    *(elements.LIBRARIES[name] for name in ("sortable", "tom-select")),
)


class Nodes(HTMLParser):
    """Counts the elements of a page."""

    count = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.count += 1


def read(path: str) -> bytes:
    found = finders.find(path)
    assert isinstance(found, str), path
    return Path(found).read_bytes()


def packed(content: bytes) -> int:
    return len(gzip.compress(content, compresslevel=6))


def bundles() -> dict[str, str]:
    return elements.bundles(lambda path: read(path).decode())


def test_the_script_brings_every_element() -> None:
    script = bundles()[elements.SCRIPT]

    for name in elements.ELEMENTS:
        assert f'define("{name}"' in script or f'define(\n  "{name}"' in script, name


def test_the_style_sheet_brings_every_sheet_in_its_order() -> None:
    sheet = bundles()[elements.STYLE]

    places = [sheet.index(read(path).decode()) for path in elements.STYLES]
    assert places == sorted(places)


@pytest.mark.django_db
def test_the_first_visit_weighs_at_most_300_kb_in_at_most_15_requests(
    ann: User, client_for: Callable[[User], Client]
) -> None:
    page = client_for(ann).get("/sales/deals/board/").content

    files = [*(content.encode() for content in bundles().values()), *(read(path) for path in REST)]

    assert packed(page) + sum(packed(one) for one in files) <= 300 * KB
    # The page itself, and two calls for what comes later.
    assert len(files) + 3 <= 15


@pytest.mark.django_db
def test_the_next_page_weighs_at_most_60_kb(ann: User, client_for: Callable[[User], Client]) -> None:
    for number in range(50):
        made_deal(actor=ann, company=None, name=f"Deal {number}", amount=1000 + number)
        made_person(ann, name=f"Anna Lee{number}")
    client = client_for(ann)

    for address in ("/", "/today/", "/contacts/people/", "/sales/deals/", "/sales/deals/board/"):
        assert packed(client.get(address).content) <= 60 * KB, address


@pytest.mark.django_db
def test_a_full_board_has_at_most_3000_nodes(ann: User, client_for: Callable[[User], Client]) -> None:
    for stage in ("Prospecting", "Engaging", "Proposal", "Negotiation"):
        for number in range(25):
            made_deal(
                actor=ann,
                stage=stage,
                name=f"Deal {number}",
                amount=100 + number,
                expected_on=DAY,
                tags=["big", "soon"],
            )
    nodes = Nodes()

    nodes.feed(client_for(ann).get("/sales/deals/board/").content.decode())

    assert 1000 < nodes.count <= 3000
