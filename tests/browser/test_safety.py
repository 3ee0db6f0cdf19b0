"""In a browser: a second factor from its picture to a recovery code, sharing, a colleague's eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.utils import timezone

from crm.identity.models import Share
from tests.browser.conftest import PASSWORD
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


def code_of(key: str, later: int = 0) -> str:
    """Return what a phone with this key shows now."""
    counter = int(timezone.now().timestamp()) // 30 + later
    return totp.format_hotp_value(totp.hotp_value(key.replace(" ", ""), counter))


def enter(visitor: Visitor, name: str) -> None:
    visitor.page.context.clear_cookies()
    visitor.go("/accounts/login/")
    visitor.page.fill("[name=login]", name)
    visitor.page.fill("[name=password]", PASSWORD)
    visitor.page.locator("form button.btn-primary").click()
    visitor.page.wait_for_url("**/factor/ask/")


def answer(visitor: Visitor, code: str) -> None:
    visitor.page.fill("[name=code]", code)
    visitor.page.locator("form button.btn-primary").click()
    visitor.page.wait_for_url(lambda url: "/factor/" not in url)


def test_a_second_factor_from_its_picture_to_a_recovery_code(
    visitor: Visitor, people: Callable[..., Any]
) -> None:
    cache.clear()
    ann, page = people("ann", role="sales_rep"), visitor.page
    visitor.sign_in(ann).go("/settings/security/")
    page.get_by_role("link", name="Set up").click()
    page.fill("[name=password]", PASSWORD)
    page.locator("form button.btn-primary").click()
    page.locator("img.qr").wait_for()
    page.get_by_text("The phone can’t read it").click()
    key = page.locator("copy-text").get_attribute("value") or ""
    page.fill("[name=code]", code_of(key))
    page.get_by_role("button", name="Set up").click()
    page.locator("[data-codes] li").first.wait_for()
    codes = page.locator("[data-codes] li").all_text_contents()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download").click()

    assert len(codes) == 10
    assert codes[0] in kept.value.path().read_text()
    enter(visitor, "ann")
    answer(visitor, code_of(key, later=1))
    enter(visitor, "ann")
    answer(visitor, codes[0])
    visitor.go("/settings/security/").sees("9 recovery codes are left")


def test_sharing_and_looking_with_the_other_ones_eyes(visitor: Visitor, people: Callable[..., Any]) -> None:
    cache.clear()
    eve, page = people("eve", full_name="Eve Outside"), visitor.page
    root = people("root", is_superuser=True, is_staff=True)
    deal = made_deal(actor=None, name="Turbine", owner=root)
    visitor.sign_in(root).go(f"/sales/deals/{deal.pk}/")

    page.get_by_role("button", name="More").first.click()
    page.get_by_text("Share…").click()
    page.select_option("#dialog [name=whom]", label="Eve Outside")
    page.fill("#dialog [name=reason]", "Helps with the offer")
    page.locator("#dialog").get_by_role("button", name="Share").click()
    page.locator(".share-list").wait_for()
    page.get_by_role("button", name="Who can see this, and why?").click()
    page.locator("#why-user").wait_for()
    page.wait_for_load_state("networkidle")
    page.select_option("#why-user", label="Eve Outside")
    page.locator(".why-yes", has_text="shared the record with Eve Outside").first.wait_for()
    page.get_by_role("link", name="See as this person").click()
    page.get_by_role("button", name="Begin").click()
    visitor.sees("You see what")

    assert Share.objects.get().user == eve
    assert page.get_by_role("button", name="Save note").count() == 0
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Save note").wait_for()
