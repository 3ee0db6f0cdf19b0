"""The stays of a deal in its stages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crm.records import journal
from crm.records.models import Event, EventLink, Job
from sales.models import Deal, StageChange
from sales.services import DealService
from tests.factories.contacts import CompanyFactory
from tests.factories.sales import NOON, changed, made_deal, reason, refreshed, stage

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def stays(deal: Deal) -> list[tuple[str, int | None]]:
    rows = StageChange.objects.filter(deal=deal).order_by("entered_at", "pk").select_related("to_stage")
    return [(row.to_stage.name, row.seconds) for row in rows]


def test_each_move_ends_a_stay_and_begins_one() -> None:
    deal = made_deal()

    changed(deal, at=NOON + timedelta(hours=2), stage=stage("Engaging"))
    changed(deal, at=NOON + timedelta(hours=5), stage=stage("Won"))

    assert stays(deal) == [("Prospecting", 7_200), ("Engaging", 10_800), ("Won", None)]


def test_a_stay_tells_who_moved_the_deal_and_by_which_door(ann: User) -> None:
    deal = made_deal(actor=ann)

    DealService().update([deal], {"stage": stage("Engaging")}, actor=ann, at=NOON, via="board")

    row = StageChange.objects.get(to_stage=stage("Engaging"))
    assert (row.actor, row.via, row.from_stage) == (ann, "board", stage("Prospecting"))


def test_other_changes_write_no_stay() -> None:
    deal = changed(made_deal(), next_step="Call")

    assert stays(deal) == [("Prospecting", None)]


def test_an_imported_deal_brings_its_past() -> None:
    company = CompanyFactory()
    deal = made_deal(
        via="import",
        company=company,
        stage="Won",
        opened_on=date(2016, 10, 20),
        closed_at=datetime(2017, 3, 1, tzinfo=UTC),
    )

    assert deal.stage_entered_at.date() == date(2017, 3, 1)
    assert StageChange.objects.get().entered_at == deal.stage_entered_at
    won = Event.objects.get(name="deal.won")
    assert won.at.date() == date(2017, 3, 1)
    assert EventLink.objects.filter(event_id=won.pk, type_id=2, record_id=company.pk).exists()


def test_an_imported_open_deal_entered_its_stage_when_it_was_opened() -> None:
    deal = made_deal(via="import", stage="Engaging", opened_on=date(2016, 11, 3))

    assert deal.stage_entered_at.date() == date(2016, 11, 3)
    assert refreshed(deal).last_touch_at.date() == date(2016, 11, 3)


def test_correcting_the_closing_day_corrects_the_stay() -> None:
    deal = changed(made_deal(), at=NOON + timedelta(days=9), stage=stage("Won"))

    deal = changed(deal, at=NOON + timedelta(days=9), closed_at=datetime(2026, 3, 5, 9, 0, tzinfo=UTC))

    assert StageChange.objects.get(left_at=None).entered_at == deal.closed_at


def test_undo_of_a_bulk_move_restores_stages_probabilities_and_stays(root: User) -> None:
    deals = [made_deal(), made_deal(stage="Engaging")]
    before = [(deal.stage_id, deal.probability, deal.stage_entered_at) for deal in deals]
    job = Job.objects.create(kind="bulk_edit", actor=root, title="Move")
    changes = {"stage": stage("Lost"), "lost_reason": reason()}
    DealService().update(deals, changes, actor=root, at=NOON + timedelta(days=2), via="bulk", job=job)

    result = journal.undo(job=job, actor=root, at=NOON + timedelta(days=3))

    after = [(deal.stage_id, deal.probability, deal.stage_entered_at) for deal in Deal.objects.order_by("pk")]
    assert after == before
    assert result.kept == []
    assert [stays(deal) for deal in deals] == [[("Prospecting", None)], [("Engaging", None)]]
