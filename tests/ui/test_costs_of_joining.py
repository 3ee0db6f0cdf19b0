"""What the pages of duplicates, the bin and relations ask of the database, and the tags of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import sameness
from contacts.models import Person
from contacts.services import PersonService
from crm.records.models import RelationKind
from crm.records.relations import relate
from tests.factories.contacts import NOON, made_company, made_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def cost(boss: User, client_for: Callable[[User], Client]) -> Callable[[str, str], int]:
    """How many statements a page takes that shows a text."""
    client = client_for(boss)

    def count(url: str, shown: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url).content.decode()
        assert shown in page
        return len(queries)

    return count


def test_duplicates_cost_the_same_however_many_there_are(boss: User, cost: Callable[[str, str], int]) -> None:
    def twins(name: str) -> None:
        pair = [made_person(boss, first_name=name, last_name="Ivanov", email="") for _turn in range(2)]
        sameness.refresh(Person, [one.pk for one in pair])

    twins("Petr")
    few = cost("/contacts/duplicates/", "Petr")
    for name in ("Olga", "Maria", "Fyodor", "Galina"):
        twins(name)

    assert cost("/contacts/duplicates/", "Galina") == few


def test_the_bin_costs_the_same_however_full_it_is(boss: User, cost: Callable[[str, str], int]) -> None:
    def throw_away(*names: str) -> None:
        gone = [made_person(boss, last_name=name) for name in names]
        PersonService().delete(gone, actor=boss, at=timezone.now())

    throw_away("Adams")
    few = cost("/bin/?type=people", "Adams")
    throw_away("Baker", "Clark", "Dunn", "Evans", "Frost")

    assert cost("/bin/?type=people", "Frost") == few


def test_relations_cost_the_same_however_many_there_are(boss: User, cost: Callable[[str, str], int]) -> None:
    company, kind = made_company(boss, name="Acme"), RelationKind.objects.order_by("position")[0]

    def supply(*names: str) -> None:
        for name in names:
            other = made_company(boss, name=name)
            relate(record=company, other=other, kind=kind, actor=boss, at=NOON)

    supply("Bolt")
    few = cost(f"/contacts/companies/{company.pk}/", "Bolt")
    supply("Cargo", "Dynamo", "Engine", "Forge")

    assert cost(f"/contacts/companies/{company.pk}/", "Forge") == few


def test_tags_of_a_list_cost_the_same_however_many_there_are(
    boss: User, cost: Callable[[str, str], int]
) -> None:
    url = "/contacts/people/?cols=name,tags"
    made_person(boss, last_name="Adams", tags=["first"])
    few = cost(url, "first")
    for number in range(10):
        made_person(boss, last_name=f"B{number}", tags=["first", f"tag {number}", f"more {number}"])

    assert cost(url, "more 9") == few
