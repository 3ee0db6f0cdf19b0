"""Key pages, in both themes, have no serious or critical barrier that axe can find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories.contacts import EmploymentFactory, made_company, made_person
from tests.factories.sales import made_deal, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
GRAVE = {"serious", "critical"}
PAGES = (
    "/",
    "/today/",
    "/contacts/people/",
    "{person}",
    "{person}edit/",
    "{company}",
    "/sales/deals/",
    "/sales/deals/board/",
    "{deal}",
    "/search/?q=crane",
    "/import/new/people/",
    "/settings/look/",
    "/settings/automation/",
    "/settings/automation/rules/new/?example=sales.won",
    "/admin/identity/user/",
    "/admin/sales/pipeline/{pipeline}/change/",
    "/admin/sales/deal/{number}/change/",
)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_grave_stands_in_the_way(visitor: Visitor, people: Callable[..., Any], theme: Any) -> None:
    root = people("root", is_superuser=True, is_staff=True, full_name="Root", theme=theme)
    records = few_records(root)
    places = {name: record.get_absolute_url() for name, record in records.items()}
    places |= {"pipeline": records["deal"].pipeline_id, "number": records["deal"].pk}
    visitor.sign_in(root)

    found = []
    for page in PAGES:
        visitor.go(page.format(**places))
        found += [f"{page} {one}" for one in barriers(visitor.page)]

    assert found == []


def few_records(actor: Any) -> dict[str, Any]:
    """Make a person at a company with an open deal: enough for every part of the pages to show."""
    company = made_company(actor, name="Crane Works", tags=["fair"])
    person = made_person(actor, first_name="Fiona", last_name="Grant", email="fiona@crane.example")
    EmploymentFactory(person=person, company=company, title="Buyer")
    deal = made_deal(
        actor=actor, name="Crane", stage=stage("Engaging"), owner=actor, company=company, person=person
    )
    return {"person": person, "company": company, "deal": deal}


def barriers(page: Page) -> list[str]:
    """Return the grave findings on a page: rule and the first element that breaks it."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations if one["impact"] in GRAVE]
