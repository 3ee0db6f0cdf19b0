"""Somebody puts "companies with no won deal and no activity in 30 days" together, keeps and shares it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from tests.factories.contacts import made_company
from tests.factories.identity import TeamFactory
from tests.factories.sales import made_deal
from tests.factories.timeline import call

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
SENTENCE = re.compile(r"Companies with no deal \(Won\) and with no activity \(done in the last 30 days\)")


@pytest.fixture
def boss(people: Callable[..., Any]) -> Any:
    return people(
        "boss", role="sales_manager", team=TeamFactory(name="North"), lead=True, full_name="Bea Boss"
    )


@pytest.fixture
def ann(people: Callable[..., Any], boss: Any) -> Any:
    return people("ann", role="sales_rep", team=boss.primary_team, full_name="Ann North")


@pytest.fixture(autouse=True)
def _house(boss: Any) -> None:
    """Acme was won, Bolt was called yesterday; only Cask is forgotten."""
    now = timezone.now()
    acme, bolt, _cask = (
        made_company(boss, name=name, owner=boss, at=now) for name in ("Acme", "Bolt", "Cask")
    )
    made_deal(name="Won one", company=acme, owner=boss, stage="Won", at=now)
    call(bolt, actor=boss, at=now - timedelta(days=1))


def shows_only_cask(page: Page) -> None:
    page.locator(".chip", has_text="with no deal (Won)").wait_for()
    assert page.locator("tr[data-id] .row-link").all_inner_texts() == ["Cask"]


def test_by_clicks_then_kept_and_shared(visitor: Visitor, boss: Any, ann: Any) -> None:
    visitor.sign_in(boss).go("/contacts/companies/")
    page = visitor.page

    page.get_by_role("button", name="Conditions").click()
    page.locator("[data-what]").first.select_option(label="Deals")
    deals = page.locator(".cond-related").first
    deals.locator("[data-which]").select_option(label="with no deal")
    deals.locator(".cond-where [data-what]").select_option(label="Status")
    deals.locator("[name$='.status'] + .ts-wrapper .ts-control").click()
    page.get_by_role("option", name="Won").click()
    page.locator("condition-builder > fieldset > .cond-adds [data-add='f.']").click()
    page.locator("condition-builder > fieldset > .cond-list > .cond-leaf [data-what]").select_option(
        label="Activities"
    )
    calls = page.locator(".cond-related").nth(1)
    calls.locator("[data-which]").select_option(label="with no activity")
    calls.locator(".cond-where [data-what]").select_option(label="Done")
    calls.locator("[data-period]").select_option("last")
    page.get_by_text(SENTENCE).wait_for()
    page.get_by_role("button", name="Show", exact=True).click()
    shows_only_cask(page)

    page.get_by_role("button", name="Save as a view").click()
    page.get_by_label("Name").fill("Forgotten")
    page.get_by_label("Show it to everybody").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Forgotten").wait_for()
    visitor.sign_in(ann).go("/contacts/companies/")
    page.get_by_role("link", name="Forgotten").click()

    shows_only_cask(page)


def test_by_keyboard_alone(visitor: Visitor, boss: Any) -> None:
    visitor.sign_in(boss).go("/contacts/companies/")
    page, keys = visitor.page, visitor.page.keyboard

    page.set_default_timeout(25_000)

    def at(selector: str) -> None:
        page.locator(f"{selector}:focus").wait_for()

    def tab(times: int = 1) -> None:
        for _turn in range(times):
            keys.press("Tab")

    keys.press("f")
    at("[data-what]")
    keys.type("Deals")
    at(".cond-related > div > .cond-line [data-what]")
    tab()
    keys.type("with no")
    page.locator(".cond-where [data-what]").first.wait_for()
    tab(2)
    at(".cond-where [data-what]")
    keys.type("Statu")
    page.locator(".cond-where [name$='.status'] + .ts-wrapper").wait_for()
    at(".cond-where [data-what]")
    tab(2)
    keys.type("Won")
    page.locator(".ts-dropdown .option.active", has_text="Won").wait_for()
    keys.press("Enter")
    keys.press("Escape")
    tab(4)
    at("condition-builder > fieldset > .cond-adds [data-add='f.']")
    keys.press("Enter")
    at("condition-builder > fieldset > .cond-list > .cond-leaf [data-what]")
    keys.type("Activ")
    at(".cond-related + .cond-related [data-what]")
    tab()
    keys.type("with no")
    page.locator(".cond-related + .cond-related .cond-where [data-what]").wait_for()
    tab(2)
    keys.type("Done")
    page.locator(".cond-where [data-period]").wait_for()
    at(".cond-where [data-what]")
    tab(2)
    at("[data-period]")
    keys.type("in the last")
    tab()
    at("[data-days]")
    page.get_by_text(SENTENCE).wait_for()
    keys.press("Enter")

    shows_only_cask(page)
