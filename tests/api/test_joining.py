"""Merging, splitting and relations over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Person
from crm.records.models import RelationKind
from tests.factories.contacts import made_company, made_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/api/v1/{path}", body, content_type="application/json")


def test_others_become_part_of_a_record_and_leave_it_again(
    root: User, client_for: Callable[[User], Client]
) -> None:
    old, new = made_person(root, email="a@acme.com"), made_person(root, name="Anna Leigh", email="b@acme.com")
    client = client_for(root)

    merged = post(client, f"people/{old.pk}/merge/", absorb=[new.pk], values={"email": str(new.pk)})

    assert merged.status_code == 200, merged.content
    assert Person.objects.get().email == "b@acme.com"
    split = post(client, f"people/{old.pk}/split/", job=merged.json()["job"])
    assert split.status_code == 200, split.content
    assert Person.objects.count() == 2


def test_what_is_not_the_callers_is_not_merged(
    ann: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    old, new = made_person(ann), made_person(bob, name="Anna Leigh")

    answer = post(client_for(ann), f"people/{old.pk}/merge/", absorb=[new.pk])

    assert answer.status_code == 400
    assert Person.objects.count() == 2


def test_relations_are_made_listed_and_taken_away(root: User, client_for: Callable[[User], Client]) -> None:
    acme, anna = made_company(root), made_person(root)
    kind = RelationKind.objects.create(name="adviser of (test)", inverse="advised by (test)")
    client = client_for(root)

    made = post(client, f"people/{anna.pk}/relations/", kind=kind.pk, type="companies", id=acme.pk)
    listed = client.get(f"/api/v1/companies/{acme.pk}/relations/").json()["results"]

    assert made.status_code == 201, made.content
    assert [(one["name"], one["title"]) for one in listed] == [("advised by (test)", "Anna Lee")]
    gone = client.delete(f"/api/v1/companies/{acme.pk}/relations/{listed[0]['relation']}/")
    assert gone.status_code == 204
