"""Days as people name them, in English and Russian."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from crm.lib.dates import (
    When,
    add_months,
    add_working_days,
    next_week,
    parse_past,
    parse_when,
    working_days_between,
)

URALS = ZoneInfo("Asia/Yekaterinburg")
#: A Tuesday.
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=URALS)


@pytest.mark.parametrize(
    ("text", "day", "clock"),
    [
        ("today", date(2026, 11, 24), None),
        ("Tomorrow 15:00", date(2026, 11, 25), time(15)),
        ("завтра в 15", date(2026, 11, 25), time(15)),
        ("послезавтра", date(2026, 11, 26), None),
        ("+3d", date(2026, 11, 27), None),
        ("+3", date(2026, 11, 27), None),
        ("+2w", date(2026, 12, 8), None),
        ("in a week", date(2026, 12, 1), None),
        ("через 3 дня", date(2026, 11, 27), None),
        ("через месяц", date(2026, 12, 24), None),
        ("in 4 working days", date(2026, 11, 30), None),
        ("+2wd", date(2026, 11, 26), None),
        ("через 2 рабочих дня", date(2026, 11, 26), None),
        ("fri", date(2026, 11, 27), None),
        ("on Friday at 3pm", date(2026, 11, 27), time(15)),
        ("в среду 10:30", date(2026, 11, 25), time(10, 30)),
        ("в следующую среду", date(2026, 11, 25), None),
        ("tuesday", date(2026, 12, 1), None),
        ("next week", date(2026, 11, 30), None),
        ("на следующей неделе", date(2026, 11, 30), None),
        ("15:00", date(2026, 11, 24), time(15)),
        ("at 9", date(2026, 11, 25), time(9)),
        ("in 2 hours", date(2026, 11, 24), time(14)),
        ("через 30 минут", date(2026, 11, 24), time(12, 30)),
        ("2026-12-01 14:00", date(2026, 12, 1), time(14)),
        ("5.3", date(2027, 3, 5), None),
        ("05.03.2028", date(2028, 3, 5), None),
        ("5 марта", date(2027, 3, 5), None),
        ("Mar 5, 2028", date(2028, 3, 5), None),
    ],
)
def test_a_day_is_read(text: str, day: date, clock: time | None) -> None:
    assert parse_when(text, now=NOW, zone=URALS) == When(day, clock)


@pytest.mark.parametrize("text", ["", "soon", "31.2", "fr", "25:00", "13pm", "+99999d", "на днях", "5/3"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_when(text, now=NOW, zone=URALS)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("10:30", datetime(2026, 11, 24, 10, 30)),
        ("вчера в 15", datetime(2026, 11, 23, 15)),
        ("в пятницу", datetime(2026, 11, 20, 12)),
        ("tuesday", datetime(2026, 11, 17, 12)),
        ("2 hours ago", datetime(2026, 11, 24, 10)),
        ("5 минут назад", datetime(2026, 11, 24, 11, 55)),
        ("today", datetime(2026, 11, 24, 12)),
    ],
)
def test_a_time_gone_by_is_read(text: str, then: datetime) -> None:
    assert parse_past(text, now=NOW, zone=URALS) == then.replace(tzinfo=URALS)


def test_nothing_was_done_in_the_future() -> None:
    for text in ("14:30", "tomorrow"):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_past(text, now=NOW, zone=URALS)


def test_working_days_pass_over_free_ones() -> None:
    friday = date(2026, 11, 27)

    assert add_working_days(friday, 1) == date(2026, 11, 30)
    assert add_working_days(date(2026, 11, 28), 0) == date(2026, 11, 30)
    assert add_working_days(friday, 1, {1, 2, 3, 4, 5, 6}) == date(2026, 11, 28)
    assert next_week(friday) == date(2026, 11, 30)
    assert working_days_between(friday, date(2026, 12, 1)) == 2


def test_a_month_later_may_be_a_shorter_one() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)


def test_a_whole_day_ends_with_it() -> None:
    assert When(date(2026, 11, 24)).moment(URALS) == datetime(2026, 11, 24, 23, 59, 59, tzinfo=URALS)
