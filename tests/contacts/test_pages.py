"""Pages of people and companies as a person uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contacts.models import Address, BankAccount, Company, ContactPoint, Employment, Person
from tests.factories.contacts import made_company, made_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse
    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(ann: User, client_for: Callable[[User], Client]) -> Client:
    """Ann's browser."""
    return client_for(ann)


def page(record: Any, what: str, row: int | None = None) -> str:
    name = f"contacts:{record._meta.model_name}_{what}"
    return reverse(f"{name}_row", args=[record.pk, row]) if row else reverse(name, args=[record.pk])


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_the_list_shows_people_by_surname(client: Client, ann: User) -> None:
    made_person(ann, name="Яна Ёлкина")
    made_person(ann, name="Zoe Adams", email="zoe@acme.com", company=made_company(ann))

    shown = text(client.get("/contacts/people/"))

    assert shown.index("Zoe Adams") < shown.index("Ёлкина Яна")
    assert "zoe@acme.com" in shown
    assert "Acme" in shown


def test_a_list_costs_the_same_queries_at_any_length(client: Client, root: User) -> None:
    made_company(root, name="Warm")
    client.get("/contacts/companies/")
    counts = []
    for start in (0, 2):
        for number in range(start, start * 5 + 2):
            made_company(root, name=f"C{number}", email=f"c{number}@acme.com")
        with CaptureQueriesContext(connection) as found:
            client.get("/contacts/companies/")
        counts.append(len(found))

    assert counts[0] == counts[1]


def test_the_page_of_a_person_tells_all_about_them(client: Client, ann: User) -> None:
    company = made_company(ann)
    person = made_person(
        ann, name="Anna Lee", company=company, job_title="CTO", phone="+1 212 555 0123", city="Boston"
    )

    shown = text(client.get(person.get_absolute_url()))

    for known in ("Anna Lee", "CTO", "Acme", "+1 212-555-0123", "Boston"):
        assert known in shown


def test_the_page_of_a_company_names_its_people_and_its_group(client: Client, ann: User) -> None:
    top = made_company(ann, name="Top Holding")
    company = made_company(ann, parent=top)
    made_company(ann, name="Acme North", parent=company)
    made_person(ann, name="Anna Lee", company=company, job_title="CTO")

    client.get(company.get_absolute_url())
    shown = text(client.get(f"{company.get_absolute_url()}part/people/"))
    shown += text(client.get(f"{company.get_absolute_url()}part/group/"))

    for known in ("Top Holding", "Acme North", "Anna Lee", "CTO"):
        assert known in shown


def test_a_phone_is_added_in_place(client: Client, ann: User) -> None:
    person = made_person(ann)

    form = text(client.get(page(person, "points") + "?new=1", headers=HTMX))
    saved = client.post(
        page(person, "points"), {"kind": "phone", "value": "+1 212 555 0123", "label": "work"}, headers=HTMX
    )

    assert 'name="value"' in form
    assert saved.status_code == 200
    assert "+1 212-555-0123" in text(saved)
    assert ContactPoint.objects.get(person=person).label == "work"


def test_a_wrong_email_stays_in_the_form_with_the_reason(client: Client, ann: User) -> None:
    person = made_person(ann)

    refused = client.post(page(person, "points"), {"kind": "email", "value": "anna at"}, headers=HTMX)

    assert refused.status_code == 422
    assert "is not an e-mail address" in text(refused)
    assert 'value="anna at"' in text(refused)


@pytest.mark.parametrize(
    ("do", "field", "value"),
    [("primary", "is_primary", True), ("invalid", "is_invalid", True), ("optout", "opted_out", True)],
)
def test_a_point_is_marked_by_one_click(client: Client, ann: User, do: str, field: str, value: bool) -> None:
    person = made_person(ann, emails=["a@acme.com", "b@acme.com"])
    point = ContactPoint.objects.get(value="b@acme.com")

    response = client.post(page(person, "points", point.pk), {"do": do}, headers=HTMX)

    point.refresh_from_db()
    assert response.status_code == 200
    assert getattr(point, field) is value


def test_a_point_is_edited_and_removed(client: Client, ann: User) -> None:
    person = made_person(ann, email="a@acme.com")
    url = page(person, "points", ContactPoint.objects.get().pk)

    assert 'value="a@acme.com"' in text(client.get(url, headers=HTMX))
    client.post(url, {"value": "b@acme.com", "label": ""}, headers=HTMX)
    assert ContactPoint.objects.get().value == "b@acme.com"
    client.post(url, {"do": "remove"}, headers=HTMX)
    assert not ContactPoint.objects.exists()


def test_jobs_are_added_left_and_corrected_in_place(client: Client, ann: User) -> None:
    acme, beta = made_company(ann), made_company(ann, name="Beta")
    person = made_person(ann, company=acme)

    client.post(page(person, "jobs"), {"company": beta.pk, "title": "Adviser"}, headers=HTMX)
    job = Employment.objects.get(company=beta)
    assert job.title == "Adviser"
    client.post(page(person, "jobs", job.pk), {"title": "Chair", "started_on": "2020-01-01"}, headers=HTMX)
    client.post(page(person, "jobs", job.pk), {"do": "leave"}, headers=HTMX)

    job.refresh_from_db()
    assert job.title == "Chair"
    assert job.ended_on is not None


