"""The pages on which an administrator makes fields: tried, ordered, deleted, brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Company
from crm.records.customfields import known
from crm.records.fields import fields_of
from crm.records.models import CustomField, Event
from tests.factories.contacts import made_company
from tests.factories.customfields import made_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
PAGES = "/admin/records/customfield/"
ADD = f"{PAGES}add/?type=companies"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(root: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(root)


def body(response: Any) -> str:
    return str(response.content.decode())


def test_only_administrators_come_in(ann: User, client_for: Callable[[User], Client]) -> None:
    client = client_for(ann)

    client.post(ADD, {"kind": "text", "label": "Mine", "is_active": "1"})

    assert [client.get(url, follow=True).status_code for url in (PAGES, ADD)] == [403, 403]
    assert not CustomField.objects.exists()


def test_a_field_made_here_is_in_the_form_at_once(
    client: Client, ann: User, client_for: Callable[[User], Client]
) -> None:
    client.post(
        ADD,
        {
            "kind": "choice",
            "label": "Customer tier",
            "label_ru": "Уровень",
            "choices-0-key": "",
            "choices-0-label": "Gold",
            "choices-0-color": "hue-4",
            "choices-1-key": "",
            "choices-1-label": "Silver",
            "shown_when-0-field": "kind",
            "shown_when-0-op": "is",
            "shown_when-0-value": "customer",
            "is_active": "1",
            "is_sortable": "1",
        },
    )

    row = CustomField.objects.get()
    assert (row.key, row.type_id, row.is_sortable) == ("customer_tier", 2, True)
    assert [one["key"] for one in row.choices] == ["gold", "silver"]
    assert row.shown_when["rules"] == [{"field": "kind", "op": "is", "value": "customer"}]
    page = body(client_for(ann).get("/contacts/companies/new/"))
    assert 'name="cf_customer_tier"' in page


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client: Client) -> None:
    answer = client.post(
        ADD, {"kind": "money", "label": "Budget", "help": "Per year", "is_active": "1"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "Choose the currency of the amounts." in body(answer)
    assert "Per year" in body(answer)


def test_another_kind_draws_the_form_anew(client: Client) -> None:
    data = {"kind": "choice", "label": "Tier", "redraw": "1"}

    page = body(client.post(ADD, data, headers=HTMX))

    assert 'name="choices-0-label"' in page
    assert 'value="Tier"' in page
    assert not CustomField.objects.exists()


def test_a_condition_asks_for_a_value_of_its_field(client: Client) -> None:
    data = {"kind": "text", "label": "Tier", "add_rule": "shown_when", "redraw": "1"}
    first = body(client.post(ADD, data, headers=HTMX))

    data = {
        "kind": "text",
        "label": "Tier",
        "shown_when-0-field": "kind",
        "shown_when-0-op": "any_of",
        "redraw": "1",
    }
    page = body(client.post(ADD, data, headers=HTMX))

    assert 'name="shown_when-0-field"' in first
    assert '<option value="customer">' in page


def test_the_preview_shows_both_languages(client: Client) -> None:
    data = {
        "kind": "choice",
        "label": "Tier",
        "label_ru": "Уровень",
        "choices-0-label": "Gold",
        "choices-0-label_ru": "Золото",
        "part": "preview",
    }

    page = body(client.post(ADD, data, headers=HTMX))

    assert all(word in page for word in ("Tier", "Уровень", "Gold", "Золото"))


def test_the_form_of_a_field_saved_untouched_changes_nothing(client: Client) -> None:
    made_field(Company, "choice", key="tier", label="Tier", default="gold", is_sortable=True)
    row = CustomField.objects.get()
    before = Event.objects.count()
    data: dict[str, Any] = {"kind": "choice", "label": "Tier", "is_active": "1", "is_sortable": "1"}
    data |= {"default": "gold"}
    for number, one in enumerate(row.choices):
        data |= {f"choices-{number}-{name}": value for name, value in one.items()}

    client.post(f"{PAGES}{row.pk}/change/", data)

    assert Event.objects.count() == before


def test_the_list_shows_the_fields_of_one_type(client: Client) -> None:
    made_field(Company, "text", key="code", label="Customer code")

    companies, people = (body(client.get(PAGES, {"type": slug})) for slug in ("companies", "people"))

    assert "Customer code" in companies
    assert "Customer code" not in people


def test_rows_dragged_keep_their_order(client: Client) -> None:
    for key in ("a", "b"):
        made_field(Company, "text", key=key, label=key.upper() * 3)

    client.post(f"{PAGES}order/?type=companies", {"key": ["b", "a"]}, headers=HTMX)

    assert list(known.made_of(Company)) == ["cf_b", "cf_a"]


def test_a_field_is_deleted_and_brought_back(client: Client) -> None:
    row = made_field(Company, "text", key="code", label="Customer code")
    made_company(cf_code="A-1")

    client.post(f"{PAGES}{row.pk}/delete/")
    page = body(client.get(PAGES, {"type": "companies"}))
    gone = "cf_code" not in fields_of(Company)
    client.post(f"{PAGES}{row.pk}/restore/")

    assert gone
    assert "values are kept for" in page
    assert fields_of(Company)["cf_code"].value(Company.objects.get()) == "A-1"


def test_an_administrator_adds_a_field_from_a_record_s_form(client: Client) -> None:
    form = body(client.get("/contacts/companies/new/"))
    panel = body(client.get(f"{ADD}&panel=1", headers=HTMX))
    done = client.post(
        f"{ADD}&panel=1", {"kind": "text", "label": "Nickname", "is_active": "1"}, headers=HTMX
    )
    added = body(client.get("/contacts/companies/new/?fields_after=0", headers=HTMX))

    assert "Add a field to this form" in form
    assert "New field for companies" in panel
    assert (done.status_code, "fieldAdded" in done.headers["HX-Trigger"]) == (204, True)
    assert 'name="cf_nickname"' in added
    assert 'name="name"' not in added


def test_others_are_not_offered_to_add_fields(ann: User, client_for: Callable[[User], Client]) -> None:
    page = body(client_for(ann).get("/contacts/companies/new/"))

    assert "Add a field to this form" not in page
