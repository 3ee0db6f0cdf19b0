"""People and companies, as few as a test needs. ``made_person`` goes through the service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from contacts.models import Company, ContactPoint, Employment, Industry, Person, Source
from contacts.services import CompanyService, PersonService
from crm.lib import names

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = Source

    name = factory.Sequence(lambda number: f"Source {number}")


class IndustryFactory(DjangoModelFactory):
    class Meta:
        model = Industry

    name = factory.Sequence(lambda number: f"Industry {number}")


class CompanyFactory(DjangoModelFactory):
    """A bare row: no events, no search row."""

    class Meta:
        model = Company

    name = factory.Sequence(lambda number: f"Company {number}")
    sort_name = factory.LazyAttribute(lambda company: names.sort_key(company.name))


class PersonFactory(DjangoModelFactory):
    """A bare row: no events, no search row."""

    class Meta:
        model = Person

    first_name = "Anna"
    last_name = factory.Sequence(lambda number: f"Person {number}")
    name = factory.LazyAttribute(lambda person: names.full_name(person.first_name, "", person.last_name))
    sort_name = factory.LazyAttribute(lambda person: names.sort_key(person.last_name, person.first_name))


class ContactPointFactory(DjangoModelFactory):
    class Meta:
        model = ContactPoint

    kind = "email"
    value = factory.Sequence(lambda number: f"person{number}@example.com")
    normalised = factory.LazyAttribute(lambda point: point.value.lower())


class EmploymentFactory(DjangoModelFactory):
    class Meta:
        model = Employment

    person = factory.SubFactory(PersonFactory)
    company = factory.SubFactory(CompanyFactory)


def made_person(actor: Any = None, at: datetime = NOON, **values: Any) -> Person:
    """Make a person by the service, as a page does."""
    values.setdefault("name", "Anna Lee")
    return PersonService().create([values], actor=actor, at=at)[0].record


def made_company(actor: Any = None, at: datetime = NOON, **values: Any) -> Company:
    """Make a company by the service, as a page does."""
    values.setdefault("name", "Acme")
    return CompanyService().create([values], actor=actor, at=at)[0].record
