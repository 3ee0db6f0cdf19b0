"""From a deal to a paid invoice: lines by keyboard, approval, the customer in a second browser, the money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from sales import setup
from sales.models import Invoice, Quote
from tests.factories.identity import TeamFactory
from tests.factories.quotes import limit, product, seen
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


def test_from_a_deal_to_a_paid_invoice(
    visitor: Visitor, people: Callable[..., Any], browser: Browser, live_server: Any
) -> None:
    setup.ensure_defaults()
    north = TeamFactory(name="North")
    ann = people("ann", role="sales_rep", team=north, full_name="Ann North")
    boss = people("boss", role="sales_manager", team=north, lead=True, full_name="Bea Boss")
    limit("sales_rep", 10)
    product("Lamp", 100)
    deal = made_deal(actor=ann, name="Acme lamps")

    visitor.sign_in(ann)
    visitor.go(f"/sales/deals/{deal.pk}/")
    write_lines(visitor.page)
    assert seen(deal).amount == Decimal("350.00")

    visitor.go(f"/sales/deals/{deal.pk}/")
    visitor.page.get_by_role("button", name="New quote with these lines").click()
    visitor.page.wait_for_url("**/sales/quotes/*/")
    quote = Quote.objects.get()
    option_and_discount(visitor.page)
    visitor.page.reload()
    visitor.page.get_by_role("button", name="Ask for approval").click()
    visitor.page.fill("#dialog [name=reason]", "A big customer")
    visitor.page.locator("#dialog button.btn-primary").click()
    visitor.sees("Asked.")

    visitor.sign_in(boss)
    visitor.go(f"/sales/quotes/{quote.pk}/")
    visitor.page.get_by_role("button", name="Approve").click()
    visitor.page.locator("#dialog button.btn-primary").click()
    visitor.sees("Approved.")

    visitor.sign_in(ann)
    visitor.go(f"/sales/quotes/{quote.pk}/")
    visitor.page.get_by_role("button", name="Open to the customer").click()
    visitor.sees("The customer's link is open.")

    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    customer = context.new_page()
    customer.set_default_timeout(60_000)
    room = f"{live_server.url}/q/{quote.family.token}/"
    ask_and_accept(customer, room)

    assert (seen(quote).status, seen(deal).status) == ("accepted", "won")
    assert seen(deal).amount == seen(quote).total == Decimal("280.00")

    visitor.go(f"/sales/quotes/{quote.pk}/")
    visitor.sees("Is it blue?")
    visitor.page.get_by_role("button", name="Make the order").click()
    visitor.page.wait_for_url("**/sales/orders/*/")
    visitor.page.get_by_role("button", name="Make the invoice").click()
    visitor.page.wait_for_url("**/sales/invoices/*/")

    customer.goto(room)
    customer.get_by_role("button", name="Pay").click()
    customer.get_by_role("button", name="Pay").click()
    customer.wait_for_url(f"{room}*")
    context.close()
    assert Invoice.objects.get().status == "paid"


def write_lines(page: Page) -> None:
    """Type two lines: one of the catalogue, one of one's own."""
    name = page.locator("line-editor [data-f=name]").first
    name.wait_for()
    name.press_sequentially("Lam")
    page.locator(".product-list li").first.wait_for()
    name.press("ArrowDown")
    name.press("Enter")
    quantity = page.locator("line-editor [data-f=quantity]").first
    quantity.fill("3")
    quantity.press("Enter")
    own = page.locator("line-editor [data-f=name]").nth(1)
    own.fill("Work")
    page.locator("line-editor [data-f=price]").nth(1).fill("50")
    page.locator("line-editor .line-total", has_text="350").wait_for()
    with page.expect_response(lambda answer: "/lines/save/" in answer.url):
        page.keyboard.press("Control+s")
    page.get_by_text("Saved").first.wait_for()


def option_and_discount(page: Page) -> None:
    """Make the second line an option, and give a fifth off on all."""
    page.locator("line-editor [data-f=is_optional]").nth(1).check()
    page.locator("line-editor [data-discount]").fill("20")
    page.locator("line-editor .line-total", has_text="240").wait_for()
    with page.expect_response(lambda answer: "/lines/save/" in answer.url):
        page.locator("line-editor [data-save]").click()
    page.get_by_text("Saved").first.wait_for()


def ask_and_accept(page: Page, room: str) -> None:
    """Act as the customer: ask about a line, tick the option, accept."""
    page.goto(room)
    line = page.locator(".room-line").first
    line.locator("summary").click()
    line.locator("[name=name]").fill("Carl")
    line.locator("[name=text]").fill("Is it blue?")
    line.locator("form button").click()
    page.get_by_text("Is it blue?").wait_for()
    page.locator("[name=take]").check()
    page.locator(".room-bar [data-total]", has_text="280").wait_for()
    page.locator("#answer [name=name]").first.fill("Carl Customer")
    page.locator("#answer .room-form button.btn-primary").click()
    page.get_by_text("by Carl Customer").wait_for()
