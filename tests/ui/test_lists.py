"""The list of a type: what it shows, how it is narrowed, kept and changed in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.identity.models import FieldRule, Role
from crm.records.models import SavedView
from crm.ui.changes import own_events
from tests.factories.contacts import CompanyFactory, IndustryFactory, made_company, made_person
from tests.factories.identity import rights_changed
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from contacts.models import Company
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LIST = "/contacts/companies/"
AS_ROWS = {"HX-Request": "true", "HX-Target": "rows"}


@pytest.fixture
def client(ann: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(ann)


def mine(ann: User, **values: Any) -> Company:
    return CompanyFactory(owner=ann, team=ann.primary_team, **values)


def body(response: Any) -> str:
    return str(response.content.decode())


def test_a_rep_sees_rows_of_their_own(client: Client, ann: User, bob: User) -> None:
    mine(ann, name="Acme")
    CompanyFactory(name="Globex", owner=bob, team=bob.primary_team)

    page = body(client.get("/contacts/companies/"))

    assert "Acme" in page


@pytest.mark.parametrize("url", ["/contacts/companies/", "/sales/deals/", "/contacts/people/"])
def test_an_empty_list_teaches(client: Client, url: str) -> None:
    page = body(client.get(url))

    assert "yet" in page
    assert "new/" in page


def test_a_filter_that_fits_nothing_offers_a_way_out(client: Client, ann: User) -> None:
    mine(ann)

    page = body(client.get(LIST, {"created": "1999-01-01..1999-12-31"}))

    assert "Nothing fits" in page
    assert "Show all" in page


def test_a_filter_is_told_as_a_sentence(client: Client, ann: User) -> None:
    industry = IndustryFactory(name="Mining")
    mine(ann, name="Digger", industry=industry)
    mine(ann, name="Baker")

    page = body(client.get(LIST, {"industry": industry.pk, "owner": "me"}))

    assert "Digger" in page
    assert "Baker" not in page
    assert "Mining" in page


def test_two_boxes_become_one_value_in_the_address(client: Client, ann: User) -> None:
    response = client.get(LIST, {"employees_min": "10", "employees_max": "20", "city": ""})

    assert response.status_code == 302
    assert response["Location"].endswith("?employees=10..20")


def test_what_makes_no_sense_is_left_out(client: Client, ann: User) -> None:
    mine(ann, name="Acme")

    page = body(client.get(LIST, {"employees": "many", "created": "someday", "sort": "nothing", "size": "x"}))

    assert "Acme" in page


def test_words_find_rows(client: Client, ann: User) -> None:
    made_company(actor=ann, name="Quick Silver")
    made_company(actor=ann, name="Slow Lead")

    page = body(client.get(LIST, {"q": "silv"}))

    assert "Quick Silver" in page
    assert "Slow Lead" not in page


@pytest.mark.parametrize(("sort", "first"), [("name", "Alpha"), ("-name", "Beta"), ("-employees", "Alpha")])
def test_a_header_sorts(client: Client, ann: User, sort: str, first: str) -> None:
    mine(ann, name="Alpha", employees=9)
    mine(ann, name="Beta", employees=1)

    page = body(client.get(LIST, {"sort": sort}))

    names = sorted(("Alpha", "Beta"), key=lambda name: page.index(f'">{name}</a>'))
    assert names[0] == first


def test_pages_follow_each_other(client: Client, ann: User) -> None:
    for number in range(30):
        mine(ann, name=f"Company {number:02}")

    first = client.get(LIST, {"size": "25", "sort": "name"})
    after = first.context["links"]["next"]
    second = client.get(after, headers=AS_ROWS)

    assert "Company 24" in body(first)
    assert "Company 25" not in body(first)
    assert "Company 25" in body(second)
    assert "26–30" in body(second)
    assert "<html" not in body(second)
    assert second["HX-Push-Url"].startswith(LIST)


def test_chosen_columns_stay_chosen(client: Client, ann: User) -> None:
    mine(ann)

    response = client.post(f"{LIST}columns/", {"cols": ["name", "website", "owner"], "state": "sort=name"})
    page = client.get(LIST)

    assert response.status_code == 303
    assert "cols=name%2Cwebsite%2Cowner" in response["Location"]
    assert [head["column"].name for head in page.context["columns"]] == ["name", "website", "owner"]


def test_a_hidden_field_is_no_column(client: Client, ann: User) -> None:
    mine(ann, employees=77123)
    role = Role.objects.get(key="sales_rep")
    FieldRule.objects.create(role=role, record_type="contacts.company", field="employees", level="hidden")
    rights_changed()

    page = body(client.get(LIST, {"cols": "name,employees"}))

    assert "77,123" not in page
    assert "Employees" not in page


def test_somebody_without_rights_is_refused(eve: User, client_for: Callable[[User], Client]) -> None:
    assert client_for(eve).get(LIST).status_code == 403


class TestViews:
    """Views kept under a name."""

    def test_a_view_is_kept_and_opens(self, client: Client, ann: User) -> None:
        mine(ann, name="Acme", kind="partner")
        mine(ann, name="Globex", kind="customer")

        answer = client.post(
            "/saved-views/companies/", {"name": "Partners", "state": "kind=partner", "is_pinned": "on"}
        )
        page = body(client.get(answer["Location"]))

        assert "Partners" in page
        assert "Acme" in page
        assert "Globex" not in page

    def test_the_first_view_opens_by_itself_and_all_stays_near(self, client: Client, ann: User) -> None:
        mine(ann, name="Globex", kind="customer")
        SavedView.objects.create(type_id=2, owner=ann, name="P", query="kind=partner", is_default=True)

        assert "Globex" not in body(client.get(LIST))
        assert "Globex" in body(client.get(LIST, {"view": "all"}))

    def test_a_filter_of_a_view_can_be_taken_out(self, client: Client, ann: User) -> None:
        mine(ann, name="Globex", kind="customer")
        view = SavedView.objects.create(type_id=2, owner=ann, name="P", query="kind=partner")

        page = client.get(LIST, {"view": view.pk, "kind": ""})

        assert "Globex" in body(page)
        assert page.context["state"].is_changed

    def test_others_views_are_not_mine_to_change(
        self, client: Client, bob: User, client_for: Callable[[User], Client]
    ) -> None:
        view = SavedView.objects.create(type_id=2, owner=bob, name="B", is_shared=True)
        secret = SavedView.objects.create(type_id=2, owner=bob, name="S")

        assert client.post(f"/saved-views/companies/{view.pk}/", {"name": "X"}).status_code == 403
        assert client.get(f"/saved-views/companies/{secret.pk}/").status_code == 404
        assert "S</a>" not in body(client.get(LIST))

    def test_two_views_of_one_name_are_told_apart(self, client: Client, ann: User) -> None:
        SavedView.objects.create(type_id=2, owner=ann, name="P")

        response = client.post("/saved-views/companies/", {"name": "P", "state": ""})

        assert response.status_code == 422
        assert "already" in body(response)


class TestCells:
    """One value edited in place."""

    def url(self, company: Company, name: str = "employees") -> str:
        return f"{LIST}{company.pk}/cell/{name}/?place=row"

    def test_a_cell_is_saved(self, client: Client, ann: User) -> None:
        company = mine(ann)

        response = client.post(self.url(company), {"employees": "1 200"}, headers={"HX-Request": "true"})

        company.refresh_from_db()
        assert company.employees == 1200
        assert "1,200" in body(response)
        assert "undo" in response["HX-Trigger"]

    def test_a_wrong_value_stays_in_the_cell_with_its_reason(self, client: Client, ann: User) -> None:
        company = mine(ann)

        response = client.post(self.url(company), {"employees": "many"})

        assert response.status_code == 422
        assert "is not a number" in body(response)

    def test_undo_puts_the_old_value_back(self, client: Client, ann: User) -> None:
        company = made_company(actor=ann, name="Acme", employees=5)
        client.post(self.url(company), {"employees": "9"}, headers={"HX-Request": "true"})
        event = company_event(company)

        client.post(f"/undo/{event}/", headers={"HX-Request": "true"})

        company.refresh_from_db()
        assert company.employees == 5

    def test_undo_does_not_run_over_a_later_change(self, client: Client, ann: User) -> None:
        company = made_company(actor=ann, name="Acme", employees=5)
        client.post(self.url(company), {"employees": "9"}, headers={"HX-Request": "true"})
        event = company_event(company)
        client.post(self.url(company), {"employees": "11"}, headers={"HX-Request": "true"})

        response = client.post(f"/undo/{event}/", headers={"HX-Request": "true"})

        company.refresh_from_db()
        assert company.employees == 11
        assert "changed since" in response["HX-Trigger"]

    def test_a_read_only_field_is_not_edited(self, client: Client, ann: User) -> None:
        company = mine(ann)
        role = Role.objects.get(key="sales_rep")
        FieldRule.objects.create(
            role=role, record_type="contacts.company", field="employees", level="read_only"
        )
        rights_changed()

        assert client.get(self.url(company)).status_code == 403
        assert client.post(self.url(company), {"employees": "9"}).status_code == 403


def company_event(company: Company) -> int:
    return int(own_events(company)[0].pk)


@pytest.mark.parametrize("url", ["/contacts/companies/", "/contacts/people/", "/sales/deals/"])
def test_a_list_costs_the_same_at_two_and_twelve_rows(client: Client, ann: User, url: str) -> None:
    def queries() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        return len(caught)

    def more(count: int) -> None:
        for _number in range(count):
            company = made_company(actor=ann, name="Acme", at=timezone.now())
            made_deal(actor=ann, company=company, amount=5)
            made_person(actor=ann, company=company)

    more(2)
    at_two = queries()
    more(10)
    at_twelve = queries()

    assert at_twelve == at_two
    assert at_two <= 8
