"""Where people work: moving, leaving, second jobs, corrections."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from contacts import services
from contacts.models import Employment, Person
from contacts.services import PersonService
from crm.records.drafts import RecordErrors
from crm.records.models import Event, EventLink
from tests.factories.contacts import (
    NOON,
    CompanyFactory,
    EmploymentFactory,
    PersonFactory,
    made_company,
    made_person,
)

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
NEXT_YEAR = NOON + timedelta(days=365)


def jobs(person: Person) -> list[tuple[str, str, bool, date | None]]:
    rows = Employment.objects.filter(person=person).select_related("company").order_by("pk")
    return [(row.company.name, row.title, row.is_primary, row.ended_on) for row in rows]


def test_a_company_given_to_a_new_person_is_their_main_job(ann: User) -> None:
    person = made_person(ann, company=made_company(ann), job_title="CTO")

    assert jobs(person) == [("Acme", "CTO", True, None)]
    assert (str(person.company), person.job_title) == ("Acme", "CTO")


def test_moving_ends_the_old_job_and_starts_the_new(ann: User) -> None:
    acme, beta = made_company(ann), made_company(ann, name="Beta")
    person = made_person(ann, company=acme, job_title="CTO")

    services.change_employment(
        records=[person], company=beta, title="CEO", started_on=date(2026, 12, 1), actor=ann, at=NEXT_YEAR
    )

    person.refresh_from_db()
    assert jobs(person) == [("Acme", "CTO", False, date(2026, 12, 1)), ("Beta", "CEO", True, None)]
    assert (person.company, person.job_title) == (beta, "CEO")
    change = Event.objects.get(name="person.updated").data["changes"]["company"]
    assert (change["old_text"], change["new_text"]) == ("Acme", "Beta")


def test_a_new_company_in_the_form_means_that_they_moved(ann: User) -> None:
    acme, beta = made_company(ann), made_company(ann, name="Beta")
    person = made_person(ann, company=acme, job_title="CTO")

    PersonService().update([person], {"company": beta}, actor=ann, at=NEXT_YEAR)

    assert jobs(person) == [("Acme", "CTO", False, NEXT_YEAR.date()), ("Beta", "", True, None)]


def test_a_slip_put_right_at_once_leaves_no_trace(ann: User) -> None:
    acme, beta = made_company(ann), made_company(ann, name="Beta")
    person = made_person(ann, company=acme, job_title="CTO")

    PersonService().update([person], {"company": beta}, actor=ann, at=NOON + timedelta(minutes=5))

    assert jobs(person) == [("Beta", "CTO", True, None)]


def test_a_move_taken_back_leaves_the_old_job_as_it_was(ann: User) -> None:
    acme, beta = made_company(ann), made_company(ann, name="Beta")
    person = made_person(ann, company=acme, job_title="CTO")

    PersonService().update([person], {"company": beta}, actor=ann, at=NEXT_YEAR)
    PersonService().update([person], {"company": acme, "job_title": "CTO"}, actor=ann, at=NEXT_YEAR)

    assert jobs(person) == [("Acme", "CTO", True, None)]


def test_leaving_taken_back_opens_the_job_again(ann: User) -> None:
    acme = made_company(ann)
    person = made_person(ann, company=acme, job_title="CTO")

    services.leave_company(records=[person], actor=ann, at=NEXT_YEAR)
    PersonService().update([person], {"company": acme, "job_title": "CTO"}, actor=ann, at=NEXT_YEAR)

    assert jobs(person) == [("Acme", "CTO", True, None)]


def test_a_second_job_leaves_the_main_one(ann: User) -> None:
    acme, beta = made_company(ann), made_company(ann, name="Beta")
    person = made_person(ann, company=acme)

    services.add_employment(records=[person], company=beta, title="Adviser", actor=ann, at=NEXT_YEAR)

    person.refresh_from_db()
    assert jobs(person) == [("Acme", "", True, None), ("Beta", "Adviser", False, None)]
    assert person.company == acme
    assert "employments" in Event.objects.get(name="person.updated").data["changes"]


def test_leaving_the_main_job_makes_the_other_one_main(ann: User) -> None:
    acme, beta = made_company(ann), made_company(ann, name="Beta")
    person = made_person(ann, company=acme, job_title="CTO")
    services.add_employment(records=[person], company=beta, title="Adviser", actor=ann, at=NOON)

    services.leave_company(records=[person], actor=ann, at=NEXT_YEAR)

    person.refresh_from_db()
    assert (person.company, person.job_title) == (beta, "Adviser")


def test_leaving_the_only_job_leaves_no_company(ann: User) -> None:
    person = made_person(ann, company=made_company(ann), job_title="CTO")

    services.leave_company(records=[person], on=date(2026, 5, 1), actor=ann, at=NEXT_YEAR)

    person.refresh_from_db()
    assert (person.company, person.job_title) == (None, "")
    assert jobs(person) == [("Acme", "CTO", False, date(2026, 5, 1))]


def test_nobody_leaves_tomorrow(ann: User) -> None:
    person = made_person(ann, company=made_company(ann))

    with pytest.raises(RecordErrors) as refused:
        services.leave_company(records=[person], on=date(2030, 1, 1), actor=ann, at=NEXT_YEAR)

    assert refused.value.errors["on"][0].code == "future"


def test_a_job_can_be_corrected_and_taken_out(ann: User) -> None:
    person = made_person(ann, company=made_company(ann), job_title="CTO")
    job = Employment.objects.get()

    services.edit_employment(employment=job, title="CEO", started_on=date(2020, 1, 1), actor=ann, at=NOON)
    person.refresh_from_db()
    assert person.job_title == "CEO"

    services.remove_employment(employment=Employment.objects.get(), actor=ann, at=NOON)
    person.refresh_from_db()
    assert person.company is None


def test_the_first_day_comes_before_the_last(ann: User) -> None:
    made_person(ann, company=made_company(ann))
    job = Employment.objects.get()

    with pytest.raises(RecordErrors):
        services.edit_employment(
            employment=job, started_on=date(2026, 1, 2), ended_on=date(2026, 1, 1), actor=ann, at=NOON
        )


def test_a_job_title_needs_no_company(ann: User) -> None:
    person = made_person(ann, job_title="Freelancer")

    assert person.job_title == "Freelancer"
    assert not Employment.objects.exists()


def test_the_database_keeps_one_main_job(db: None) -> None:
    person = PersonFactory()
    EmploymentFactory(person=person)

    with pytest.raises(IntegrityError), transaction.atomic():
        EmploymentFactory(person=person)
    with pytest.raises(IntegrityError), transaction.atomic():
        EmploymentFactory(person=PersonFactory(), ended_on=date(2026, 1, 1))


def test_what_people_did_since_they_joined_is_linked_to_the_company(ann: User) -> None:
    person = made_person(ann)
    company = made_company(ann, name="Beta")
    job = EmploymentFactory(person=person, company=company, started_on=date(2026, 3, 1))

    linked = services.link_past_events([job.pk])

    assert linked == 1
    assert services.link_past_events([job.pk]) == 0
    assert EventLink.objects.filter(type_id=2, record_id=company.pk).count() == 2


def test_people_are_found_by_the_new_name_of_their_company(ann: User) -> None:
    company = CompanyFactory(name="Newname")
    PersonFactory(company=company)

    assert services.reindex_people([company.pk]) == 1
