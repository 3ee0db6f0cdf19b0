"""Undo of imports and bulk edits: people, companies and the rows around them are as before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from contacts import services
from contacts.models import Address, Company, ContactPoint, Employment, Person
from contacts.services import CompanyService, PersonService
from crm.records import journal
from crm.records.models import Job
from tests.factories.contacts import NOON, made_company, made_person

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)
MODELS = (Person, Company, ContactPoint, Employment, Address)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all rows of people, companies and what is around them."""
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name != "updated_at"}
            for row in model._base_manager.order_by("pk").values()
        ]
        for model in MODELS
    }


def by_import(root: User, job: Job) -> dict[str, Any]:
    """Return the keywords of a write by an import."""
    return {"actor": root, "at": LATER, "via": "import", "job": job}


def made_job(root: User) -> Job:
    return Job.objects.create(kind="import", title="people.csv", actor=root)


def test_an_import_over_known_people_is_undone_without_a_trace(root: User) -> None:
    acme, beta = made_company(root), made_company(root, name="Beta")
    known = [
        made_person(root, name=f"Anna Number{n}", email=f"a{n}@acme.com", company=acme) for n in range(3)
    ]
    before = everything()
    job = made_job(root)
    changes = [
        {"email": f"new{n}@acme.com", "phone": f"+1 212 555 010{n}", "company": beta, "city": "Oslo"}
        for n in range(3)
    ]

    PersonService().update(known, changes, **by_import(root, job))
    PersonService().create(
        [{"name": "Boris New", "emails": ["b@acme.com", "c@acme.com"], "company": beta, "country": "NO"}],
        **by_import(root, job),
    )
    assert everything() != before
    result = journal.undo(job=job, actor=root, at=LATER)

    assert result.kept == []
    assert everything() == before


def test_a_bulk_move_to_another_company_is_undone(root: User) -> None:
    acme, beta = made_company(root), made_company(root, name="Beta")
    people = [made_person(root, name=f"Anna Number{n}", company=acme, job_title="CTO") for n in range(2)]
    before = everything()
    job = made_job(root)

    services.change_employment(records=people, company=beta, title="CEO", actor=root, at=LATER, job=job)
    journal.undo(job=job, actor=root, at=LATER)

    assert everything() == before


def test_an_import_of_companies_is_undone(root: User) -> None:
    made_company(root, name="Known", city="Oslo", country="NO")
    before = everything()
    job = made_job(root)
    service = CompanyService()

    service.update(
        [Company.objects.get()], {"city": "Bergen", "phone": "+47 22 12 34 56"}, **by_import(root, job)
    )
    top = service.create([{"name": "Top", "website": "top.com"}], **by_import(root, job))
    service.create([{"name": "Below", "parent": top[0].record}], **by_import(root, job))
    journal.undo(job=job, actor=root, at=LATER)

    assert everything() == before


def test_a_changed_email_is_taken_back_by_its_old_value(ann: User) -> None:
    person = made_person(ann, emails=["a@acme.com", "b@acme.com"])
    before = everything()["ContactPoint"]

    PersonService().update([person], {"email": "c@acme.com"}, actor=ann, at=LATER)
    PersonService().update(
        [person], {"email": "a@acme.com", "emails": ["a@acme.com", "b@acme.com"]}, actor=ann, at=LATER
    )

    assert everything()["ContactPoint"] == before
