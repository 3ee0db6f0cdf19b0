"""A browser that acts for a person of the cast, on a server of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

PASSWORD = "correct horse battery"
#: Importing thousands of rows happens inside the request here, there being no worker.
PATIENCE = 60_000


class Visitor:
    """One person in front of one browser window."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        page.set_default_timeout(PATIENCE)

    def sign_in(self, user: Any) -> Visitor:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        self.page.context.clear_cookies()
        self.go("/accounts/login/")
        self.page.fill("[name=login]", user.username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.locator("form button[type=submit], form button.btn-primary").first.click()
        self.page.wait_for_url(lambda url: "/accounts/login" not in url)
        return self

    def go(self, path: str) -> Visitor:
        self.page.goto(f"{self.base}{path}")
        self.page.wait_for_load_state("networkidle")
        return self

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(state="visible")


@pytest.fixture
def visitor(page: Page, live_server: Any) -> Visitor:
    return Visitor(page, live_server.url)


@pytest.fixture
def people(transactional_db: None) -> Callable[..., Any]:
    """Make users on a base that the server sees too."""
    from tests.factories.identity import person

    return person