def test_an_address_and_a_bank_account_are_added(client: Client, ann: User) -> None:
    company = made_company(ann)

    client.post(page(company, "addresses"), {"kind": "legal", "city": "Paris", "country": "FR"}, headers=HTMX)
    client.post(page(company, "accounts"), {"number": "GB82 WEST 1234 5698 7654 32"}, headers=HTMX)
    refused = client.post(page(company, "accounts"), {"number": "GB82 WEST 1234 5698 7654 33"}, headers=HTMX)

    assert Address.objects.get(company=company).city == "Paris"
    assert BankAccount.objects.get(company=company).account == "GB82WEST12345698765432"
    assert refused.status_code == 422
    assert "check digits" in text(refused)


def test_moving_to_another_company_is_an_action(client: Client, ann: User) -> None:
    acme, beta = made_company(ann), made_company(ann, name="Beta")
    person = made_person(ann, company=acme)

    client.post(
        reverse("contacts:person_action", args=[person.pk, "move"]), {"company": beta.pk, "title": "CEO"}
    )

    person.refresh_from_db()
    assert (person.company, person.job_title) == (beta, "CEO")


def test_rows_of_a_person_whom_one_may_not_change_are_closed(
    ann: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    person = made_person(ann, email="a@acme.com")
    client = client_for(bob)
    point = ContactPoint.objects.get()

    assert client.get(page(person, "points")).status_code == 200
    assert client.get(page(person, "points") + "?new=1").status_code == 403
    assert client.post(page(person, "points", point.pk), {"do": "remove"}).status_code == 403


def test_rows_of_a_hidden_person_are_not_there(
    ann: User, eve: User, client_for: Callable[[User], Client]
) -> None:
    person = made_person(ann, email="a@acme.com")
    client = client_for(eve)

    assert client.get(page(person, "points")).status_code in (403, 404)
    assert client.post(page(person, "points"), {"kind": "email", "value": "x@y.com"}).status_code in (
        403,
        404,
    )


def test_a_row_of_somebody_else_is_not_there(client: Client, ann: User) -> None:
    person = made_person(ann)
    made_person(ann, name="Other", email="a@acme.com")

    assert client.get(page(person, "points", ContactPoint.objects.get().pk)).status_code == 404


def test_the_form_warns_of_a_double(client: Client, ann: User) -> None:
    made_person(ann, name="Anna Lee", email="anna@acme.com")

    warned = text(client.get(reverse("contacts:person_duplicates"), {"email": "anna@acme.com"}))
    calm = text(client.get(reverse("contacts:person_duplicates"), {"email": "new@acme.com"}))

    assert "Anna Lee" in warned
    assert "same e-mail" in warned
    assert calm.strip() == ""


def test_a_person_is_made_by_the_form(client: Client, ann: User) -> None:
    company = made_company(ann)
    response = client.post(
        "/contacts/people/new/",
        {"first_name": "Anna", "last_name": "Lee", "email": "anna@acme.com", "company": company.pk},
    )

    person = Person.objects.get()
    assert response.status_code == 303
    assert (person.name, person.company, person.owner) == ("Anna Lee", company, ann)


def test_a_company_is_made_and_changed_by_the_form(client: Client, ann: User) -> None:
    client.post(
        "/contacts/companies/new/", {"name": "Acme", "kind": "customer", "domains": "acme.com, acme.de"}
    )
    company = Company.objects.get()
    assert company.domains == ["acme.com", "acme.de"]

    refused = client.post(
        f"/contacts/companies/{company.pk}/edit/", {"name": "Acme", "kind": "customer", "inn": "1"}
    )

    assert refused.status_code == 422
    assert "This INN is wrong" in text(refused)


def test_lists_are_narrowed_by_country_and_company(client: Client, ann: User) -> None:
    acme = made_company(ann, country="DE")
    made_company(ann, name="Beta", country="FR")
    made_person(ann, name="Anna Lee", company=acme)
    made_person(ann, name="Boris Other")

    companies = text(client.get("/contacts/companies/?country=DE"))
    people = text(client.get(f"/contacts/people/?company={acme.pk}"))

    assert "Acme" in companies
    assert "Beta" not in companies
    assert "Anna Lee" in people
    assert "Boris Other" not in people


def test_rest_lists_cost_the_same_queries_at_any_length(client: Client, ann: User) -> None:
    company = made_company(ann)
    counts = []
    for start in (0, 10):
        for number in range(start, start + 2 + start):
            made_person(ann, name=f"P {number}", email=f"p{number}@acme.com", company=company, city="Oslo")
        client.get("/api/v1/people/")
        with CaptureQueriesContext(connection) as found:
            rows = client.get("/api/v1/people/").json()["results"]
        counts.append(len(found))

    assert rows[0]["emails"] == ["p0@acme.com"]
    assert counts[0] == counts[1]
