"""Contact points: what verbs do to them, one main per kind."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from contacts import services
from contacts.models import ContactPoint, Person
from crm.records.drafts import RecordErrors
from crm.records.models import Event
from tests.factories.contacts import NOON, ContactPointFactory, PersonFactory, made_company, made_person

if TYPE_CHECKING:
    from crm.identity.models import User
from crm.identity.models import FieldRule
from tests.factories.identity import rights_changed

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def point(value: str) -> ContactPoint:
    return ContactPoint.objects.get(value=value)


def test_a_second_phone_is_added_beside_the_main_one(ann: User) -> None:
    person = made_person(ann, phone="+1 212 555 0123")

    services.add_contact_point(
        records=[person], kind="phone", value="+1 212 555 0199", label="home", actor=ann, at=LATER
    )

    person.refresh_from_db()
    assert person.phone == "+1 212-555-0123"
    assert point("+1 212-555-0199").label == "home"
    assert "phones" in Event.objects.get(name="person.updated").data["changes"]


def test_the_main_one_can_be_chosen(ann: User) -> None:
    person = made_person(ann, emails=["a@acme.com", "b@acme.com"])

    services.set_primary(point=point("b@acme.com"), actor=ann, at=LATER)

    person.refresh_from_db()
    assert person.email == "b@acme.com"
    assert not point("a@acme.com").is_primary


def test_a_dead_address_is_marked_and_history_tells(ann: User) -> None:
    made_person(ann, email="a@acme.com")

    services.mark_invalid(point=point("a@acme.com"), actor=ann, at=LATER)

    assert point("a@acme.com").is_invalid
    changes = Event.objects.get(name="person.updated").data["changes"]
    assert changes["contact_points"] == {"old": "a@acme.com", "new": "a@acme.com (does not work)"}


def test_opting_out_is_kept_on_the_point(ann: User) -> None:
    made_person(ann, email="a@acme.com")

    services.opt_out(point=point("a@acme.com"), actor=ann, at=LATER)

    assert point("a@acme.com").opted_out


def test_removing_the_main_one_promotes_the_next(ann: User) -> None:
    person = made_person(ann, emails=["a@acme.com", "b@acme.com"])

    services.remove_contact_point(point=point("a@acme.com"), actor=ann, at=LATER)

    person.refresh_from_db()
    assert person.email == "b@acme.com"


def test_the_same_address_twice_is_refused_on_edit(ann: User) -> None:
    made_person(ann, emails=["a@acme.com", "b@acme.com"])

    with pytest.raises(RecordErrors):
        services.edit_contact_point(point=point("b@acme.com"), value="A@acme.com", actor=ann, at=LATER)


def test_companies_have_points_too(ann: User) -> None:
    company = made_company(ann)

    services.add_contact_point(records=[company], kind="url", value="acme.com/jobs", actor=ann, at=LATER)

    assert ContactPoint.objects.get(company=company).normalised == "acme.com/jobs"


def test_somebody_elses_person_is_not_mine_to_change(ann: User, bob: User) -> None:
    person = made_person(ann, email="a@acme.com")

    with pytest.raises(RecordErrors) as refused:
        services.add_contact_point(records=[person], kind="email", value="x@acme.com", actor=bob, at=LATER)

    assert refused.value.is_forbidden


def test_the_database_keeps_one_main_point_per_kind(db: None) -> None:
    person: Person = PersonFactory()
    ContactPointFactory(person=person, is_primary=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        ContactPointFactory(person=person, is_primary=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactPointFactory(person=None, company=None)


def test_a_field_that_one_may_only_read_is_closed_in_every_row(ann: User) -> None:
    person = made_person(ann, email="a@acme.com")
    rule = {"record_type": "contacts.person", "field": "email", "level": "read_only"}
    FieldRule.objects.create(role=ann.roles.get(), **rule)
    rights_changed()

    with pytest.raises(RecordErrors) as refused:
        services.add_contact_point(records=[person], kind="email", value="x@acme.com", actor=ann, at=LATER)

    assert refused.value.is_forbidden
