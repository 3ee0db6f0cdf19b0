"""Every declared type through every door, as ann, bob, the boss, eve and root.

A type is covered the moment it is declared: what a person may see is asked of their roles,
and each door must agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from crm.identity.access import access_for
from crm.records import registry, search
from crm.ui.declaration import all_views, views_of
from tests.contract.samples import ROWS, WORD, make

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db

TYPES = [one.slug for one in registry.types()]
CAST = ("ann", "bob", "boss", "eve", "root")


@pytest.fixture(params=TYPES)
def record(request: pytest.FixtureRequest, ann: User) -> Any:
    """A record of each type, ann's own."""
    return make(registry.by_slug(request.param), owner=ann, team=ann.primary_team)


@pytest.fixture(params=CAST)
def viewer(request: pytest.FixtureRequest) -> User:
    user: User = request.getfixturevalue(request.param)
    return user


@pytest.fixture
def client(viewer: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(viewer)


def may(viewer: User, record: Any, action: str = "view") -> bool:
    return access_for(viewer).can(type(record), action, record)


def opens(viewer: User, record: Any) -> bool:
    return access_for(viewer).can(type(record), "view")


def body(response: Any) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode("utf-8", "replace")


def test_every_type_has_a_sample_and_pages() -> None:
    assert set(ROWS) == set(TYPES)
    assert {one.record_type().slug for one in all_views()} == set(TYPES)


def test_list(record: Any, viewer: User, client: Client) -> None:
    response = client.get(views_of(record).url("list"))

    assert response.status_code == (200 if opens(viewer, record) else 403)
    if response.status_code == 200:
        assert (WORD in body(response)) is may(viewer, record)


def test_page(record: Any, viewer: User, client: Client) -> None:
    response = client.get(record.get_absolute_url())

    expected = 200 if may(viewer, record) else 404 if opens(viewer, record) else 403
    assert response.status_code == expected


def test_edit_page(record: Any, viewer: User, client: Client) -> None:
    response = client.get(views_of(record).url("edit", record.pk))

    if may(viewer, record, "change"):
        assert response.status_code == 200
    else:
        assert response.status_code in (403, 404)


def test_board(record: Any, viewer: User, client: Client) -> None:
    views = views_of(record)
    if views.board is None:
        pytest.skip("this type has no board")

    response = client.get(views.url("board"))

    if response.status_code == 200:
        assert (WORD in body(response)) is may(viewer, record)
    else:
        assert not opens(viewer, record)


def test_search_page(record: Any, viewer: User, client: Client) -> None:
    response = client.get("/search/", {"q": WORD[:8]})

    assert response.status_code == 200
    assert (str(record) in body(response)) is may(viewer, record)


def test_search_itself(record: Any, viewer: User) -> None:
    assert [hit.ref for hit in search.find(viewer, WORD)] == ([record.ref] if may(viewer, record) else [])


def test_export(record: Any, viewer: User, client: Client) -> None:
    response = client.get(views_of(record).url("export"), {"format": "csv"})

    if access_for(viewer).can(type(record), "export"):
        seen = may(viewer, record) and may(viewer, record, "export")
        assert (WORD in body(response)) is seen
    else:
        assert response.status_code == 403


def test_rest_list(record: Any, viewer: User, client: Client) -> None:
    response = client.get(f"/api/v1/{record.record_type.slug}/")

    assert response.status_code == (200 if opens(viewer, record) else 403)
    if response.status_code == 200:
        assert [row["id"] for row in response.json()["results"]] == (
            [record.pk] if may(viewer, record) else []
        )


def test_rest_record(record: Any, viewer: User, client: Client) -> None:
    response = client.get(f"/api/v1/{record.record_type.slug}/{record.pk}/")

    expected = 200 if may(viewer, record) else 404 if opens(viewer, record) else 403
    assert response.status_code == expected


def test_rest_write(record: Any, viewer: User, client: Client) -> None:
    response = client.patch(
        f"/api/v1/{record.record_type.slug}/{record.pk}/", {"tags": ["seen"]}, content_type="application/json"
    )

    record.refresh_from_db()
    assert (record.tags == ["seen"]) is may(viewer, record, "change")
    if not may(viewer, record, "change"):
        assert response.status_code == (403 if may(viewer, record) or not opens(viewer, record) else 404)


def test_bulk_edit(record: Any, viewer: User, client: Client) -> None:
    client.post(
        views_of(record).url("bulk"),
        {"act": "tag", "ids": record.pk, "add": "seen", "confirmed": "1", "tags": "seen"},
    )

    record.refresh_from_db()
    if not (access_for(viewer).can(type(record), "bulk") and may(viewer, record, "change")):
        assert record.tags == []


def test_guests_are_sent_to_sign_in(record: Any, client_for: Any) -> None:
    from django.test import Client as Guest

    for address in (views_of(record).url("list"), record.get_absolute_url(), reverse("admin:index")):
        response = Guest().get(address)
        assert response.status_code == 302
        assert "/accounts/login/" in response["Location"] or "/admin/login/" in response["Location"]


def test_guests_get_nothing_from_rest(record: Any) -> None:
    from django.test import Client as Guest

    assert Guest().get(f"/api/v1/{record.record_type.slug}/").status_code == 401
