"""The figures of home: definitions, the viewer's rights, and lists that hold exactly their rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.urls import resolve

from crm.records import registry
from crm.timeline.services import log_call
from crm.ui.states import ListState
from reports.home import whose_of
from reports.lens import Lens
from reports.metrics import activity, sales
from reports.metrics.figures import wilson
from sales.models import Deal, LostReason, Stage

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


def deal(owner: User, stage: str, amount: int | None = 100, **values: Any) -> Deal:
    row = {
        "name": "A deal",
        "owner": owner,
        "stage": Stage.objects.get(name=stage),
        "amount": None if amount is None else Decimal(amount),
        **values,
    }
    if stage == "Lost":
        row.setdefault("lost_reason", LostReason.objects.filter(counted=True).order_by("pk").first())
    made: Deal = registry.service_for(Deal).create([row], actor=None, at=NOW)[0].record
    return made


def lens(user: User, period: str = "this_month", whose: str = "all") -> Lens:
    return Lens(user=user, at=NOW, period_name=period, whose=whose)


def rows_behind(address: str, user: User) -> int:
    """Count the rows of the list that a figure opens."""
    parts = urlsplit(address)
    views = resolve(parts.path).func.view_initkwargs["views"]  # type: ignore[attr-defined]
    return ListState(views, user, QueryDict(parts.query), NOW).list_query().count()


def test_win_rate_leaves_open_deals_out(root: User) -> None:
    deal(root, "Won")
    deal(root, "Lost")
    deal(root, "Lost")
    deal(root, "Engaging")

    rate = sales.win_rate(lens(root))

    assert rate.value == pytest.approx(1 / 3)
    assert rate.interval == pytest.approx(wilson(1, 3))
    assert rows_behind(rate.rows, root) == rate.count == 3


def test_nothing_closed_is_no_data(root: User) -> None:
    deal(root, "Engaging")

    assert sales.won_value(lens(root)).is_empty
    assert sales.win_rate(lens(root)).is_empty
    assert sales.median_won(lens(root)).is_empty
    assert sales.cycle_days(lens(root)).is_empty


def test_won_is_set_against_the_month_before(root: User) -> None:
    deal(root, "Won", 300)
    deal(root, "Won", 200, closed_at=NOW - timedelta(days=30))

    won = sales.won_value(lens(root))

    assert (won.value, won.before, won.count) == (30000, 20000, 1)
    assert rows_behind(won.rows, root) == 1


def test_the_median_beside_the_mean(root: User) -> None:
    for amount in (10, 20, 90):
        deal(root, "Won", amount)

    assert sales.average_won(lens(root)).value == pytest.approx(4000)
    assert sales.median_won(lens(root)).value == pytest.approx(2000)


def test_the_cycle_runs_from_opening_to_winning(root: User) -> None:
    deal(root, "Won", opened_on=date(2026, 10, 16), closed_at=NOW)

    assert sales.cycle_days(lens(root)).value == 31


def test_the_open_pipeline_opens_its_deals(root: User) -> None:
    deal(root, "Prospecting", 100)
    deal(root, "Engaging", 50)
    deal(root, "Engaging", 70)

    bars = {bar.label: bar for bar in sales.open_by_stage(lens(root))}

    assert (bars["Engaging"].count, bars["Engaging"].value) == (2, 12000)
    assert rows_behind(bars["Engaging"].rows, root) == 2


def test_weighted_sums_stand_in_their_months(root: User) -> None:
    deal(root, "Engaging", 100, expected_on=date(2026, 11, 30))
    deal(root, "Engaging", 200, expected_on=date(2026, 12, 1))
    deal(root, "Engaging", 999)

    months = sales.weighted_by_month(lens(root))

    assert [bar.value for bar in months] == [4000, 8000, 0]
    assert [rows_behind(bar.rows, root) for bar in months] == [1, 1, 0]
    assert sales.undated(lens(root)).count == 1


def test_not_recorded_is_no_reason(root: User) -> None:
    deal(root, "Lost", lost_reason=LostReason.objects.get(counted=False))
    deal(root, "Lost", lost_reason=LostReason.objects.get(counted=False))
    deal(root, "Lost")

    bars = sales.lost_reasons(lens(root))

    assert [bar.facts["is_counted"] for bar in bars] == [True, False]
    assert [rows_behind(bar.rows, root) for bar in bars] == [1, 2]


def test_neglected_deals_are_quiet_and_have_no_plan(root: User) -> None:
    quiet = deal(root, "Engaging")
    deal(root, "Engaging")
    Deal.objects.filter(pk=quiet.pk).update(last_touch_at=NOW - timedelta(days=20))

    neglected = sales.neglected(lens(root))

    assert neglected.value == 1
    assert rows_behind(neglected.rows, root) == 1


def test_calls_are_counted_by_person(ann: User) -> None:
    log_call(records=[deal(ann, "Engaging")], actor=ann, at=NOW)

    bars = activity.calls_and_meetings(lens(ann))

    assert [(bar.label, bar.facts["calls"]) for bar in bars] == [("Ann North", 1)]
    assert rows_behind(bars[0].rows, ann) == 1


def test_figures_obey_the_viewer(ann: User, bob: User, boss: User) -> None:
    deal(ann, "Won", 100)
    deal(bob, "Won", 500)

    assert sales.won_value(lens(ann)).value == 10000
    assert sales.won_value(lens(boss)).value == 10000
    assert sales.won_value(lens(bob)).value == 50000


def test_mine_and_my_teams(ann: User, boss: User) -> None:
    deal(ann, "Won", 100)

    assert sales.won_value(lens(boss, whose="mine")).is_empty
    team = sales.won_value(lens(boss, whose="team"))
    assert team.count == rows_behind(team.rows, boss) == 1


def test_who_sees_no_deals_is_offered_none(eve: User, ann: User, root: User) -> None:
    assert whose_of(eve) == []
    assert whose_of(ann) == ["mine", "all"]
    assert whose_of(root) == ["mine", "team", "all"]


def test_home_shows_at_once_what_the_viewer_did(ann: User, client_for: Any) -> None:
    client = client_for(ann)
    client.get("/")

    deal(ann, "Won", 777)
    registry.service_for(Deal).create([{"name": "Mine"}], actor=ann, at=datetime.now(UTC))

    assert "777" in client.get("/", {"period": "2026-11-01..2026-11-30"}).content.decode()


def test_an_empty_home_says_no_data(root: User, client_for: Any) -> None:
    response = client_for(root).get("/")

    assert response.status_code == 200
    assert "No data" in response.content.decode()


def test_time_in_stage_opens_the_deals_that_left_it(root: User) -> None:
    first = deal(root, "Prospecting")
    deal(root, "Prospecting")
    service: Any = registry.service_for(Deal)
    service.update([first], {"stage": Stage.objects.get(name="Engaging")}, actor=None, at=NOW)

    (bar,) = sales.stage_times(lens(root))

    assert (bar.label, bar.count) == ("Prospecting", 1)
    assert rows_behind(bar.rows, root) == 1


def test_closed_deals_of_a_file_tell_their_whole_time_open(root: User) -> None:
    for days in (10, 20, 60):
        deal(root, "Won", opened_on=NOW.date() - timedelta(days=days))

    (bar,) = sales.stage_times(lens(root))

    assert (bar.value, bar.count) == (20, 3)
    assert bar.facts == {"is_whole": True}
    assert rows_behind(bar.rows, root) == 3


def test_a_stage_that_is_not_there_asks_nothing(root: User) -> None:
    deal(root, "Prospecting")

    assert rows_behind("/sales/deals/?left=99999999.this_month", root) == 1
    assert rows_behind("/sales/deals/?left=nonsense", root) == 1
