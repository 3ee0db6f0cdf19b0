"""An administrator makes a choice with a condition; ann fills it in at once, filters and sorts by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Person
from crm.identity.models import Team
from tests.factories.contacts import made_person

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
CHOICE = "[name=cf_preferred_channel]"


def make_the_field(visitor: Visitor) -> None:
    page = visitor.go("/admin/records/customfield/add/?type=people").page
    page.click(".choice-card:has([value=choice])")
    page.fill("[name='choices-0-label']", "Mail")
    page.fill("[name='choices-1-label']", "Phone")
    page.fill("#cf-label", "Preferred channel")
    page.locator(".rule-rows").first.get_by_text("Add a condition").click()
    page.select_option("[name='shown_when-0-field']", "do_not_contact")
    page.wait_for_selector("select[name='shown_when-0-value']")
    page.select_option("[name='shown_when-0-value']", "no")
    page.check("#cf-is_sortable")
    page.wait_for_selector("#field-preview >> text=Preferred channel")
    page.click(".form-foot .btn-primary")
    visitor.sees("cf_preferred_channel")


def test_made_filled_filtered_and_sorted(visitor: Visitor, people: Callable[..., Any]) -> None:
    root = people("root", is_superuser=True, is_staff=True)
    ann = people("ann", role="sales_rep", team=Team.objects.create(name="North"))
    first, second = (made_person(actor=ann, name=name) for name in ("Anna Lee", "Boris Orlov"))
    visitor.sign_in(root)
    make_the_field(visitor)

    visitor.sign_in(ann)
    page = visitor.go(f"/contacts/people/{first.pk}/edit/").page
    page.check("[name=do_not_contact]")
    page.locator(CHOICE).wait_for(state="hidden")
    page.uncheck("[name=do_not_contact]")
    page.select_option(CHOICE, "phone")
    page.click("main .form-foot .btn-primary")
    page.wait_for_url(f"**/contacts/people/{first.pk}/")
    visitor.go(f"/contacts/people/{second.pk}/edit/").page.select_option(CHOICE, "mail")
    page.click("main .form-foot .btn-primary")
    page.wait_for_url(f"**/contacts/people/{second.pk}/")

    visitor.go("/contacts/people/?cols=name,cf_preferred_channel&cf_preferred_channel=phone")
    filtered = page.locator("tbody tr .row-link").all_inner_texts()
    visitor.go("/contacts/people/?cols=name,cf_preferred_channel")
    page.get_by_role("link", name="Preferred channel").click()
    page.wait_for_url("**sort=cf_preferred_channel**")
    page.wait_for_load_state("networkidle")
    ordered = page.locator("tbody tr .row-link").all_inner_texts()

    assert filtered == ["Anna Lee"]
    assert ordered == ["Boris Orlov", "Anna Lee"]
    assert Person.objects.get(pk=first.pk).custom == {"preferred_channel": "phone"}
