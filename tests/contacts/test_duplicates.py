"""Warnings that somebody is on record already."""

from __future__ import annotations

from typing import Any

import pytest

from contacts import duplicates, sameness
from contacts.models import Company, Holder, Person
from crm.identity.models import Grant, User
from crm.identity.scopes import Scope
from tests.factories.contacts import made_company, made_person
from tests.factories.identity import rights_changed

pytestmark = pytest.mark.django_db


def found(values: dict[str, Any], user: User, model: type[Holder] = Person) -> list[tuple[str, list[str]]]:
    return [(str(one.record), one.reasons) for one in duplicates.likely(values, user, model=model)]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"email": "ANNA@acme.com"}, "same e-mail"),
        ({"emails": ["x@y.com", "anna@acme.com"]}, "same e-mail"),
        ({"phone": "8 495 123 45 67", "country": "RU"}, "same phone"),
        ({"first_name": "Anna", "last_name": "Leeman"}, "similar name"),
        ({"first_name": "Ana", "last_name": "Leeman"}, "similar name"),
        ({"name": "Anna Leeman"}, "similar name"),
    ],
)
def test_a_person_is_recognised(ann: User, values: dict[str, Any], reason: str) -> None:
    made_person(ann, name="Anna Leeman", email="anna@acme.com", phone="+7 495 123-45-67")
    made_person(ann, name="Boris Other", email="boris@acme.com")

    assert found(values, ann) == [("Anna Leeman", [reason])]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"inn": "7707083893"}, "same tax number"),
        ({"website": "https://acme.com"}, "same domain"),
        ({"email": "info@acme.com"}, "same domain"),
        ({"name": "Acme Inc."}, "similar name"),
        ({"name": "ООО «Acme»"}, "similar name"),
    ],
)
def test_a_company_is_recognised(ann: User, values: dict[str, Any], reason: str) -> None:
    made_company(ann, name="Acme Corporation", inn="7707083893", domains=["acme.com"])
    made_company(ann, name="Betatech")

    assert found(values, ann, Company) == [("Acme Corporation", [reason])]


@pytest.mark.parametrize(
    "values",
    [
        {"first_name": "Petr", "last_name": "Ivanov"},
        {"name": "Ivanov Pyotr"},
        {"first_name": "Пётр", "last_name": "Иванов", "middle_name": "Сергеевич"},
    ],
)
def test_a_name_is_recognised_by_its_sound_in_either_script(ann: User, values: dict[str, Any]) -> None:
    person = made_person(ann, first_name="Пётр", last_name="Иванов")
    made_person(ann, first_name="Пётр", last_name="Сидоров")
    sameness.refresh(Person, [person.pk])

    assert found(values, ann) == [("Иванов Пётр", ["similar name"])]


def test_a_company_is_recognised_by_its_sound_in_either_script(ann: User) -> None:
    company = made_company(ann, name='ООО "Ромашка"')
    sameness.refresh(Company, [company.pk])

    assert found({"name": "Romashka LLC"}, ann, Company) == [('ООО "Ромашка"', ["similar name"])]


def test_somebody_new_is_nobodys_double(ann: User) -> None:
    made_person(ann, name="Anna Leeman", email="anna@gmail.com")

    assert found({"first_name": "Anna", "email": "other@gmail.com"}, ann) == []
    assert found({}, ann) == []


def test_nobody_is_their_own_double(ann: User) -> None:
    person = made_person(ann, email="anna@acme.com")

    assert duplicates.likely({"email": "anna@acme.com"}, ann, model=Person, exclude=person.pk) == []


def test_a_switchboard_that_many_share_says_nothing(root: User) -> None:
    for number in range(duplicates.MEANINGLESS + 1):
        made_person(root, name=f"Clerk Number{number * 37}", phone="+1 212 555 0100")

    assert found({"phone": "+1 212 555 0100"}, root) == []


def test_of_a_hidden_record_only_its_existence_is_told(ann: User, bob: User) -> None:
    made_person(ann, name="Anna Leeman", email="anna@acme.com")
    Grant.objects.filter(record_type="contacts.person", action="view").update(scope=Scope.OWN)
    rights_changed()

    (hidden,) = duplicates.likely({"email": "anna@acme.com"}, bob, model=Person)

    assert (hidden.record, hidden.reasons, hidden.ask) == (None, [], "Ann North")
    assert found({"first_name": "Anna", "last_name": "Leeman"}, bob) == []
