"""The nightly picture of the open pipeline."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from crm.records import due
from crm.records.models import DueRow
from sales import snapshots
from sales.models import DealSnapshot
from sales.services import DealService
from sales.tasks import snapshot
from tests.factories.sales import NOON, changed, made_deal, stage

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)


def test_the_first_night_keeps_every_open_deal() -> None:
    deal = made_deal(amount=Decimal(50))
    made_deal(stage="Won")

    assert snapshots.take_snapshot(MONDAY) == 1

    row = DealSnapshot.objects.get()
    assert (row.deal, row.base_minor, row.probability, row.valid_to) == (deal, 5_000, 10, None)


def test_a_night_without_changes_writes_nothing() -> None:
    made_deal()
    snapshots.take_snapshot(MONDAY)

    assert snapshots.take_snapshot(TUESDAY) == 0
    assert DealSnapshot.objects.count() == 1


def test_a_changed_value_begins_a_new_row() -> None:
    deal = made_deal(amount=Decimal(50))
    snapshots.take_snapshot(MONDAY)
    changed(deal, amount=Decimal(80))

    snapshots.take_snapshot(WEDNESDAY)

    rows = DealSnapshot.objects.order_by("valid_from").values_list("valid_from", "valid_to", "base_minor")
    assert list(rows) == [(MONDAY, WEDNESDAY, 5_000), (WEDNESDAY, None, 8_000)]


def test_what_is_not_watched_begins_none() -> None:
    deal = made_deal()
    snapshots.take_snapshot(MONDAY)
    changed(deal, next_step="Call")

    assert snapshots.take_snapshot(TUESDAY) == 0


def test_a_closed_or_deleted_deal_leaves_the_picture() -> None:
    won, binned = made_deal(), made_deal()
    snapshots.take_snapshot(MONDAY)
    changed(won, stage=stage("Won"))
    DealService().delete([binned], actor=None, at=NOON)

    snapshots.take_snapshot(TUESDAY)

    assert snapshots.open_on(MONDAY).count() == 2
    assert snapshots.open_on(TUESDAY).count() == 0


def test_a_second_run_for_the_day_corrects_the_first() -> None:
    deal = made_deal(amount=Decimal(50))
    snapshots.take_snapshot(MONDAY)
    changed(deal, amount=Decimal(60))

    snapshots.take_snapshot(MONDAY)

    assert DealSnapshot.objects.get().base_minor == 6_000


def test_the_row_due_after_midnight_is_of_the_day_before() -> None:
    made_deal()
    row = DueRow(kind="deal_snapshot", key="daily", due_at=datetime(2026, 3, 3, 0, 10, tzinfo=UTC))

    snapshot(row)

    assert DealSnapshot.objects.get().valid_from == MONDAY


def test_the_snapshot_is_due_every_night() -> None:
    due.plan_daily(NOON)

    row = DueRow.objects.get(kind="deal_snapshot")
    assert row.due_at == datetime(2026, 3, 3, 0, 10, tzinfo=UTC)
