"""A list by mouse: what is ticked stays so over pages, columns keep the width they were pulled to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.factories.contacts import made_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
PEOPLE = "/contacts/people/"


@pytest.fixture
def ann(people: Callable[..., Any]) -> Any:
    return people("ann", role="sales_rep")


def test_ticks_stay_while_pages_turn_and_go_with_other_filters(visitor: Visitor, ann: Any) -> None:
    for number in range(30):
        made_person(ann, last_name=f"Person {number:02}")
    page = visitor.sign_in(ann).go(f"{PEOPLE}?size=25").page
    box = page.locator('tr[data-id] input[name="ids"]')

    box.nth(0).check()
    page.click('.pager a[rel="next"]')
    page.get_by_text("Person 29").wait_for()
    box.nth(0).check()
    visitor.sees("2 selected")
    page.click('.pager a[rel="prev"]')
    page.locator('tr[aria-selected="true"]', has_text="Person 00").wait_for()
    page.click("#bulk [value=tag]")
    page.locator("#dialog").get_by_text("2 records").first.wait_for()
    page.keyboard.press("Escape")
    page.fill("#list-q", "Person 1")
    page.get_by_text("Person 00").wait_for(state="detached")

    assert page.locator("#bulk").is_hidden()


def test_a_column_keeps_the_width_it_was_pulled_to(visitor: Visitor, ann: Any) -> None:
    made_person(ann, last_name="Adams", job_title="Director of everything")
    page = visitor.sign_in(ann).go(PEOPLE).page
    head = page.locator('th[data-col="job_title"]')
    edge = head.locator(".col-grip").bounding_box()
    assert edge is not None

    page.mouse.move(edge["x"] + 3, edge["y"] + 5)
    page.mouse.down()
    page.mouse.move(edge["x"] + 103, edge["y"] + 5)
    with page.expect_response("**/columns/"):
        page.mouse.up()
    pulled = head.evaluate("one => one.offsetWidth")
    visitor.go(PEOPLE)
    kept = head.evaluate("one => one.offsetWidth")

    ann.refresh_from_db()
    assert abs(kept - pulled) <= 2
    assert ann.preferences["widths"]["people"]["job_title"] == pytest.approx(pulled, abs=2)
