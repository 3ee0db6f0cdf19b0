"""The page of one record: seen, made, changed, changed by two at once, deleted, restored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Company
from crm.identity.models import FieldRule, Grant, Role
from crm.records.models import Event, Search
from sales.services import put_person
from tests.factories.contacts import CompanyFactory, made_company, made_person
from tests.factories.identity import rights_changed
from tests.factories.sales import NOON, made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LIST = "/contacts/companies/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(ann: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(ann)


@pytest.fixture
def company(ann: User) -> Company:
    return made_company(actor=ann, name="Acme", employees=5, description="Old words")


def body(response: Any) -> str:
    return str(response.content.decode())


def typed(company: Company, **values: Any) -> dict[str, Any]:
    """Return what the full form sends: as the company was when it was opened, with some values changed."""
    known = {
        "name": company.name,
        "kind": company.kind,
        "employees": company.employees or "",
        "description": company.description,
        "owner": company.owner_id,
        "team": company.team_id,
        "seen_version": company.version,
    }
    return known | values


class TestPage:
    def test_it_shows_what_is_known(self, client: Client, company: Company) -> None:
        page = body(client.get(f"{LIST}{company.pk}/"))

        assert "Acme" in page
        assert "Old words" in page

    def test_a_hidden_record_is_not_there(self, client: Client, bob: User) -> None:
        deal = made_deal(actor=bob)

        assert client.get(f"/sales/deals/{deal.pk}/").status_code == 404

    def test_a_merged_record_leads_to_the_survivor(self, client: Client, company: Company, ann: User) -> None:
        gone = CompanyFactory(
            owner=ann, merged_into_id=company.pk, deleted_at=company.created_at, name="Acme Inc"
        )

        response = client.get(f"{LIST}{gone.pk}/")

        assert response.status_code == 301
        assert response["Location"] == f"{LIST}{company.pk}/"

    def test_a_hidden_field_is_no_fact(self, client: Client, company: Company) -> None:
        role = Role.objects.get(key="sales_rep")
        FieldRule.objects.create(
            role=role, record_type="contacts.company", field="description", level="hidden"
        )
        rights_changed()

        for url in (f"{LIST}{company.pk}/", f"{LIST}{company.pk}/preview/", f"{LIST}{company.pk}/edit/"):
            assert "Old words" not in body(client.get(url))

    def test_history_tells_old_and_new(self, client: Client, company: Company) -> None:
        client.post(f"{LIST}{company.pk}/edit/", typed(company, description="New words"))

        page = body(client.get(f"{LIST}{company.pk}/history/"))

        assert "Old words" in page
        assert "New words" in page
        assert "Ann North" in page

    @pytest.mark.parametrize("kind", ["company", "person", "deal"])
    def test_it_costs_the_same_with_two_and_twelve_relatives(
        self, client: Client, ann: User, kind: str
    ) -> None:
        company = made_company(actor=ann, name="Acme")
        person = made_person(actor=ann, company=company)
        deal = made_deal(actor=ann, company=company, person=person)
        url = {
            "company": f"{LIST}{company.pk}/",
            "person": f"/contacts/people/{person.pk}/",
            "deal": f"/sales/deals/{deal.pk}/",
        }[kind]

        def queries() -> int:
            client.get(url)
            with CaptureQueriesContext(connection) as caught:
                client.get(url)
            return len(caught)

        def more(count: int) -> None:
            for _number in range(count):
                other = made_person(actor=ann, company=company)
                put_person(deal=deal, person=other, role="", actor=ann, at=NOON)
                made_deal(actor=ann, company=company, person=person)

        more(2)
        at_two = queries()
        more(5)

        assert queries() == at_two


class TestNew:
    def test_a_record_is_made(self, client: Client, ann: User) -> None:
        response = client.post(f"{LIST}new/", {"name": "Globex", "kind": "customer", "employees": "1,200"})

        company = Company.objects.get()
        assert response["Location"] == f"{LIST}{company.pk}/"
        assert (company.name, company.employees, company.owner) == ("Globex", 1200, ann)

    def test_what_is_missing_is_told_beside_the_field_and_on_top(self, client: Client) -> None:
        response = client.post(f"{LIST}new/", {"kind": "customer", "employees": "x"})

        assert response.status_code == 422
        page = body(response)
        assert 'href="#id_name"' in page
        assert 'aria-invalid="true"' in page
        assert not Company.objects.exists()

    def test_the_short_form_closes_and_tells_the_page(self, client: Client) -> None:
        response = client.post(f"{LIST}quick/", {"name": "Globex", "kind": "customer"}, headers=HTMX)

        assert response.status_code == 204
        assert "recordCreated" in response["HX-Trigger"]
        assert Company.objects.get().name == "Globex"

    def test_the_address_fills_the_form_and_counts(self, client: Client, company: Company) -> None:
        form = client.get(f"/contacts/people/quick/?company={company.pk}", headers=HTMX)

        assert "Acme" in body(form)

    def test_somebody_elses_record_can_not_be_pointed_at(self, client: Client, bob: User) -> None:
        foreign = made_deal(actor=bob)
        hidden = made_person(actor=bob, name="Hidden One")
        response = client.post(
            "/sales/deals/new/",
            {"name": "Mine", "person": hidden.pk, "stage": foreign.stage_id, "currency": "USD"},
        )

        if not type(hidden).objects.visible_to(response.wsgi_request.user).filter(pk=hidden.pk).exists():
            assert response.status_code == 422


class TestEdit:
    def test_a_change_is_saved_and_can_be_undone(self, client: Client, company: Company) -> None:
        client.post(f"{LIST}{company.pk}/edit/", typed(company, employees="7"))

        company.refresh_from_db()
        assert (company.employees, company.version) == (7, 2)

    def test_nothing_changed_writes_nothing(self, client: Client, company: Company) -> None:
        before = Event.objects.count()

        client.post(f"{LIST}{company.pk}/edit/", typed(company))

        company.refresh_from_db()
        assert company.version == 1
        assert Event.objects.count() == before

    def test_another_field_changed_meanwhile_is_kept(
        self, client: Client, company: Company, root: User, client_for: Callable[[User], Client]
    ) -> None:
        client_for(root).post(f"{LIST}{company.pk}/edit/", typed(company, description="Root was here"))

        response = client.post(f"{LIST}{company.pk}/edit/", typed(company, employees="9"))

        company.refresh_from_db()
        assert response.status_code == 303
        assert (company.employees, company.description) == (9, "Root was here")

    def test_the_same_field_changed_by_two_asks_the_second(
        self, client: Client, company: Company, root: User, client_for: Callable[[User], Client]
    ) -> None:
        client_for(root).post(
            f"{LIST}{company.pk}/edit/", typed(company, employees="100", description="Root was here")
        )

        response = client.post(f"{LIST}{company.pk}/edit/", typed(company, employees="9"))

        company.refresh_from_db()
        page = body(response)
        assert response.status_code == 422
        assert company.employees == 100
        assert "Root changed this record while you were editing it" in page
        assert 'value="9"' in page
        assert "Root was here" in page

    @pytest.mark.parametrize(("choice", "result"), [("mine", 9), ("theirs", 100)])
    def test_the_choice_is_saved(
        self,
        client: Client,
        company: Company,
        root: User,
        client_for: Callable[[User], Client],
        choice: str,
        result: int,
    ) -> None:
        client_for(root).post(f"{LIST}{company.pk}/edit/", typed(company, employees="100"))
        current = Company.objects.get(pk=company.pk)

        client.post(
            f"{LIST}{company.pk}/edit/",
            typed(current, employees="9", **{"keep-employees": choice}),
        )

        company.refresh_from_db()
        assert company.employees == result

    def test_a_rep_may_not_edit_what_is_not_theirs(self, client: Client, bob: User) -> None:
        company = made_company(actor=bob, name="Globex")

        assert client.get(f"{LIST}{company.pk}/edit/").status_code in (403, 404)


class TestBin:
    def test_a_deleted_record_returns_from_the_bin(
        self, root: User, company: Company, client_for: Callable[[User], Client]
    ) -> None:
        client = client_for(root)

        client.post(f"{LIST}{company.pk}/delete/")
        in_bin = body(client.get("/bin/?type=companies"))
        client.post("/bin/", {"type": "companies", "ids": company.pk})

        assert "Acme" in in_bin
        assert Company.objects.filter(pk=company.pk).exists()

    def test_undo_brings_a_deleted_record_back(
        self, root: User, company: Company, client_for: Callable[[User], Client]
    ) -> None:
        client = client_for(root)
        client.post(f"{LIST}{company.pk}/delete/")
        event = Event.objects.latest("pk")

        client.post(f"/undo/{event.pk}/", headers=HTMX)

        assert Company.objects.filter(pk=company.pk).exists()

    def test_the_bin_shows_only_what_one_may_restore(
        self, bob: User, company: Company, root: User, client_for: Callable[[User], Client]
    ) -> None:
        client_for(root).post(f"{LIST}{company.pk}/delete/")

        assert "Acme" not in body(client_for(bob).get("/bin/?type=companies"))


class TestChoices:
    def test_words_find_what_one_may_choose(self, client: Client, company: Company) -> None:
        found = client.get("/choices/contacts.company/", {"q": "acm"}).json()["results"]

        assert [one["text"] for one in found] == ["Acme"]

    def test_hidden_records_are_no_choice(self, client: Client, bob: User) -> None:
        made_deal(actor=bob, name="Secret")

        assert client.get("/choices/sales.deal/", {"q": "secret"}).json()["results"] == []

    @pytest.mark.parametrize("key", ["sessions.session", "records.job", "nothing", "no.thing"])
    def test_nothing_else_is_listed(self, client: Client, key: str) -> None:
        assert client.get(f"/choices/{key}/").status_code == 404


class TestSearch:
    def test_one_field_finds_all_types(self, client: Client, ann: User, company: Company) -> None:
        made_deal(actor=ann, name="Acme licences", company=company)

        page = body(client.get("/search/", {"q": "acme"}))
        palette = body(client.get("/search/palette/", {"q": "acme"}))

        for html in (page, palette):
            assert "Acme licences" in html
            assert f"{LIST}{company.pk}/" in html

    def test_the_palette_leads_to_pages_and_actions(self, client: Client) -> None:
        palette = body(client.get("/search/palette/", {"q": "compan"}))

        assert f'href="{LIST}"' in palette
        assert f'href="{LIST}quick/"' in palette


class TestCompany:
    """Signs that one is not alone, and of where one was."""

    def test_two_people_who_edit_see_each_other(
        self, client: Client, company: Company, root: User, client_for: Callable[[User], Client]
    ) -> None:
        client_for(root).get(f"{LIST}{company.pk}/edit/")

        page = body(client.get(f"{LIST}{company.pk}/edit/"))

        assert "Root is editing this record too" in page

    def test_what_was_opened_lately_comes_first(self, client: Client, company: Company, ann: User) -> None:
        deal = made_deal(actor=ann, name="Seen deal")
        client.get(f"/sales/deals/{deal.pk}/")
        client.get(f"{LIST}{company.pk}/")

        palette = body(client.get("/search/palette/"))

        assert palette.index("Acme") < palette.index("Seen deal")

    def test_what_was_opened_and_is_hidden_now_is_not_named(
        self, client: Client, ann: User, bob: User
    ) -> None:
        deal = made_deal(actor=ann, name="Given away")
        client.get(f"/sales/deals/{deal.pk}/")
        Search.objects.update(owner_id=bob.pk, team_id=bob.primary_team.pk)  # type: ignore[union-attr]

        assert "Given away" not in body(client.get("/search/palette/"))

    def test_an_undo_that_would_be_refused_is_not_offered(self, client: Client) -> None:
        Grant.objects.filter(record_type="contacts.company", action="delete").delete()
        rights_changed()

        response = client.post(f"{LIST}quick/", {"name": "Globex", "kind": "customer"}, headers=HTMX)

        assert '"undo": ""' in response["HX-Trigger"]
