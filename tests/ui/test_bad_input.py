"""Addresses that make no sense get a page, not a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db

HUGE = "9" * 40
ODD = [
    "q=%00",
    "q='%3B--",
    "q=" + "x" * 3000,
    "sort=%00",
    "sort=-owner__password",
    "cols=,,x,%00",
    "size=-1",
    "view=" + HUGE,
    "after=" + HUGE,
    "after=1.%00",
    "before=x.y.z",
    "ids=" + HUGE + ",x",
    "job=" + HUGE,
    "owner=" + HUGE,
    "owner=me&owner=none&owner=x",
    "team=mine",
    "created=9999-12-31..",
    "created=0001-01-01..9999-12-31",
    "created=..",
    "amount=1e400..",
    "amount=" + HUGE + "..",
    "amount=nan..inf",
    "expected_on=none",
    "planned=overdue&planned=none",
    "quiet=" + HUGE,
    "tags=%00",
    "panel=filters&created=x",
    "panel=columns",
    "panel=nothing",
]


@pytest.fixture
def client(ann: User, client_for: Callable[[User], Client]) -> Client:
    made_deal(actor=ann)
    return client_for(ann)


@pytest.mark.parametrize("query", ODD)
@pytest.mark.parametrize("page", ["/sales/deals/", "/sales/deals/board/", "/contacts/people/"])
def test_a_list_never_fails(client: Client, page: str, query: str) -> None:
    assert client.get(f"{page}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        f"/sales/deals/{HUGE}/",
        "/sales/deals/1/cell/nothing/",
        "/sales/deals/1/action/nothing/",
        "/sales/deals/board/column/?value=x",
        "/sales/deals/board/changes/?since=x",
        "/sales/deals/board/changes/?since=2026-01-01",
        "/jobs/999999/",
        "/saved-views/nothing/",
        "/saved-views/deals/999999/",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, url: str) -> None:
    assert client.get(url).status_code == 404


def test_a_column_goes_on_from_the_top_when_the_place_is_nonsense(client: Client) -> None:
    deal = client.get("/sales/deals/board/").context["lanes"][0].head.column.value

    response = client.get(f"/sales/deals/board/column/?value={deal}&after=5.x")

    assert response.status_code == 200


@pytest.mark.parametrize("text", ["%00", "'", "%%", "\\\\", "x" * 500, "🙂"])
def test_search_never_fails(client: Client, text: str) -> None:
    for url in ("/search/", "/search/palette/", "/choices/contacts.company/", "/choices/identity.user/"):
        assert client.get(f"{url}?q={text}").status_code == 200
