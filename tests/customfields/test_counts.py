"""A hundred custom fields cost no more queries than none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Company
from crm.records.customfields import known
from crm.records.fields import fields_of
from crm.records.models import CustomField
from sales.models import Deal
from tests.factories.contacts import made_company, made_person
from tests.factories.customfields import made_field
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
SEVERAL = ("text", "number", "choice", "multi_choice", "date")
REFERENCES = ("user", "person", "company")


def fill(model: type, actor: User, made: Callable[..., object], copies: int) -> list[str]:
    """Give a type ``copies`` fields of each kind, and two records that hold them all."""
    person, company = made_person(actor=actor), made_company(actor=actor, name="Referred")
    values: dict[str, object] = {}
    for number in range(copies):
        for kind in (*SEVERAL, *REFERENCES):
            made_field(model, kind, key=f"{kind}_{number}", label=f"{kind} {number}", on_card=kind != "text")
            values[f"cf_{kind}_{number}"] = {
                "text": "words",
                "number": "5",
                "choice": "gold",
                "multi_choice": ["gold"],
                "date": "2027-01-01",
                "user": actor.pk,
                "person": person.pk,
                "company": company.pk,
            }[kind]
    for name in ("One", "Two", "Three"):
        made(actor=actor, name=name, **values)
    return list(values)


def count(client: Client, url: str, **query: str) -> int:
    client.get(url, query)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url, query)
    assert response.status_code == 200
    return len(captured)


@pytest.mark.parametrize("copies", [1, 5])
def test_lists_cost_the_same(boss: User, client_for: Callable[[User], Client], copies: int) -> None:
    names = fill(Company, boss, made_company, copies)
    client = client_for(boss)

    bare = count(client, "/contacts/companies/", cols="name")
    full = count(client, "/contacts/companies/", cols=",".join(["name", *names]))

    # One query each for the colleagues, the people and the companies that all cells refer to.
    assert full <= bare + 3


def test_a_page_costs_the_same(boss: User, client_for: Callable[[User], Client]) -> None:
    plain = made_company(actor=boss, name="Plain")
    client = client_for(boss)
    bare = count(client, f"/contacts/companies/{plain.pk}/")

    fill(Company, boss, made_company, 5)
    full = count(client, f"/contacts/companies/{Company.objects.get(name='One').pk}/")

    assert full <= bare + 3


def test_a_board_costs_the_same(boss: User, client_for: Callable[[User], Client]) -> None:
    fill(Deal, boss, made_deal, 5)
    client = client_for(boss)
    CustomField.objects.update(on_card=False)
    known.changed()
    bare = count(client, "/sales/deals/board/")

    CustomField.objects.update(on_card=True)
    known.changed()
    full = count(client, "/sales/deals/board/")

    assert full <= bare + 3


def test_rest_costs_the_same(boss: User, client_for: Callable[[User], Client]) -> None:
    made_company(actor=boss, name="Plain")
    client = client_for(boss)
    bare = count(client, "/api/v1/companies/")

    fill(Company, boss, made_company, 5)
    full = count(client, "/api/v1/companies/")

    assert full <= bare


def test_definitions_are_read_once(boss: User) -> None:
    made_field(Company, "text")
    fields_of(Company)

    with CaptureQueriesContext(connection) as captured:
        for _turn in range(20):
            fields_of(Company)
            fields_of(Deal)

    assert len(captured) == 0
