"""From the list of duplicates to one record, and back to two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts import sameness
from contacts.models import Person
from tests.factories.contacts import made_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


def test_from_the_list_to_one_record_and_back(visitor: Visitor, people: Callable[..., Any]) -> None:
    root = people("root", is_superuser=True, is_staff=True, full_name="Root")
    old = made_person(root, name="Зюзюкин Пётр", email="petr@acme.com", phone="+7 495 123-45-67")
    new = made_person(root, name="Petr Zyuzyukin", email="p.z@beta.com", phone="+7 495 123-45-67")
    sameness.drain()
    visitor.sign_in(root)
    page = visitor.page

    visitor.go("/contacts/duplicates/")
    visitor.sees("Same phone, same name")
    page.get_by_role("link", name="Compare and merge").click()
    page.locator(f"input[name=survivor][value='{old.pk}']").check()
    page.locator(f"input[name=value-email][value='{new.pk}']").check()
    page.get_by_role("button", name="Merge").click()
    page.wait_for_url(f"**/contacts/people/{old.pk}/")
    visitor.sees("p.z@beta.com")

    visitor.go(f"/contacts/people/{new.pk}/")
    assert page.url.endswith(f"/contacts/people/{old.pk}/")
    visitor.sees("was merged into this record")

    page.get_by_role("button", name="More", exact=True).first.click()
    page.get_by_role("button", name="History of changes").click()
    page.get_by_role("link", name="Split again").click()
    page.get_by_role("button", name="Split").click()
    page.wait_for_url(f"**/contacts/people/{old.pk}/")
    visitor.sees("petr@acme.com")
    assert Person.objects.count() == 2
