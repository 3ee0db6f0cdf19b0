"""The walk: a real pipeline from its files to a won deal, and back out again."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crm.identity.models import Membership, Team
from sales.models import Deal, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Visitor

DATA = Path(os.environ.get("SAMPLE_DATA", "../shared/data")).resolve() / "deals_maven"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.sample_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no sample data: {DATA} is not there"),
]
FILES = (
    ("companies", "accounts.csv", 85),
    ("products", "products.csv", 7),
    ("users", "sales_teams.csv", 35),
    ("deals", "sales_pipeline.csv", 8800),
)


def test_from_files_to_a_won_deal_and_back(visitor: Visitor, people: Callable[..., Any]) -> None:
    root = people("root", is_superuser=True, is_staff=True, full_name="Root")
    visitor.sign_in(root)
    for slug, name, count in FILES:
        bring(visitor, slug, name, count)
    assert Deal.objects.count() == 8800

    visitor.go("/sales/deals/board/")
    visitor.sees("1,589")

    ann = manager_of_central(people)
    visitor.sign_in(ann)
    deal = (
        Deal.objects.filter(team__parent__name="Central", stage__name="Engaging")
        .order_by("board_rank")
        .first()
    )
    assert deal is not None
    before = won_this_month(visitor)
    move_to_proposal(visitor, deal)
    call_and_plan(visitor, deal)
    win(visitor, deal)
    assert won_this_month(visitor) != before
    visitor.sees("$7,500")

    visitor.sign_in(root)
    undo_last_import(visitor)
    # What ann did since is hers: her deal stays, and the result says so.
    assert list(Deal.objects.values_list("pk", flat=True)) == [deal.pk]
    visitor.sees(deal.name)


def bring(visitor: Visitor, slug: str, name: str, count: int) -> None:
    """Import one file as the wizard guesses it: bring, map, check, import."""
    page = visitor.page
    visitor.go("/import/")
    page.locator(f"a.choice-card[href*='{slug}']").click()
    page.set_input_files("input[type=file]", DATA / name)
    page.get_by_role("button", name="Check").click()
    visitor.sees("would be created")
    assert counted(visitor) == count
    page.get_by_role("button", name=re.compile("^Import")).click()
    page.locator(".results").get_by_text("created", exact=True).wait_for()
    assert counted(visitor) == count


def counted(visitor: Visitor) -> int:
    text = visitor.page.locator(".results > div b").first.inner_text()
    return int(text.replace(",", ""))


def manager_of_central(people: Callable[..., Any]) -> Any:
    """Ann leads the office Central, and so sees the deals of the two groups below it."""
    ann = people("ann", role="sales_manager", full_name="Ann Central")
    Membership.objects.create(user=ann, team=Team.objects.get(name="Central"), is_lead=True)
    return ann


def won_this_month(visitor: Visitor) -> str:
    visitor.go("/")
    return visitor.page.locator(".tile").first.inner_text()


def move_to_proposal(visitor: Visitor, deal: Deal) -> None:
    """Drag the card; the new stage asks for what the deal lacks, in place."""
    page = visitor.page
    visitor.go(f"/sales/deals/board/?ids={deal.pk}")
    proposal = Stage.objects.get(name="Proposal")
    card = page.locator(f".board-card[data-id='{deal.pk}']")
    column = page.locator(f".board-column[data-value='{proposal.pk}'] [data-cards]")
    drag(page, card, column)
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=amount]").fill("7500")
    dialog.locator("button[type=submit], button.btn-primary").last.click()
    page.locator(f".board-column[data-value='{proposal.pk}'] .board-card[data-id='{deal.pk}']").wait_for()
    deal.refresh_from_db()
    assert deal.stage_id == proposal.pk


def drag(page: Any, card: Any, column: Any) -> None:
    start, end = card.bounding_box(), column.bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 20)
    page.mouse.down()
    for step in range(1, 11):
        share = step / 10
        page.mouse.move(
            start["x"] + 40 + (end["x"] + 60 - start["x"] - 40) * share,
            start["y"] + 20 + (end["y"] + 40 - start["y"] - 20) * share,
        )
        page.wait_for_timeout(30)
    page.mouse.up()


def call_and_plan(visitor: Visitor, deal: Deal) -> None:
    """Log a call, and plan the next one in the same form."""
    page = visitor.page
    visitor.go(deal.get_absolute_url())
    page.get_by_role("tab", name="Call").click()
    panel = page.locator("[role=tabpanel]:visible")
    panel.locator("textarea").first.fill("They take the offer.")
    panel.get_by_label("Plan the next step").check()
    panel.locator("button[type=submit], button.btn-primary").last.click()
    visitor.sees("They take the offer.")
    deal.refresh_from_db()
    assert deal.next_due_at is not None


def win(visitor: Visitor, deal: Deal) -> None:
    page = visitor.page
    visitor.go(deal.get_absolute_url())
    page.get_by_role("button", name="Won").first.click()
    page.locator("dialog[open] button.btn-primary, dialog[open] button[type=submit]").last.click()
    page.wait_for_timeout(500)
    page.wait_for_load_state("networkidle")
    deal.refresh_from_db()
    assert deal.is_won


def undo_last_import(visitor: Visitor) -> None:
    page = visitor.page
    visitor.go("/import/")
    page.get_by_role("link", name="sales_pipeline.csv").first.click()
    page.get_by_role("link", name=re.compile("Undo")).or_(
        page.get_by_role("button", name=re.compile("Undo"))
    ).first.click()
    page.get_by_role("button", name="Undo it").click()
    visitor.sees("This import was undone.")
