"""A change can be taken back from the history of its record, by who may change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.services import CompanyService
from crm.identity.models import FieldRule
from crm.timeline.services.verbs import log_call
from tests.factories.contacts import NOON, made_company
from tests.factories.identity import rights_changed

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def company(ann: User) -> Any:
    """A company of ann's whose city and description she changed in one go."""
    made = made_company(name="Acme", website="https://old.example.com", description="Old", owner=ann)
    return changed(made, ann, website="https://new.example.com", description="New")


def changed(company: Any, actor: User, **values: Any) -> Any:
    CompanyService().update([company], values, actor=actor, at=NOON)
    company.refresh_from_db()
    return company


def history(client: Any, company: Any) -> str:
    return str(client.get(f"/contacts/companies/{company.pk}/history/", headers=HTMX).content.decode())


def undo_address(html: str, place: int = 0) -> str:
    return html.split('hx-post="')[1 + place].split('"')[0]


def test_a_change_is_undone_from_the_history(client_for: Any, ann: User, company: Any) -> None:
    client = client_for(ann)

    client.post(undo_address(history(client, company)), headers=HTMX)

    company.refresh_from_db()
    assert (company.website, company.description) == ("https://old.example.com", "Old")


def test_what_was_changed_since_stays_and_is_told(client_for: Any, ann: User, company: Any) -> None:
    changed(company, ann, description="Newer")
    client = client_for(ann)

    answer = client.post(undo_address(history(client, company), 1), headers=HTMX)

    company.refresh_from_db()
    assert (company.website, company.description) == ("https://old.example.com", "Newer")
    assert "Undone, except what was changed since: description." in answer.headers["HX-Trigger"]


def test_a_manager_takes_back_what_a_rep_changed(client_for: Any, boss: User, company: Any) -> None:
    client = client_for(boss)

    client.post(undo_address(history(client, company)), headers=HTMX)

    company.refresh_from_db()
    assert company.description == "Old"


def test_who_may_not_change_the_record_is_not_offered_it(
    client_for: Any, bob: User, ann: User, company: Any
) -> None:
    address = undo_address(history(client_for(ann), company))
    client = client_for(bob)

    assert "Undo this change" not in history(client, company)
    assert client.post(address, headers=HTMX).status_code == 403


def test_a_field_that_one_may_only_read_is_not_undone(client_for: Any, ann: User, company: Any) -> None:
    FieldRule.objects.create(
        role=ann.roles.get(), record_type="contacts.company", field="description", level="read_only"
    )
    rights_changed()

    assert "Undo this change" not in history(client_for(ann), company)


def test_a_call_is_no_change_of_the_record(client_for: Any, ann: User, company: Any) -> None:
    before = history(client_for(ann), company).count("<li")

    log_call(records=[company], actor=ann, at=NOON, subject="Asked for a price")

    assert history(client_for(ann), company).count("<li") == before > 0
