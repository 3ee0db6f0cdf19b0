"""Working in a list: all but some, cells that two people change, and ways out of an empty one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from contacts.models import Company
from contacts.services import CompanyService
from tests.factories.contacts import made_company

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LIST = "/contacts/companies/"


@pytest.fixture
def client(boss: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(boss)


def body(response: Any) -> str:
    return str(response.content.decode())


def test_all_that_match_but_some_are_meant(client: Client, boss: User) -> None:
    firms = [made_company(name=name, owner=boss) for name in ("Acme", "Bolt", "Cask")]
    bulk = {"act": "tag", "all": "1", "without": firms[1].pk, "state": "", "tags": "vip", "do": "1"}

    client.post(f"{LIST}bulk/", bulk)

    tagged = Company.objects.filter(tags__contains=["vip"]).values_list("name", flat=True)
    assert set(tagged) == {"Acme", "Cask"}


def test_the_dialog_hands_on_what_is_left_out(client: Client, boss: User) -> None:
    firm = made_company(name="Acme", owner=boss)
    made_company(name="Bolt", owner=boss)

    dialog = body(client.post(f"{LIST}bulk/", {"act": "tag", "all": "1", "without": firm.pk, "state": ""}))

    assert f'name="without" value="{firm.pk}"' in dialog
    assert "Acme" not in dialog


class TestACellThatTwoPeopleChange:
    def cell(self, company: Company, name: str = "city") -> str:
        return f"{LIST}{company.pk}/cell/{name}/?place=row"

    def change(self, company: Company, who: User, **values: Any) -> None:
        at = timezone.now() - timedelta(minutes=1)
        CompanyService().update([Company.objects.get(pk=company.pk)], values, actor=who, at=at)

    def test_the_second_is_told_and_keeps_what_they_typed(
        self, client: Client, boss: User, ann: User
    ) -> None:
        company = made_company(name="Acme", owner=boss, employees=1)
        seen = company.version
        self.change(company, ann, employees=2)

        answer = client.post(self.cell(company, "employees"), {"employees": "3", "seen_version": seen})

        assert answer.status_code == 422
        assert "changed this to “2” meanwhile" in body(answer)
        assert 'value="3"' in body(answer)

    def test_saved_once_more_it_replaces_theirs(self, client: Client, boss: User, ann: User) -> None:
        company = made_company(name="Acme", owner=boss, employees=1)
        self.change(company, ann, employees=2)
        now = Company.objects.get(pk=company.pk).version

        client.post(self.cell(company, "employees"), {"employees": "3", "seen_version": now})

        assert Company.objects.get(pk=company.pk).employees == 3

    def test_a_change_of_another_field_is_no_clash(self, client: Client, boss: User, ann: User) -> None:
        company = made_company(name="Acme", owner=boss, employees=1)
        seen = company.version
        self.change(company, ann, founded_year=1990)

        answer = client.post(self.cell(company, "employees"), {"employees": "3", "seen_version": seen})

        assert answer.status_code == 200
        assert Company.objects.get(pk=company.pk).founded_year == 1990


def test_an_empty_list_says_which_filter_to_drop(client: Client, boss: User) -> None:
    made_company(name="Acme", owner=boss, kind="partner", employees=5)
    made_company(name="Bolt", owner=boss, kind="customer", employees=50)

    page = client.get(LIST, {"kind": "partner", "employees": "50..", "owner": "none"})
    helped = client.get(LIST, {"kind": "partner", "employees": "50.."})

    assert page.context["ways_out"] == []
    assert [(way["chip"].name, way["count"]) for way in helped.context["ways_out"]] == [
        ("kind", 1),
        ("employees", 1),
    ]
    assert "Drop one" in body(helped)


def test_the_words_of_a_search_may_be_dropped_too(client: Client, boss: User) -> None:
    made_company(name="Acme", owner=boss, kind="partner")

    page = body(client.get(LIST, {"q": "zzzz", "kind": "partner"}))

    assert "contains “zzzz”" in page
    assert "1 record" in page
