"""The same stage asked for through each of the six doors: refused alike, with the same sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from crm.records.models import Event, Job
from sales.models import Deal, Stage, StageChange
from tests.factories.sales import made_deal, needs, reason, refreshed, stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db

SENTENCE = "The stage “Proposal” needs: amount."


@pytest.fixture
def browser(root: User, client_for: Callable[[User], Client]) -> Client:
    """A browser in which root works."""
    return client_for(root)


@pytest.fixture
def proposal() -> Stage:
    """A stage that asks for an amount."""
    return needs("Proposal", "amount")


def by_form(browser: Client, deal: Deal, target: Stage, **more: Any) -> str:
    page = browser.post(f"/sales/deals/{deal.pk}/edit/", {"name": deal.name, "stage": target.pk, **more})
    return page.content.decode()


def by_board(browser: Client, deal: Deal, target: Stage, **more: Any) -> str:
    answer = browser.post(
        "/sales/deals/board/move/",
        {"id": deal.pk, "to": target.pk, "fields": list(more), **more},
        headers={"HX-Request": "true"},
    )
    return answer.content.decode()


def by_bulk(browser: Client, deal: Deal, target: Stage, **more: Any) -> str:
    browser.post(
        "/sales/deals/bulk/",
        {"act": "edit", "do": "1", "ids": deal.pk, "field": "stage", "value": target.pk},
    )
    return json.dumps(Job.objects.latest("pk").result, ensure_ascii=False)


def by_rest(browser: Client, deal: Deal, target: Stage, **more: Any) -> str:
    answer = browser.patch(
        f"/api/v1/deals/{deal.pk}/", {"stage": target.pk, **more}, content_type="application/json"
    )
    return json.dumps(answer.json(), ensure_ascii=False)


def by_admin(browser: Client, deal: Deal, target: Stage, **more: Any) -> str:
    values = {
        "name": deal.name,
        "pipeline": deal.pipeline_id,
        "stage": target.pk,
        "currency": deal.currency,
        "seen_version": deal.version,
        **more,
    }
    page = browser.post(f"/admin/sales/deal/{deal.pk}/change/", values)
    return page.content.decode()


def by_import(browser: Client, deal: Deal, target: Stage, **more: Any) -> str:
    folder: Path = browser.folder  # type: ignore[attr-defined]
    path = folder / "deals.csv"
    names = ["name", "stage", *more]
    path.write_text(f"{','.join(names)}\n{','.join([deal.name, target.name, *map(str, more.values())])}\n")
    call_command("import_records", "deals", path, "--match", "name", "--as", "root")
    return json.dumps(Job.objects.latest("pk").result, ensure_ascii=False)


DOORS = (by_form, by_board, by_bulk, by_rest, by_admin, by_import)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_move_without_what_the_stage_needs_is_refused(
    door: Callable[..., str], browser: Client, proposal: Stage, tmp_path: Path
) -> None:
    browser.folder = tmp_path  # type: ignore[attr-defined]
    deal = made_deal(name="Lathes for Acme")

    said = door(browser, deal, proposal)

    assert refreshed(deal).stage == stage("Prospecting")
    assert "amount" in said.lower() if door is by_board else SENTENCE in said
    assert not Event.objects.filter(name="deal.stage_changed").exists()


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_move_with_what_the_stage_needs_has_the_same_effects(
    door: Callable[..., str], browser: Client, proposal: Stage, tmp_path: Path
) -> None:
    browser.folder = tmp_path  # type: ignore[attr-defined]
    deal = made_deal(name="Lathes for Acme", amount=5 if door is by_bulk else None)

    door(browser, deal, proposal, **({} if door is by_bulk else {"amount": 5}))

    deal = refreshed(deal)
    assert (deal.stage, deal.probability, deal.status) == (proposal, 60, "open")
    assert StageChange.objects.filter(deal=deal).count() == 2
    assert Event.objects.filter(name="deal.stage_changed").count() == 1


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_losing_without_a_reason_is_refused(
    door: Callable[..., str], browser: Client, tmp_path: Path
) -> None:
    browser.folder = tmp_path  # type: ignore[attr-defined]
    deal = made_deal(name="Lathes for Acme")

    door(browser, deal, stage("Lost"))

    assert refreshed(deal).is_open


def test_the_board_asks_for_what_is_missing_in_place(browser: Client, proposal: Stage) -> None:
    said = by_board(browser, made_deal(), proposal)

    assert 'name="amount"' in said


def test_the_form_asks_for_the_reason_of_a_loss_in_place(browser: Client) -> None:
    deal = made_deal()

    said = by_form(browser, deal, stage("Lost"))

    assert 'name="lost_reason"' in said
    assert "Say why the deal was lost." in said


def test_the_stage_bar_moves_at_once_where_nothing_is_missing(browser: Client) -> None:
    deal = made_deal()

    browser.post(f"/sales/deals/{deal.pk}/stage/{stage('Engaging').pk}/")

    assert refreshed(deal).stage == stage("Engaging")


def test_the_stage_bar_asks_where_something_is_missing(browser: Client, proposal: Stage) -> None:
    deal = made_deal()
    address = f"/sales/deals/{deal.pk}/stage/{proposal.pk}/"

    asked = browser.post(address).content.decode()
    browser.post(address, {"asked": "1", "amount": "1,200.50"})

    assert 'name="amount"' in asked
    assert str(refreshed(deal).amount) == "1200.50"
    assert refreshed(deal).stage == proposal


def test_a_program_wins_a_deal_without_naming_the_day(browser: Client) -> None:
    deal = made_deal()

    answer = browser.post(f"/api/v1/deals/{deal.pk}/win/", {}, content_type="application/json")

    assert answer.status_code == 200, answer.content
    assert refreshed(deal).is_won


def test_a_program_that_loses_a_deal_names_a_reason(browser: Client) -> None:
    deal = made_deal()

    answer = browser.post(f"/api/v1/deals/{deal.pk}/lose/", {}, content_type="application/json")

    assert answer.status_code == 400
    assert "lost_reason" in answer.json()["errors"]


def test_a_new_lost_deal_of_a_file_without_reasons_is_not_recorded(root: User, tmp_path: Path) -> None:
    reason("Not recorded")
    path = tmp_path / "old.csv"
    path.write_text("name,stage,close date\nOld one,Lost,2025-05-06\n")

    call_command("import_records", "deals", path, "--as", "root")

    deal = Deal.objects.get()
    assert (str(deal.lost_reason), deal.lost_reason.counted) == ("Not recorded", False)
