"""Changing many at once: what it asks, what it does, and that one Undo takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Company
from crm.records import jobs
from crm.records.models import Job, JobState
from crm.ui import bulk
from tests.factories.contacts import made_company
from tests.factories.sales import made_deal, reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
BULK = "/contacts/companies/bulk/"


@pytest.fixture
def client(boss: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(boss)


@pytest.fixture
def companies(boss: User) -> list[Company]:
    return [made_company(actor=boss, name=f"Company {number}", employees=number) for number in range(3)]


def ids(companies: list[Company]) -> list[int]:
    return [company.pk for company in companies]


def values(name: str) -> list[Any]:
    return list(Company.objects.order_by("name").values_list(name, flat=True))


def body(response: Any) -> str:
    return str(response.content.decode())


def test_it_first_tells_how_many(client: Client, companies: list[Company]) -> None:
    page = body(client.post(BULK, {"act": "edit", "ids": ids(companies)}))

    assert "3 records" in page
    assert values("employees") == [0, 1, 2]


def test_it_asks_for_the_value_once_the_field_is_known(client: Client, companies: list[Company]) -> None:
    page = body(client.post(BULK, {"act": "edit", "ids": ids(companies), "field": "employees"}))

    assert 'name="value"' in page


def test_a_field_is_set_for_all(client: Client, companies: list[Company]) -> None:
    client.post(BULK, {"act": "edit", "ids": ids(companies), "field": "employees", "value": "50", "do": "1"})

    assert values("employees") == [50, 50, 50]


def test_a_field_is_emptied_on_purpose(client: Client, companies: list[Company]) -> None:
    client.post(BULK, {"act": "edit", "ids": ids(companies), "field": "employees", "empty": "on", "do": "1"})

    assert values("employees") == [None, None, None]


def test_undo_puts_every_value_back(client: Client, companies: list[Company]) -> None:
    client.post(BULK, {"act": "edit", "ids": ids(companies), "field": "employees", "value": "50", "do": "1"})
    job = Job.objects.get(kind="bulk")

    client.post(f"/jobs/{job.pk}/undo/")

    job.refresh_from_db()
    assert values("employees") == [0, 1, 2]
    assert job.state == JobState.UNDONE


def test_tags_are_added_and_taken(client: Client, companies: list[Company]) -> None:
    client.post(BULK, {"act": "tag", "ids": ids(companies), "tags": ["vip", "new"], "do": "1"})
    client.post(BULK, {"act": "untag", "ids": ids(companies)[:1], "tags": ["new"], "do": "1"})

    assert values("tags") == [["vip"], ["vip", "new"], ["vip", "new"]]


def test_all_that_match_are_meant(client: Client, companies: list[Company]) -> None:
    client.post(BULK, {"act": "tag", "all": "1", "state": "employees=1..2", "tags": ["big"], "do": "1"})

    assert values("tags") == [[], ["big"], ["big"]]


def test_deleted_ones_go_to_the_bin_and_return(client: Client, companies: list[Company]) -> None:
    client.post(BULK, {"act": "delete", "ids": ids(companies)[:2], "do": "1"})
    in_bin = Company.all_objects.in_bin().count()
    client.post(f"/jobs/{Job.objects.get(kind='bulk').pk}/undo/")

    assert in_bin == 2
    assert Company.objects.count() == 3


def test_what_one_may_not_change_is_left_out(
    ann: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    foreign = made_company(actor=bob, name="Globex")

    client_for(ann).post(BULK, {"act": "tag", "ids": [foreign.pk], "tags": ["mine"], "do": "1"})

    foreign.refresh_from_db()
    assert foreign.tags == []


def test_somebody_without_rights_is_refused(eve: User, client_for: Callable[[User], Client]) -> None:
    assert client_for(eve).post(BULK, {"act": "tag", "ids": [1]}).status_code == 403


def test_a_verb_refused_by_some_is_done_to_the_others(client: Client, boss: User) -> None:
    open_deal = made_deal(actor=boss, name="Open", amount=5)
    closed = made_deal(actor=boss, name="Gone", stage="Lost")

    client.post(
        "/sales/deals/bulk/",
        {
            "act": "run",
            "action": "lose",
            "ids": [open_deal.pk, closed.pk],
            "lost_reason": reason().pk,
            "closed_on": "2026-03-02",
            "do": "1",
        },
    )

    open_deal.refresh_from_db()
    assert open_deal.status == "lost"


class TestLargeSets:
    """More than one waits for: a job."""

    @pytest.fixture(autouse=True)
    def _small_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bulk, "INLINE", 1)

    def test_it_becomes_a_job_that_is_shown(self, client: Client, companies: list[Company]) -> None:
        response = client.post(BULK, {"act": "tag", "ids": ids(companies), "tags": ["vip"], "do": "1"})
        job = Job.objects.get(kind="bulk")

        assert response["Location"] == f"/jobs/{job.pk}/"
        assert job.state == JobState.QUEUED

        jobs.run(job.pk)
        page = body(client.get(f"/jobs/{job.pk}/"))

        assert values("tags") == [["vip"], ["vip"], ["vip"]]
        assert "Changed" in page
        assert "Undo" in page

    def test_a_job_of_somebody_else_is_not_shown(
        self, client: Client, companies: list[Company], bob: User, client_for: Callable[[User], Client]
    ) -> None:
        client.post(BULK, {"act": "tag", "ids": ids(companies), "tags": ["vip"], "do": "1"})

        assert client_for(bob).get(f"/jobs/{Job.objects.get().pk}/").status_code == 404
