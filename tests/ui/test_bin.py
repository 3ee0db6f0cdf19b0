"""The bin: what was deleted, found by name and by who, and taken out again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts.models import Person
from contacts.services import CompanyService, PersonService
from crm.records import housekeeping
from sales.models import Deal
from tests.factories.contacts import made_company, made_person
from tests.factories.sales import made_deal
from tests.merging.rooms import merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
BIN = reverse("ui:bin")


def delete(actor: User, *people: Person) -> None:
    PersonService().delete(people, actor=actor, at=timezone.now())


def test_deleted_records_are_found_by_name_and_by_who(
    root: User, boss: User, client_for: Callable[[User], Client]
) -> None:
    anna, boris = made_person(boss), made_person(boss, name="Boris Orlov")
    delete(root, anna)
    delete(boss, boris)
    client = client_for(root)

    by_name = client.get(BIN, {"type": "people", "q": "orl"}).content.decode()
    by_who = client.get(BIN, {"type": "people", "who": root.pk}).content.decode()

    assert "Boris Orlov" in by_name
    assert "Anna Lee" not in by_name
    assert "Anna Lee" in by_who
    assert "Boris Orlov" not in by_who


def test_many_are_restored_at_once(root: User, client_for: Callable[[User], Client]) -> None:
    people = [made_person(root, name=f"Anna Number{n}") for n in range(3)]
    delete(root, *people)

    client_for(root).post(BIN, {"type": "people", "ids": [one.pk for one in people]})

    assert Person.objects.count() == 3


def test_a_merged_record_is_not_restored_but_split(root: User, client_for: Callable[[User], Client]) -> None:
    old, new = made_person(root), made_person(root, name="Anna Leigh")
    merged(old, new, actor=root)

    page = client_for(root).get(BIN, {"type": "people"}).content.decode()
    client_for(root).post(BIN, {"type": "people", "ids": [new.pk]})

    assert "Anna Leigh" not in page
    assert Person.objects.count() == 1


def test_others_find_nothing_of_mine(ann: User, bob: User, client_for: Callable[[User], Client]) -> None:
    anna = made_person(ann)
    PersonService().delete([anna], actor=None, at=timezone.now())

    client_for(bob).post(BIN, {"type": "people", "ids": [anna.pk]})

    assert not Person.objects.exists()


def test_a_deleted_company_keeps_its_deals_and_is_kept_for_them(root: User) -> None:
    acme, alone = made_company(root), made_company(root, name="Alone")
    deal = made_deal(actor=root, company=acme)
    CompanyService().delete([acme, alone], actor=root, at=timezone.now() - timedelta(days=40))

    housekeeping.empty_bin(before=timezone.now() - timedelta(days=30))

    assert Deal.objects.get(pk=deal.pk).company_id == acme.pk
    assert [one.pk for one in type(acme).all_objects.all()] == [acme.pk]
