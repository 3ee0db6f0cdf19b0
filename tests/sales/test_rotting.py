"""Which deals are neglected: by the last real touch, unless something is planned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from crm.records import events
from sales.models import Deal
from sales.selectors import nothing_planned, rotting
from tests.factories.sales import NOON, changed, made_deal, refreshed, stage

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db

#: Deals in Proposal rot after 14 days.
LATER = NOON + timedelta(days=15)


@pytest.fixture
def deal() -> Deal:
    found = stage("Proposal")
    found.required_fields = []
    found.save()
    return made_deal(stage="Proposal")


def is_rotting(deal: Deal) -> bool:
    """Ask the list's condition and the record itself; they have to agree."""
    listed = Deal.objects.filter(rotting(LATER)).filter(pk=deal.pk).exists()
    assert listed == refreshed(deal).is_rotting(LATER)
    return listed


def test_an_untouched_deal_rots(deal: Deal) -> None:
    assert is_rotting(deal)


def test_a_deal_touched_in_time_does_not(deal: Deal, ann: User) -> None:
    events.emit("call.logged", record=deal, actor=ann, at=NOON + timedelta(days=10))

    assert not is_rotting(deal)


def test_a_field_changed_is_no_touch(deal: Deal) -> None:
    changed(deal, at=NOON + timedelta(days=10), next_step="Call")

    assert is_rotting(deal)


def test_a_new_stage_is_a_touch(deal: Deal) -> None:
    changed(deal, at=NOON + timedelta(days=10), stage=stage("Engaging"))

    assert not is_rotting(deal)


def test_an_activity_planned_ahead_stops_the_clock(deal: Deal) -> None:
    Deal.objects.filter(pk=deal.pk).update(next_due_at=LATER + timedelta(days=1))

    assert not is_rotting(deal)


def test_an_overdue_activity_does_not(deal: Deal) -> None:
    Deal.objects.filter(pk=deal.pk).update(next_due_at=LATER - timedelta(days=1))

    assert is_rotting(deal)


def test_a_stage_without_days_never_rots(deal: Deal) -> None:
    deal.stage.rot_days = None
    deal.stage.save()

    assert not is_rotting(deal)


def test_a_closed_deal_does_not_rot(deal: Deal) -> None:
    changed(deal, stage=stage("Won"))

    assert not is_rotting(deal)


def test_nothing_planned_counts_open_deals_only(deal: Deal) -> None:
    made_deal(stage="Won")

    assert list(Deal.objects.filter(nothing_planned())) == [deal]
