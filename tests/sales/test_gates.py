"""One gate for every door: what a stage asks for is asked by the service that all doors use."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError

from crm.records.drafts import RecordErrors
from crm.records.models import Event
from sales.models import Deal, StageChange
from sales.services import DealService, lose_deals, move_deals, reopen_deals, win_deals
from tests.factories.sales import NOON, changed, made_deal, needs, reason, refreshed, stage

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db

DOORS = ("page", "board", "bulk", "import", "rest", "admin", "automation")


@pytest.mark.parametrize("via", DOORS)
def test_every_door_is_refused_alike(via: str, root: User) -> None:
    target = needs("Negotiation", "amount", "expected_on")
    deal = made_deal()

    with pytest.raises(RecordErrors) as refused:
        DealService().update([deal], {"stage": target}, actor=root, at=NOON, via=via)

    notes = {
        name: [(note.message, note.code) for note in found] for name, found in refused.value.errors.items()
    }
    assert notes == {
        "amount": [("The stage “Negotiation” needs: amount.", "required_by_stage")],
        "expected_on": [("The stage “Negotiation” needs: expected close.", "required_by_stage")],
    }
    assert refreshed(deal).stage == stage("Prospecting")


@pytest.mark.parametrize("via", DOORS)
def test_every_door_has_the_same_effects(via: str, root: User) -> None:
    target = needs("Proposal", "amount")
    deal = made_deal(amount=Decimal(100))

    DealService().update([deal], {"stage": target}, actor=root, at=NOON, via=via)

    deal = refreshed(deal)
    assert (deal.probability, deal.status, deal.stage_entered_at) == (60, "open", NOON)
    assert StageChange.objects.get(left_at=None).via == via
    assert Event.objects.get(name="deal.stage_changed").data["to"] == "Proposal"


def test_what_the_stage_asks_for_may_come_with_the_move(ann: User) -> None:
    target = needs("Proposal", "amount")
    deal = made_deal(actor=ann)

    move_deals(records=[deal], actor=ann, at=NOON, stage=target, amount=Decimal(5))

    assert refreshed(deal).stage == target


def test_zero_is_an_amount() -> None:
    needs("Proposal", "amount")

    assert made_deal(stage="Proposal", amount=Decimal(0)).stage.name == "Proposal"


def test_a_new_deal_passes_the_gate_too() -> None:
    needs("Proposal", "amount")

    with pytest.raises(RecordErrors) as refused:
        made_deal(stage="Proposal")

    assert refused.value.errors["amount"][0].code == "required_by_stage"


def test_the_gate_asks_on_entry_only() -> None:
    deal = made_deal(stage="Engaging")
    needs("Engaging", "amount")

    assert changed(deal, next_step="Call").next_step == "Call"


def test_losing_asks_for_a_reason() -> None:
    deal = made_deal()

    with pytest.raises(RecordErrors) as refused:
        changed(deal, stage=stage("Lost"))

    assert refused.value.errors == {"lost_reason": [("Say why the deal was lost.", "required_by_stage")]}


def test_a_lost_deal_keeps_its_reason() -> None:
    deal = made_deal(stage="Lost")

    with pytest.raises(RecordErrors):
        changed(deal, lost_reason=None)


def test_one_refused_deal_of_many_stops_the_set_or_only_itself(root: User) -> None:
    target = needs("Proposal", "amount")
    poor, rich = made_deal(), made_deal(amount=Decimal(7))
    service = DealService()

    with pytest.raises(RecordErrors):
        service.update([poor, rich], {"stage": target}, actor=root, at=NOON, via="bulk")
    drafts = service.update([poor, rich], {"stage": target}, actor=root, at=NOON, via="bulk", partial=True)

    assert [draft.outcome for draft in drafts] == ["error", "updated"]
    assert [deal.stage.name for deal in Deal.objects.order_by("pk")] == ["Prospecting", "Proposal"]


def test_winning_closes_the_deal(ann: User) -> None:
    deal = made_deal(actor=ann, amount=Decimal(100))

    win_deals(records=[deal], actor=ann, at=NOON)

    deal = refreshed(deal)
    assert (deal.status, deal.is_open, deal.probability, deal.closed_at) == ("won", False, 100, NOON)
    assert Event.objects.filter(name="deal.won").count() == 1


def test_losing_keeps_reason_and_note(ann: User) -> None:
    deal = made_deal(actor=ann)

    lose_deals(records=[deal], actor=ann, at=NOON, lost_reason=reason("Price"), lost_note="Half of ours.")

    deal = refreshed(deal)
    assert (deal.status, deal.probability, str(deal.lost_reason)) == ("lost", 0, "Price")
    assert deal.lost_note == "Half of ours."
    assert Event.objects.filter(name="deal.lost").count() == 1


def test_a_won_deal_is_not_won_twice(ann: User) -> None:
    deal = made_deal(actor=ann, stage="Won")

    with pytest.raises(ValidationError, match="is won already"):
        win_deals(records=[deal], actor=ann, at=NOON)


def test_reopening_returns_to_the_last_open_stage(ann: User) -> None:
    deal = made_deal(actor=ann, stage="Engaging")
    lose_deals(records=[deal], actor=ann, at=NOON, lost_reason=reason())

    reopen_deals(records=[refreshed(deal)], actor=ann, at=NOON)

    deal = refreshed(deal)
    assert (deal.stage.name, deal.status, deal.probability) == ("Engaging", "open", 40)
    assert (deal.closed_at, deal.lost_reason) == (None, None)
    assert Event.objects.filter(name="deal.reopened").count() == 1


def test_an_open_deal_is_not_reopened(ann: User) -> None:
    with pytest.raises(ValidationError, match="is open"):
        reopen_deals(records=[made_deal(actor=ann)], actor=ann, at=NOON)


def test_a_rep_does_not_move_the_deal_of_another_team(ann: User, bob: User) -> None:
    deal = made_deal(actor=bob)

    with pytest.raises(RecordErrors) as refused:
        move_deals(records=[deal], actor=ann, at=NOON, stage=stage("Engaging"))

    assert refused.value.is_forbidden


def test_probability_is_never_typed_in(root: User) -> None:
    with pytest.raises(RecordErrors):
        changed(made_deal(), actor=root, probability=99)


def test_a_renamed_won_stage_still_wins() -> None:
    won = stage("Won")
    won.name = "Договор подписан"
    won.save()

    deal: Any = changed(made_deal(), stage=won)

    assert (deal.status, deal.closed_at) == ("won", NOON)
