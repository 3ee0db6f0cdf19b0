"""Rules by the clock: dates, schedules, once each, over any number of beats."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine

from crm.automation import clock, timing
from crm.automation.models import RuleRun
from crm.records import due
from crm.records.models import DueRow
from tests.factories.automation import look, made_rule, runs, work
from tests.factories.sales import changed, made_deal, refreshed

if TYPE_CHECKING:
    from crm.identity.models import User

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_date_that_comes_starts_the_rule_once(root: User, ann: User) -> None:
    with time_machine.travel(MORNING, tick=False) as now:
        deal = made_deal(actor=ann, expected_on=date(2026, 3, 3), at=MORNING)
        rule = made_rule(root, trigger="date", when={"field": "expected_on", "at": "09:00"})
        look()
        assert runs(rule) == []

        now.move_to(datetime(2026, 3, 3, 9, 0, 30, tzinfo=UTC))
        look()
        look()
        work()

    assert len(runs(rule)) == 1
    assert refreshed(deal).tags == ["seen"]


@pytest.mark.django_db
@pytest.mark.parametrize(("side", "day"), [("before", 28), ("after", 6)])
def test_days_before_and_after(root: User, ann: User, side: str, day: int) -> None:
    with time_machine.travel(datetime(2026, 3, 20, 8, 0, tzinfo=UTC), tick=False) as now:
        made_deal(actor=ann, expected_on=date(2026, 4, 3) if side == "after" else date(2026, 3, 31))
        when = {"field": "expected_on", "days": 3, "side": side, "at": "09:00"}
        rule = made_rule(root, trigger="date", when=when)
        month = 3 if side == "before" else 4

        now.move_to(datetime(2026, month, day, 8, 59, tzinfo=UTC))
        look()
        assert runs(rule) == []
        now.move_to(datetime(2026, month, day, 9, 1, tzinfo=UTC))
        look()

    assert len(runs(rule)) == 1


@pytest.mark.django_db
def test_an_instant_is_noticed_within_the_minute(root: User, ann: User) -> None:
    with time_machine.travel(MORNING, tick=False) as now:
        made_deal(actor=ann, at=MORNING)
        when = {"field": "created_at", "days": 1, "side": "after"}
        rule = made_rule(root, trigger="date", when=when)

        now.move_to(MORNING + timedelta(days=1, seconds=50))
        look()

    assert len(runs(rule)) == 1


@pytest.mark.django_db
def test_what_came_before_the_rule_was_switched_on_is_not_made_up_for(root: User, ann: User) -> None:
    with time_machine.travel(MORNING, tick=False):
        made_deal(actor=ann, expected_on=date(2026, 3, 1))
        rule = made_rule(root, trigger="date", when={"field": "expected_on", "at": "09:00"})

        look()

    assert runs(rule) == []


@pytest.mark.django_db
def test_what_came_while_everything_was_down_is_made_up_for(root: User, ann: User) -> None:
    with time_machine.travel(MORNING, tick=False) as now:
        made_deal(actor=ann, expected_on=date(2026, 3, 3))
        rule = made_rule(root, trigger="date", when={"field": "expected_on", "at": "09:00"})
        look()

        now.move_to(datetime(2026, 3, 8, 12, 0, tzinfo=UTC))
        look()

    assert len(runs(rule)) == 1


@pytest.mark.django_db
def test_a_date_that_is_moved_comes_again(root: User, ann: User) -> None:
    with time_machine.travel(MORNING, tick=False) as now:
        deal = made_deal(actor=ann, expected_on=date(2026, 3, 3))
        rule = made_rule(root, trigger="date", when={"field": "expected_on", "at": "09:00"})
        now.move_to(datetime(2026, 3, 3, 10, 0, tzinfo=UTC))
        look()

        changed(deal, actor=ann, expected_on=date(2026, 3, 5))
        now.move_to(datetime(2026, 3, 5, 10, 0, tzinfo=UTC))
        look()

    assert len(runs(rule)) == 2


@pytest.mark.django_db
def test_a_schedule_acts_on_all_that_fit_and_plans_its_next_time(root: User, ann: User) -> None:
    with time_machine.travel(MORNING, tick=False) as now:
        for amount in (1, 20_000, 30_000):
            made_deal(actor=ann, amount=amount)
        big = {"filter": "amount", "value": ["10000.."]}
        rule = made_rule(root, trigger="schedule", when={"every": "day", "at": "09:30"}, condition=big)

        now.move_to(datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC))
        due.run_due(limit=20)
        due.run_due(limit=20)
        work()

    assert [state for state, _reason in runs(rule)] == ["done", "done"]
    rows = DueRow.objects.filter(kind=timing.SCHEDULE).order_by("due_at")
    assert [row.due_at for row in rows] == [
        datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        datetime(2026, 3, 3, 9, 30, tzinfo=UTC),
    ]


@pytest.mark.django_db
def test_a_rule_switched_off_leaves_nothing_due(root: User) -> None:
    from crm.automation import services

    rule = made_rule(root, trigger="schedule", when={"every": "hour", "at": "00:15"})
    assert DueRow.objects.filter(kind=timing.SCHEDULE, done_at=None).count() == 1

    services.switch_rule(rule=rule, on=False, actor=root, at=MORNING)

    assert not DueRow.objects.filter(kind=timing.SCHEDULE, done_at=None).exists()
    assert RuleRun.objects.count() == 0


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("when", "after", "expected"),
    [
        ({"every": "hour", "at": "00:15"}, at(2026, 3, 2, 9, 20), at(2026, 3, 2, 10, 15)),
        ({"every": "day", "at": "09:00"}, at(2026, 3, 2, 9, 0), at(2026, 3, 3, 9, 0)),
        ({"every": "week", "weekdays": ["5"], "at": "09:00"}, at(2026, 3, 2, 9, 0), at(2026, 3, 6, 9, 0)),
        ({"every": "month", "day": 31, "at": "09:00"}, at(2026, 2, 1, 9, 0), at(2026, 2, 28, 9, 0)),
        ({"every": "cron", "cron": "*/20 8-9 * * mon-fri"}, at(2026, 3, 6, 9, 40), at(2026, 3, 9, 8, 0)),
        ({"every": "cron", "cron": "0 0 29 2 *"}, at(2026, 3, 1, 0, 0), at(2028, 2, 29, 0, 0)),
        # The clocks go forward at two o'clock; what stood between comes right after.
        ({"every": "day", "at": "02:30"}, at(2026, 3, 28, 12, 0), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_the_next_time_of_a_schedule(when: dict[str, object], after: datetime, expected: datetime) -> None:
    assert clock.next_time(when, after, BERLIN) == expected


def test_a_time_that_the_clock_shows_twice_counts_once() -> None:
    first = clock.next_time({"every": "day", "at": "02:30"}, at(2026, 10, 24, 12, 0), BERLIN)
    assert first is not None

    second = clock.next_time({"every": "day", "at": "02:30"}, first, BERLIN)

    assert second == at(2026, 10, 26, 2, 30)


@pytest.mark.parametrize(
    "line", ["", "* * * *", "60 * * * *", "* * * * someday", "*/0 * * * *", "5-1 * * * *"]
)
def test_a_cron_line_that_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        clock.read_cron(line)


def test_a_cron_line_that_never_comes_is_given_up() -> None:
    assert clock.next_cron("0 0 30 2 *", MORNING, BERLIN) is None
