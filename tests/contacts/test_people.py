"""Making and changing people: names, ways to reach them, the copies lists show."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from contacts.forms import PersonForm
from contacts.models import Address, ContactPoint, Person
from contacts.services import PersonService
from crm.records.drafts import RecordErrors
from crm.records.fields import fields_of
from crm.records.models import Event, Search
from tests.factories.contacts import NOON, SourceFactory, made_company, made_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.identity.models import Team, User

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def values(person: Person, kind: str) -> list[tuple[str, bool]]:
    rows = ContactPoint.objects.filter(person=person, kind=kind).order_by("pk")
    return [(row.value, row.is_primary) for row in rows]


def change(person: Person, actor: User, **changes: object) -> Person:
    PersonService().update([person], changes, actor=actor, at=LATER)
    person.refresh_from_db()
    return person


def test_a_full_name_becomes_its_parts(ann: User) -> None:
    person = made_person(ann, name="Ёжиков Пётр Ильич")

    assert (person.first_name, person.middle_name, person.last_name) == ("Пётр", "Ильич", "Ёжиков")
    assert str(person) == "Ёжиков Пётр Ильич"
    assert person.sort_name == "ежиков петр ильич"


def test_a_new_person_belongs_to_who_made_it_and_to_their_team(ann: User, team_a: Team) -> None:
    person = made_person(ann)

    assert (person.owner, person.team) == (ann, team_a)


def test_somebody_without_a_name_is_called_by_the_email(ann: User) -> None:
    person = made_person(ann, name="", email="anna@acme.com")

    assert (person.name, str(person)) == ("", f"Person #{person.pk}")


def test_nothing_to_call_somebody_by_is_refused(ann: User) -> None:
    with pytest.raises(RecordErrors) as refused:
        made_person(ann, name="", job_title="Clerk")

    assert "first_name" in refused.value.errors
    assert not Person.objects.exists()


def test_email_and_phone_become_contact_points(ann: User) -> None:
    person = made_person(ann, email="Anna@Acme.com", phone="8 495 123-45-67", country="RU")

    assert values(person, "email") == [("Anna@Acme.com", True)]
    assert values(person, "phone") == [("+7 495 123-45-67", True)]
    assert ContactPoint.objects.get(kind="phone").normalised == "+74951234567"
    assert person.phone == "+7 495 123-45-67"


def test_lists_of_points_keep_one_main(ann: User) -> None:
    person = made_person(ann, emails=["a@acme.com", "b@acme.com"], messengers=["@anna"])

    assert values(person, "email") == [("a@acme.com", True), ("b@acme.com", False)]
    assert person.email == "a@acme.com"
    assert fields_of(Person)["emails"].value(person) == ["a@acme.com", "b@acme.com"]


def test_correcting_the_email_by_hand_replaces_it(ann: User) -> None:
    person = made_person(ann, email="anna@acme.con")

    change(person, ann, email="anna@acme.com")

    assert values(person, "email") == [("anna@acme.com", True)]
    assert Event.objects.get(name="person.updated").data["changes"]["email"]["new"] == "anna@acme.com"


def test_an_email_from_a_file_is_added_and_the_old_one_kept(root: User) -> None:
    person = made_person(root, email="old@acme.com")

    PersonService().update([person], {"email": "new@acme.com"}, actor=root, at=LATER, via="import")

    assert values(person, "email") == [("old@acme.com", False), ("new@acme.com", True)]


def test_the_same_values_again_change_nothing(root: User) -> None:
    row = {
        "name": "Anna Lee",
        "email": "a@acme.com",
        "phone": "+1 212 555 0123",
        "country": "US",
        "city": "NY",
    }
    person = made_person(root, **row)
    events = Event.objects.count()

    drafts = PersonService().update([person], row, actor=root, at=LATER, via="import")

    assert [draft.outcome for draft in drafts] == ["unchanged"]
    assert Event.objects.count() == events
    person.refresh_from_db()
    assert person.version == 1


def test_an_empty_email_takes_the_main_one_away_and_the_next_follows(ann: User) -> None:
    person = made_person(ann, emails=["a@acme.com", "b@acme.com"])

    change(person, ann, email="")

    assert values(person, "email") == [("b@acme.com", True)]
    assert person.email == "b@acme.com"


def test_a_wrong_email_or_phone_is_refused_with_the_reason(ann: User) -> None:
    with pytest.raises(RecordErrors) as refused:
        made_person(ann, email="anna at acme", phone="none")

    assert refused.value.errors["email"][0].message == "“anna at acme” is not an e-mail address."
    assert refused.value.errors["phone"][0].message == "“none” is not a phone number."


def test_the_city_is_kept_in_the_main_address(ann: User) -> None:
    person = made_person(ann, city="Berlin", country="DE")

    change(person, ann, city="Hamburg")

    address = Address.objects.get(person=person)
    assert (address.city, address.country, address.is_primary) == ("Hamburg", "DE", True)


def test_an_address_emptied_by_hand_is_gone(ann: User) -> None:
    person = made_person(ann, city="Berlin")

    change(person, ann, city="")

    assert not Address.objects.exists()


def test_in_russian_the_surname_is_asked_first(ann: User) -> None:
    with translation.override("ru"):
        asked = list(PersonForm(user=ann).fields)

    assert asked[:2] == ["last_name", "first_name"]


def test_a_person_is_found_by_all_that_is_known(ann: User) -> None:
    company = made_company(ann, name="Рога и копыта")
    made_person(ann, name="Иванов Иван", phone="+7 495 123-45-67", email="ivan@roga.ru", company=company)

    text = Search.objects.get(type_id=1).text

    for known in ("74951234567", "ivan@roga.ru", "ivanov", "иванов иван", "рога и копыта", "roga i kopyta"):
        assert known in text


def test_events_of_a_person_stand_on_the_companys_timeline(ann: User) -> None:
    company = made_company(ann)
    person = made_person(ann, company=company)

    links = Event.objects.get(name="person.created").links.values_list("type_id", "record_id")

    assert set(links) == {(1, person.pk), (2, company.pk)}


def test_making_a_set_costs_the_same_queries_whatever_its_size(root: User) -> None:
    company, source = made_company(root), SourceFactory()

    def rows(count: int, mark: str) -> list[dict[str, object]]:
        return [
            {
                "name": f"Person {mark}{number}",
                "email": f"{mark}{number}@acme.com",
                "phone": f"+1 212 555 {1000 + number}",
                "company": company,
                "job_title": "Clerk",
                "city": "Berlin",
                "source": source,
                "owner": root,
            }
            for number in range(count)
        ]

    def make(count: int, mark: str) -> None:
        PersonService().create(rows(count, mark), actor=root, at=NOON, via="import")

    counts = [queries(partial(make, count, mark)) for count, mark in ((60, "a"), (60, "b"), (120, "c"))]

    assert counts[1] == counts[2]


def test_changing_a_set_costs_the_same_queries_whatever_its_size(root: User) -> None:
    service = PersonService()
    people = [made_person(root, name=f"P {number}", email=f"p{number}@acme.com") for number in range(180)]

    def changes(part: list[Person], mark: str) -> list[dict[str, object]]:
        return [{"email": f"{mark}{one.pk}@acme.com", "job_title": mark, "city": mark} for one in part]

    def update(part: list[Person], mark: str) -> None:
        service.update(part, changes(part, mark), actor=root, at=LATER, via="import")

    parts = ((people[:60], "x"), (people[:60], "y"), (people[60:], "z"))
    counts = [queries(partial(update, part, mark)) for part, mark in parts]

    assert counts[0] == counts[2]


def queries(run: Callable[[], object]) -> int:
    """Count the queries of ``run``."""
    with CaptureQueriesContext(connection) as found:
        run()
    return len(found)
