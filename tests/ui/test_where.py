"""A condition in the address: the list, the board, files, REST and bulk acts obey it alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.records.models import SavedView
from tests.factories.contacts import made_company
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LIST = "/contacts/companies/"
WON = {"filter": "status", "value": ["won"]}
NO_WON = json.dumps({"all": [{"related": "deals", "which": "none", "where": WON}]})


@pytest.fixture
def client(ann: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(ann)


@pytest.fixture(autouse=True)
def _house(ann: User) -> None:
    """Acme has won a deal, Bolt has an open one."""
    for name, stage in (("Acme", "Won"), ("Bolt", "Prospecting")):
        company = made_company(name=name, owner=ann)
        made_deal(name=f"{name} deal", company=company, owner=ann, stage=stage)


def body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode())


def test_the_list_obeys_and_says_it(client: Client) -> None:
    page = body(client.get(LIST, {"where": NO_WON}))

    assert "Bolt" in page
    assert "Acme" not in page
    assert "with no deal (Won)" in page


def test_dropping_a_chip_leaves_the_other_conditions(client: Client) -> None:
    both = json.loads(NO_WON)
    both["all"].append({"filter": "owner", "value": ["me"]})

    page = body(client.get(LIST, {"where": json.dumps(both)}))

    assert "with no deal (Won)" in page
    assert "owner: me" in page


def test_the_board_obeys(client: Client) -> None:
    where = json.dumps({"related": "company", "where": {"related": "deals", "which": "none", "where": WON}})

    page = body(client.get("/sales/deals/board/", {"where": where}))

    assert "Bolt deal" in page
    assert "Acme deal" not in page


def test_the_file_obeys(boss: User, client_for: Callable[[User], Client]) -> None:
    text = body(client_for(boss).get(f"{LIST}export/", {"format": "csv", "where": NO_WON}))

    assert "Bolt" in text
    assert "Acme" not in text


def test_rest_obeys_and_refuses_with_a_reason(client: Client) -> None:
    answer = client.get("/api/v1/companies/", {"where": NO_WON}).json()
    refused = client.get("/api/v1/companies/", {"where": '{"filter": "nose", "value": ["x"]}'})

    assert [row["name"] for row in answer["results"]] == ["Bolt"]
    assert refused.status_code == 400
    assert "There is no such filter." in str(refused.json())


def test_all_that_match_means_those_of_the_condition(
    boss: User, client_for: Callable[[User], Client]
) -> None:
    state = f"where={NO_WON}"

    dialog = body(client_for(boss).post(f"{LIST}bulk/", {"act": "delete", "all": "1", "state": state}))

    assert "Bolt" in dialog
    assert "Acme" not in dialog


def test_a_condition_that_cannot_be_read_fits_nothing(
    boss: User, client_for: Callable[[User], Client]
) -> None:
    client = client_for(boss)

    page = body(client.get(LIST, {"where": '{"filter":"nose","value":["x"]}'}))
    dialog = body(client.post(f"{LIST}bulk/", {"act": "delete", "all": "1", "state": "where={"}))

    assert "There is no such filter." in page
    assert "Acme" not in page
    assert "Acme" not in dialog


def test_a_saved_view_keeps_it(client: Client, ann: User) -> None:
    client.post("/saved-views/companies/", {"name": "To win", "state": f"where={NO_WON}"})
    view = SavedView.objects.get(name="To win")

    page = body(client.get(LIST, {"view": view.pk}))

    assert "Bolt" in page
    assert "Acme" not in page


def test_a_condition_costs_no_query_per_row(client: Client, ann: User) -> None:
    def count() -> int:
        client.get(LIST, {"where": NO_WON})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(LIST, {"where": NO_WON})
        return len(queries)

    few = count()
    for number in range(10):
        made_company(name=f"Firm {number}", owner=ann)

    assert count() == few
    assert few <= 8
