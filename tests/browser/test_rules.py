"""A lead makes a rule in the browser; a rep moves a deal; the task is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crm.automation import engine, index
from crm.automation.models import Rule
from crm.records import dispatch
from crm.timeline.models import Activity
from tests.factories.identity import TeamFactory
from tests.factories.sales import made_deal, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser
#: Chooses a value of a combobox, or makes it, once its control stands there.
WHEN_BUILT = """(select, value) => new Promise((done) => {
  const choose = () => {
    const box = select.tomselect;
    if (!box) return setTimeout(choose, 30);
    box.options[value] ? box.addItem(value) : box.createItem(value);
    done();
  };
  choose();
})"""


def test_a_lead_makes_a_rule_and_the_task_appears(visitor: Visitor, people: Callable[..., Any]) -> None:
    north = TeamFactory(name="North")
    ann = people("ann", role="sales_rep", team=north, full_name="Ann North")
    mia = people("mia", role="sales_manager", team=north, lead=True, full_name="Mia Lead")
    deal = made_deal(actor=ann, name="Acme licence", stage="Prospecting")
    engaging = stage("Engaging")

    visitor.sign_in(mia)
    visitor.go("/settings/automation/rules/new/")
    build(visitor.page, str(engaging.pk))
    visitor.sees("Saved and switched on.")
    rule = Rule.objects.get()
    assert (rule.is_on, rule.author, rule.team) == (True, mia, north)
    assert [step["step"] for step in rule.steps] == ["tag", "plan"]

    index.forget()
    visitor.sign_in(ann)
    visitor.go(f"/sales/deals/{deal.pk}/")
    with visitor.page.expect_response(lambda answer: "/stage/" in answer.url):
        visitor.page.get_by_role("navigation", name="Stage").get_by_role("button", name="Engaging").click()
    while dispatch.fan_out() or dispatch.deliver() or engine.run_waiting():
        pass

    assert Activity.objects.get(kind="task").owner == ann
    visitor.go(f"/sales/deals/{deal.pk}/")
    visitor.sees("Prepare the demo")
    visitor.sign_in(mia)
    visitor.go("/settings/automation/log/")
    visitor.sees("Planned “Prepare the demo” for Ann North")


def build(page: Page, engaging: str) -> None:
    """Say: when the stage changes to Engaging, plan a task; then put a tag first, by the keyboard."""
    page.fill("#rule-name", "Demo after the first talk")
    page.select_option("#rule-trigger", "changed")
    choose(page, "when-fields", "stage")
    choose(page, "when-to", engaging)
    page.select_option("#add-step", "plan")
    page.locator("[name$='-subject']").fill("Prepare the demo")
    page.select_option("#add-step", "tag")
    tag = page.locator("select[name$='-add'][multiple]")
    tag.wait_for(state="attached")
    tag.evaluate(WHEN_BUILT, "warm")
    handle = page.get_by_role("button", name="Move the step “Add or remove tags” with the arrow keys")
    handle.focus()
    handle.press("ArrowUp")
    page.get_by_text("plan: task “Prepare the demo”").first.wait_for()
    page.get_by_role("button", name="Save and switch on").click()


def choose(page: Page, name: str, value: str) -> None:
    select = page.locator(f"select[name='{name}']")
    select.wait_for(state="attached")
    select.evaluate(WHEN_BUILT, value)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
