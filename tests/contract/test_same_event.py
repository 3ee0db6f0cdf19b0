"""A change gives the same event whether it came by the page, REST or the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from crm.records import registry
from crm.records.models import Event, EventLink
from crm.ui.declaration import views_of
from tests.contract.htmlforms import form_with
from tests.contract.samples import make

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db

#: type → (field, new value)
CHANGES = {
    "people": ("last_name", "Changed"),
    "companies": ("name", "Changed"),
    "products": ("name", "Changed"),
    "deals": ("name", "Changed"),
}


def by_page(client: Client, record: Any, field: str, value: str) -> None:
    address = views_of(record).url("edit", record.pk)
    form = form_with(client.get(address), field)
    response = client.post(address, {**form, field: value})
    assert response.status_code in (302, 303), response.content.decode()[:3000]


def by_rest(client: Client, record: Any, field: str, value: str) -> None:
    address = f"/api/v1/{record.record_type.slug}/{record.pk}/"
    response = client.patch(address, {field: value}, content_type="application/json")
    assert response.status_code == 200, response.content


def by_admin(client: Client, record: Any, field: str, value: str) -> None:
    address = reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])
    form = form_with(client.get(address), field)
    response = client.post(address, {**form, field: value})
    assert response.status_code in (302, 303), response.content.decode()[:3000]


DOORS: dict[str, Callable[..., None]] = {"page": by_page, "rest": by_rest, "admin": by_admin}


#: Administrators correct deals and products; people and companies have their pages.
PAIRS = [
    (door, slug)
    for door in sorted(DOORS)
    for slug in sorted(CHANGES)
    if door != "admin" or slug in ("deals", "products")
]


@pytest.mark.parametrize(("door", "slug"), PAIRS)
def test_a_change_is_told_alike(slug: str, door: str, root: User, client_for: Any) -> None:
    field, value = CHANGES[slug]
    record = make(registry.by_slug(slug), owner=root)
    before = Event.objects.count()

    DOORS[door](client_for(root), record, field, value)

    record.refresh_from_db()
    assert getattr(record, field) == value
    assert record.version == 2
    event = Event.objects.order_by("-pk").first()
    assert Event.objects.count() == before + 1
    assert event is not None
    assert (event.name, event.via, event.actor) == (f"{record._meta.model_name}.updated", door, root)
    assert event.data["changes"][field]["new"] == value
    assert EventLink.objects.filter(event_id=event.pk, record_id=record.pk).exists()
