"""Views of a list: each person's tabs, what is shared and by whom, copies, deletion and its undo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.messages import get_messages

from crm.records.models import SavedView
from tests.factories.contacts import made_company
from tests.factories.identity import builtin_role

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LIST, VIEWS = "/contacts/companies/", "/saved-views/companies/"
COMPANIES = 2


def view(owner: User | None, name: str = "Partners", **values: Any) -> SavedView:
    values.setdefault("query", "kind=partner")
    return SavedView.objects.create(type_id=COMPANIES, owner=owner, name=name, **values)


def body(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture(autouse=True)
def _house(ann: User) -> None:
    made_company(name="Acme", owner=ann, kind="partner")
    made_company(name="Bolt", owner=ann, kind="customer")


@pytest.fixture
def client(ann: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(ann)


def test_a_changed_view_offers_to_save_and_to_save_as(client: Client, ann: User) -> None:
    kept = view(ann)

    page = body(client.get(LIST, {"view": kept.pk, "kind": "customer"}))

    assert "Changed, not saved" in page
    assert "Save as" in page
    assert "Bolt" in page


def test_another_ones_view_is_saved_under_a_name_of_ones_own(client: Client, bob: User) -> None:
    kept = view(bob, is_shared=True)

    page = body(client.get(LIST, {"view": kept.pk, "kind": "customer"}))

    assert "Save as" in page
    assert client.post(f"{VIEWS}{kept.pk}/", {"state": "kind=customer"}).status_code == 403


def test_a_private_view_of_another_is_not_there(client: Client, bob: User) -> None:
    kept = view(bob)

    assert client.get(f"{VIEWS}{kept.pk}/").status_code == 404


def test_a_rep_keeps_views_for_themself_only(client: Client) -> None:
    asked = body(client.get(VIEWS))
    client.post(VIEWS, {"name": "Mine", "state": "kind=partner", "is_shared": "on"})

    assert "Show it to everybody" not in asked
    assert not SavedView.objects.get(name="Mine").is_shared


def test_who_leads_others_may_share(boss: User, ann: User, client_for: Callable[[User], Client]) -> None:
    client_for(boss).post(
        VIEWS, {"name": "For all", "state": "kind=partner", "is_shared": "on", "is_pinned": "on"}
    )

    page = body(client_for(ann).get(LIST))

    assert "For all" in page


def test_a_role_opens_its_view_first(
    root: User, client: Client, client_for: Callable[[User], Client]
) -> None:
    role = builtin_role("sales_rep")
    client_for(root).post(VIEWS, {"name": "Reps", "state": "kind=partner", "role": role.pk})

    page = body(client.get(LIST))

    assert "Acme" in page
    assert "Bolt" not in page


def test_ones_own_choice_opens_before_that_of_the_role(client: Client, ann: User) -> None:
    view(None, name="Reps", role=builtin_role("sales_rep"), is_default=True)
    own = view(ann, name="Customers", query="kind=customer")

    client.post(f"{VIEWS}{own.pk}/", {"first": "1"})

    assert "Bolt" in body(client.get(LIST))
    assert "Acme" not in body(client.get(LIST))


def test_everything_may_be_what_opens_first(client: Client) -> None:
    kept = view(None, name="Reps", role=builtin_role("sales_rep"), is_default=True)

    client.post(f"{VIEWS}{kept.pk}/", {"first": "1"})

    assert "Bolt" in body(client.get(LIST))


def test_tabs_are_pinned_and_ordered_by_each_person(
    client: Client, ann: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    one, two = view(None, "One", is_shared=True), view(None, "Two", is_shared=True)

    client.post(f"{VIEWS}{two.pk}/", {"up": "1"})
    client.post(f"{VIEWS}{one.pk}/", {"unpin": "1"})

    page, other = body(client.get(f"{VIEWS}all/")), body(client_for(bob).get(f"{VIEWS}all/"))
    assert page.index("Two") < page.index("One")
    assert other.index("One") < other.index("Two")
    assert 'name="pin"' in page
    assert 'name="pin"' not in other


def test_a_copy_is_ones_own(client: Client, ann: User, bob: User) -> None:
    kept = view(bob, is_shared=True)

    client.post(f"{VIEWS}{kept.pk}/", {"copy": "1"})
    client.post(f"{VIEWS}{kept.pk}/", {"copy": "1"})

    names = set(SavedView.objects.filter(owner=ann).values_list("name", flat=True))
    assert names == {"Partners, copy", "Partners, copy 2"}


def test_a_deleted_view_comes_back_as_it_was(client: Client, ann: User) -> None:
    kept = view(ann, is_pinned=False)

    answer = client.post(f"{VIEWS}{kept.pk}/", {"delete": "1"})
    undo = next(str(one.extra_tags) for one in get_messages(answer.wsgi_request))
    was_there = SavedView.objects.filter(pk=kept.pk).exists()
    client.post(undo)

    back = SavedView.objects.get(pk=kept.pk)
    assert not was_there
    assert (back.name, back.query, back.owner, back.is_pinned) == ("Partners", "kind=partner", ann, False)


def test_nobody_brings_back_what_was_not_deleted(client: Client) -> None:
    assert client.post(f"{VIEWS}restore/?kept=rubbish").status_code == 404


def test_two_views_of_one_name_are_refused(client: Client, ann: User) -> None:
    view(ann)

    answer = client.post(VIEWS, {"name": "Partners", "state": ""})

    assert answer.status_code == 422
    assert "You have a view of this name already." in body(answer)


def test_a_list_that_says_too_much_is_not_cut(client: Client) -> None:
    where = json.dumps({"filter": "city", "value": ["x" * 9000]})

    answer = client.post(VIEWS, {"name": "Long", "state": f"where={where}"})

    assert answer.status_code == 422
    assert not SavedView.objects.filter(name="Long").exists()


def test_the_page_of_views_says_what_each_shows(client: Client, ann: User) -> None:
    where = json.dumps({"related": "deals", "which": "none"})
    view(ann, query=f"where={where}&owner=me")

    page = body(client.get(f"{VIEWS}all/"))

    assert "with no deal" in page
    assert "Owner: me" in page
