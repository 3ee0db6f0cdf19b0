"""A list by groups: sizes, sums, what opens, and whose rows count."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Company
from crm.records.models import Job
from crm.ui import grouping
from crm.ui.exchange import exports
from tests.factories.contacts import made_company
from tests.factories.customfields import made_field
from tests.factories.sales import made_deal, rate, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
DEALS, COMPANIES = "/sales/deals/", "/contacts/companies/"


def groups(client: Client, url: str, **query: Any) -> dict[str, tuple[int, list[str]]]:
    """Return label → size and sums, as the page shows them."""
    answer = client.get(url, query)
    assert answer.status_code == 200
    return {
        row.label: (row.count, [text for _label, text in row.sums]) for row in answer.context["group_rows"]
    }


@pytest.fixture
def client(boss: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(boss)


@pytest.fixture
def deals(ann: User) -> None:
    rate("EUR", "2")
    for name, where, amount, currency in (
        ("deal-a", "Prospecting", 100, "USD"), ("deal-b", "Prospecting", 10, "EUR"),
        ("deal-c", "Engaging", 7, "USD"),
    ):  # fmt: skip
        made_deal(name=name, stage=where, amount=amount, currency=currency, owner=ann)


@pytest.mark.usefixtures("deals")
def test_unlike_currencies_are_added_in_the_base_currency_only(client: Client) -> None:
    found = groups(client, DEALS, group="stage")

    assert found["Prospecting"] == (2, ["$120"])
    assert found["Engaging"] == (1, ["$7"])
    assert list(found) == ["Prospecting", "Engaging"]


@pytest.mark.usefixtures("deals")
def test_the_lists_own_filters_hold(client: Client) -> None:
    found = groups(client, DEALS, group="stage", amount="50..")

    assert found == {"Prospecting": (1, ["$100"])}


@pytest.mark.usefixtures("deals")
def test_a_group_opens_to_its_rows(client: Client) -> None:
    row = client.get(DEALS, {"group": "stage"}).context["group_rows"][0]

    opened = client.get(row.rows_url).content.decode()
    as_list = client.get(row.url).content.decode()

    for page in (opened, as_list):
        assert "deal-a" in page
        assert "deal-c" not in page


@pytest.mark.usefixtures("deals")
def test_a_group_of_what_is_filtered_already_keeps_both(client: Client) -> None:
    both = [stage("Prospecting").pk, stage("Engaging").pk]
    row = client.get(DEALS, {"group": "stage", "stage": both}).context["group_rows"][1]

    opened = client.get(row.rows_url).content.decode()

    assert row.label == "Engaging"
    assert "deal-c" in opened
    assert "deal-a" not in opened


def test_months_are_counted_in_the_viewers_zone(client: Client, ann: User) -> None:
    made_company(name="Old", owner=ann, at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    made_company(name="New", owner=ann, at=datetime(2026, 2, 10, tzinfo=UTC))

    found = groups(client, COMPANIES, group="created.month")
    with timezone.override("Europe/Moscow"):
        rows = client.get(COMPANIES, {"group": "created.month"}).context["group_rows"]

    assert found == {"February 2026": (1, ["0"]), "January 2026": (1, ["0"])}
    assert rows[0].raw == "2026-02-01..2026-02-28"


def test_a_record_stands_in_the_group_of_each_of_its_tags(client: Client, ann: User) -> None:
    made_company(name="Acme", owner=ann, tags=["red", "blue"])
    made_company(name="Bolt", owner=ann, tags=["red"])

    found = groups(client, COMPANIES, group="tags")

    assert {label: count for label, (count, _sums) in found.items()} == {"red": 2, "blue": 1}


def test_only_what_the_viewer_sees_is_counted(
    ann: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    made_deal(name="mine", owner=ann, amount=5, currency="USD")
    made_deal(name="his", owner=bob, amount=50, currency="USD")

    found = groups(client_for(ann), DEALS, group="owner")

    assert found == {"Ann North": (1, ["$5"])}


def test_what_takes_too_long_becomes_a_job(
    client: Client, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Company.objects.bulk_create(Company(name=f"C{number}", sort_name="c") for number in range(20_000))
    monkeypatch.setattr(grouping, "LIMIT_MS", 1)

    waiting = client.get(COMPANIES, {"group": "industry"}).content.decode()
    job = Job.objects.get(kind="group")
    grouping.jobs.run(job.pk)
    ready = client.get(COMPANIES, {"group": "industry"})
    monkeypatch.setattr(exports, "LIMIT_MS", 1)
    client.get(f"{COMPANIES}export/", {"format": "csv", "totals": "1", "group": "industry"})
    export = Job.objects.get(kind="export")
    grouping.jobs.run(export.pk)
    file = b"".join(client.get(f"/jobs/{export.pk}/file/").streaming_content)  # type: ignore[attr-defined]

    assert "a job is counting it" in waiting
    assert ready.context["group_rows"][0].count == 20_000
    assert b"none,20000,0" in file


def test_groups_cost_as_many_queries_however_many_there_are(client: Client, ann: User) -> None:
    def count() -> int:
        client.get(DEALS, {"group": "company"})
        with CaptureQueriesContext(connection) as queries:
            client.get(DEALS, {"group": "company"})
        return len(queries)

    made_deal(name="one", owner=ann, company=made_company(name="One", owner=ann))
    few = count()
    for number in range(8):
        made_deal(name=f"d{number}", owner=ann, company=made_company(name=f"C{number}", owner=ann))

    assert count() == few


@pytest.mark.usefixtures("deals")
def test_the_totals_are_exported_as_the_page_shows_them(client: Client) -> None:
    page = client.get(DEALS, {"group": "stage"})
    url = page.context["total_exports"][0][1]

    text = b"".join(client.get(url).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    assert text.splitlines() == ["Stage,Count,Value", "Prospecting,2,120.00", "Engaging,1,7.00"]
    assert "totals=1" in page.content.decode()


@pytest.mark.usefixtures("deals")
def test_rest_gives_the_same_totals_under_the_same_filters_and_rights(
    client: Client, bob: User, client_for: Callable[[User], Client]
) -> None:
    url = "/api/v1/deals/groups/"

    found = client.get(url, {"by": "stage", "amount": "50.."}).json()
    hidden = client_for(bob).get(url, {"by": "stage"}).json()
    wrong = [client.get(url, query) for query in ({}, {"by": "name"}, {"by": "stage", "colour": "1"})]

    assert found == {
        "results": [
            {
                "key": str(stage("Prospecting").pk),
                "label": "Prospecting",
                "count": 1,
                "sums": {"base_minor": 100.0},
            }
        ],
        "is_cut": False,
    }
    assert hidden["results"] == []
    assert [answer.status_code for answer in wrong] == [400] * 3


def test_shown_custom_numbers_are_added_up(client: Client, boss: User) -> None:
    made_field(Company, "money")
    for amount in ("10.50", "4"):
        made_company(actor=boss, name=f"C{amount}", cf_money=amount)

    found = groups(client, COMPANIES, group="owner", cols="name,cf_money")
    foot = client.get(f"{COMPANIES}count/", {"cols": "name,cf_money"}).content.decode()
    without = groups(client, COMPANIES, group="owner", cols="name")

    assert [sums for _count, sums in found.values()] == [["0", "€14.50"]]
    assert "€14.50" in foot
    assert [sums for _count, sums in without.values()] == [["0"]]
