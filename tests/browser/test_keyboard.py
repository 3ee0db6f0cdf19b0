"""The list and the board, worked by keyboard alone: no step of these touches the mouse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.factories.contacts import made_person
from tests.factories.sales import made_deal, needs, refreshed, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def ann(people: Callable[..., Any]) -> Any:
    return people("ann", role="sales_rep", full_name="Ann North")


def test_a_list_is_walked_ticked_and_opened(visitor: Visitor, ann: Any) -> None:
    for name in ("Adams", "Baker", "Clark"):
        made_person(ann, last_name=name)
    visitor.sign_in(ann).go("/contacts/people/")
    keys = visitor.page.keyboard

    for key in "jxjx":
        keys.press(key)
    visitor.sees("2 selected")
    keys.press("Escape")
    visitor.page.locator("#bulk").wait_for(state="hidden")
    keys.press("k")
    keys.press("p")
    visitor.page.locator("#panel").get_by_text("Adams").first.wait_for()
    keys.press("j")
    visitor.page.locator("#panel").get_by_text("Baker").first.wait_for()
    keys.press("o")

    visitor.page.wait_for_url(re.compile(r"/contacts/people/\d+/$"))
    assert "Baker" in visitor.page.locator("h1").inner_text()


def test_a_person_is_made_without_a_mouse(visitor: Visitor, ann: Any) -> None:
    visitor.sign_in(ann).go("/")
    keys = visitor.page.keyboard

    keys.press("g")
    keys.press("p")
    visitor.page.wait_for_url("**/contacts/people/")
    visitor.page.wait_for_load_state("networkidle")
    keys.press("c")
    visitor.page.locator("#panel [name=first_name]:focus").wait_for()
    keys.type("Dora")
    keys.press("Tab")
    keys.type("Evans")
    keys.press("Enter")

    visitor.sees("Dora Evans created.")


def test_keys_are_listed_and_search_is_one_key_away(visitor: Visitor, ann: Any) -> None:
    person = made_person(ann, first_name="Fiona", last_name="Grant")
    visitor.sign_in(ann).go("/")
    keys = visitor.page.keyboard

    keys.press("?")
    visitor.sees("Next row, previous row")
    keys.press("Escape")
    keys.press("/")
    keys.type("fion")
    visitor.page.locator("[role=option]", has_text="Fiona Grant").first.wait_for()
    keys.press("Enter")

    visitor.page.wait_for_url(f"**{person.get_absolute_url()}")


def test_a_card_is_carried_to_the_next_stage_and_put_back(visitor: Visitor, ann: Any) -> None:
    deal = made_deal(actor=ann, name="Crane", stage=stage("Prospecting"), owner=ann)
    visitor.sign_in(ann).go("/sales/deals/board/")
    keys = visitor.page.keyboard

    take(visitor.page, deal)
    keys.press("ArrowRight")
    keys.press("Escape")
    assert column_of(visitor.page, deal) == "Prospecting"
    assert refreshed(deal).stage == stage("Prospecting")
    take(visitor.page, deal)
    keys.press("ArrowRight")
    keys.press("Space")

    visitor.sees("Crane: Engaging.")
    assert column_of(visitor.page, deal) == "Engaging"
    assert refreshed(deal).stage == stage("Engaging")


def test_what_a_stage_requires_is_typed_in_place(visitor: Visitor, ann: Any) -> None:
    needs("Engaging", "next_step")
    deal = made_deal(actor=ann, name="Crane", stage=stage("Prospecting"), owner=ann)
    visitor.sign_in(ann).go("/sales/deals/board/")
    keys = visitor.page.keyboard

    take(visitor.page, deal)
    keys.press("ArrowRight")
    keys.press("Space")
    visitor.page.locator("dialog[open] [name=next_step]:focus").wait_for()
    keys.type("Send the offer")
    keys.press("Enter")

    visitor.sees("Crane: Engaging.")
    assert refreshed(deal).next_step == "Send the offer"
    assert refreshed(deal).stage == stage("Engaging")


def take(page: Page, deal: Any) -> None:
    """Go to a card as Tab does, and lift it."""
    card = page.locator(f".board-card[data-id='{deal.pk}']")
    card.wait_for()
    card.focus()
    page.keyboard.press("Space")


def column_of(page: Page, deal: Any) -> str:
    column = page.locator(".board-column", has=page.locator(f".board-card[data-id='{deal.pk}']"))
    column.wait_for()
    return column.locator("h2").first.inner_text().split("\n")[0].rstrip(" 0123456789")
