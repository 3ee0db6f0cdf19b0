"""Tags by mouse and keyboard: put on in place, on many at once with undo, and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Person
from tests.factories.contacts import made_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
PEOPLE = "/contacts/people/"


def tags_of(*people: Any) -> list[list[str]]:
    return [Person.objects.get(pk=one.pk).tags for one in people]


def test_put_on_one_then_on_many_and_found(visitor: Visitor, people: Callable[..., Any]) -> None:
    ann = people("ann", role="sales_rep")
    first, *others = (made_person(ann, last_name=name) for name in ("Adams", "Baker", "Clark"))
    page = visitor.sign_in(ann).go(f"{PEOPLE}{first.pk}/").page

    fact = page.locator(".fact", has=page.locator("dt", has_text="Tags")).locator("inline-edit")
    fact.hover()
    fact.locator(".edit-pencil").click()
    page.locator("inline-edit .ts-control input").wait_for()
    page.keyboard.type("VIP")
    page.keyboard.press("Enter")
    with page.expect_response("**/cell/tags/**"):
        page.keyboard.press("Control+Enter")
    one = tags_of(first)

    visitor.go(PEOPLE)
    for row in ("Baker", "Clark"):
        page.locator("tr", has_text=row).locator("[name=ids]").check()
    page.click("#bulk [value=tag]")
    page.locator("#dialog .ts-control input").wait_for()
    page.locator("#dialog .ts-control").click()
    page.keyboard.type("vi")
    page.locator("#dialog .option", has_text="VIP").click()
    page.locator("#dialog .btn-primary").click()
    visitor.sees("2 records changed")
    many = tags_of(*others)
    visitor.go(f"{PEOPLE}?tags=VIP")
    found = page.locator("tbody .row-link").all_inner_texts()

    assert one == [["VIP"]]
    assert many == [["VIP"], ["VIP"]]
    assert found == ["Adams", "Baker", "Clark"]


def test_many_are_tagged_and_it_is_undone_by_the_toast(visitor: Visitor, people: Callable[..., Any]) -> None:
    ann = people("ann", role="sales_rep")
    both = [made_person(ann, last_name=name, tags=["old"]) for name in ("Adams", "Baker")]
    page = visitor.sign_in(ann).go(PEOPLE).page

    page.locator("[data-check-all]").check()
    page.click("#bulk [value=tag]")
    page.locator("#dialog .ts-control").click()
    page.keyboard.type("fair")
    page.locator("#dialog .create").click()
    page.locator("#dialog .item", has_text="fair").wait_for()
    page.locator("#dialog .btn-primary").click()
    visitor.sees("2 records changed")
    tagged = tags_of(*both)
    page.locator("toast-stack").get_by_text("Undo").click()
    page.locator("toast-stack").get_by_text("2 records changed").wait_for(state="detached")
    page.wait_for_load_state("networkidle")

    assert tagged == [["old", "fair"]] * 2
    assert tags_of(*both) == [["old"]] * 2
