"""Working hours: what lies between two instants, when something is due, over clock changes too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib.hours import (
    DAY_MINUTES,
    Hours,
    NoHoursError,
    TooFarError,
    read_minute,
    read_spans,
    round_the_clock,
    text_of_spans,
)

MOSCOW = ZoneInfo("Europe/Moscow")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
#: Zones that change at midnight, by half an hour, or leap over a whole day.
ZONES = (
    "UTC", "Europe/Moscow", "Asia/Yekaterinburg", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe",
    "America/Havana", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Asia/Kathmandu",
)  # fmt: skip
NINE_TO_SIX: tuple[tuple[int, int], ...] = ((540, 1080),)
OFFICE = (NINE_TO_SIX,) * 5 + ((), ())


def office(zone: ZoneInfo = MOSCOW, **special: tuple[tuple[int, int], ...]) -> Hours:
    days = {date.fromisoformat(name.strip("_").replace("_", "-")): spans for name, spans in special.items()}
    return Hours(zone, OFFICE, days)


def at(text: str, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# An independent reckoning, a minute at a time.


def minutes_by_hand(hours: Hours, start: datetime, end: datetime) -> int:
    """Look at the clock on the wall each minute, and count the minutes of work."""
    found, moment = 0, start
    while moment < end:
        wall = moment.astimezone(hours.zone)
        minute = wall.hour * 60 + wall.minute
        spans = hours.special.get(wall.date(), hours.week[wall.weekday()])
        found += any(opens <= minute < closes for opens, closes in spans)
        moment += timedelta(minutes=1)
    return found


@st.composite
def spans(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    edges = sorted(draw(st.sets(st.integers(0, DAY_MINUTES), min_size=0, max_size=6)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> Hours:
    week = [draw(spans()) for _day in range(7)]
    if not any(week):
        week[0] = NINE_TO_SIX
    days = draw(st.dictionaries(st.dates(date(2011, 12, 25), date(2012, 1, 5)), spans(), max_size=3))
    return Hours(ZoneInfo(draw(st.sampled_from(ZONES))), tuple(week), days)


#: Around the clock changes of several zones, and the day that Samoa never had.
STARTS = st.sampled_from(
    ["2024-03-09", "2024-03-30", "2024-04-06", "2024-10-26", "2024-11-02",
     "2011-12-28", "2018-02-16", "2018-11-03", "2024-06-15"]
).flatmap(
    lambda day: st.integers(0, 2 * DAY_MINUTES).map(
        lambda minute: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minute)
    )
)  # fmt: skip


@given(calendars(), STARTS, st.integers(0, 4 * DAY_MINUTES))
@settings(max_examples=150, deadline=None)
def test_a_count_minute_by_minute_agrees(hours: Hours, start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)

    assert hours.seconds(start, end) == 60 * minutes_by_hand(hours, start, end)


@given(calendars(), STARTS, st.integers(0, 40 * 86400), st.integers(0, 40 * 86400))
@settings(max_examples=150, deadline=None)
def test_parts_add_up_to_the_whole(hours: Hours, start: datetime, first: int, second: int) -> None:
    middle = start + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)

    whole = hours.elapsed(start, end)

    assert hours.elapsed(start, middle) + hours.elapsed(middle, end) == whole
    assert sum((one.length for one in hours.segments(start, end)), timedelta()) == whole
    assert all(hours.is_open(one.start) for one in hours.segments(start, end))


@given(calendars(), STARTS, st.integers(1, 20 * 86400))
@settings(max_examples=150, deadline=None)
def test_what_is_added_is_what_elapses(hours: Hours, start: datetime, seconds: int) -> None:
    due = hours.add(start, seconds)

    assert hours.seconds(start, due) == seconds
    assert hours.seconds(start, due - timedelta(seconds=1)) == seconds - 1
    assert hours.seconds(hours.take_off(due, seconds), due) == seconds


@given(calendars(), STARTS, st.integers(1, 86400), st.integers(1, 86400))
@settings(max_examples=100, deadline=None)
def test_adding_twice_is_adding_the_sum(hours: Hours, start: datetime, one: int, two: int) -> None:
    assert hours.add(hours.add(start, one), two) == hours.add(start, one + two)


@given(calendars(), STARTS)
@settings(max_examples=100, deadline=None)
def test_the_next_opening_is_open_and_nothing_is_worked_before(hours: Hours, start: datetime) -> None:
    opening = hours.next_opening(start)

    assert hours.is_open(opening)
    assert hours.seconds(start, opening) == 0
    assert not hours.is_open(hours.next_closing(start))


# The edges by name.


def test_what_comes_outside_hours_starts_at_opening() -> None:
    hours = office()

    assert hours.add(at("2026-11-27 20:00"), 3600) == at("2026-11-30 10:00")


def test_what_ends_at_closing_is_due_at_closing() -> None:
    hours = office()

    assert hours.add(at("2026-11-27 09:00"), 9 * 3600) == at("2026-11-27 18:00")
    assert hours.add(at("2026-11-27 17:00"), 3600) == at("2026-11-27 18:00")


def test_a_break_wholly_outside_hours_counts_nothing() -> None:
    assert office().seconds(at("2026-11-27 18:00"), at("2026-11-30 09:00")) == 0


def test_an_end_before_the_start_counts_nothing() -> None:
    assert office().seconds(at("2026-11-27 15:00"), at("2026-11-27 10:00")) == 0


def test_holidays_and_short_days_count() -> None:
    hours = office(_2026_11_04=(), _2026_11_03=((540, 1020),))

    assert hours.seconds(at("2026-11-03 00:00"), at("2026-11-06 00:00")) == (8 + 0 + 9) * 3600
    assert hours.add_days(date(2026, 11, 3), 1) == date(2026, 11, 5)
    assert hours.days_between(date(2026, 11, 2), date(2026, 11, 6)) == 3


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Moscow", "2026-03-29", 24),
        ("Asia/Yekaterinburg", "2026-10-25", 24),
        ("Europe/Moscow", "2014-10-26", 25),
        ("Asia/Yekaterinburg", "2011-03-27", 23),
        ("Pacific/Apia", "2011-12-30", 0),
    ],
)
def test_a_day_around_the_clock_has_as_many_hours_as_the_clock_shows(
    zone: str, day: str, length: int
) -> None:
    hours = round_the_clock(ZoneInfo(zone))

    worked = sum((one.length for one in hours.segments_on(date.fromisoformat(day))), timedelta())

    assert worked == timedelta(hours=length)


def test_an_hour_shown_twice_counts_twice_and_one_leapt_over_not_at_all() -> None:
    nights = Hours(NEW_YORK, (((60, 180),),) * 7)

    autumn = nights.seconds(at("2026-11-01 00:00", NEW_YORK), at("2026-11-02 00:00", NEW_YORK))
    spring = nights.seconds(at("2026-03-08 00:00", NEW_YORK), at("2026-03-09 00:00", NEW_YORK))

    assert (autumn, spring) == (3 * 3600, 1 * 3600)


def test_office_hours_stay_by_the_wall_over_a_clock_change() -> None:
    hours = office(BERLIN)

    assert hours.next_opening(at("2026-03-27 19:00", BERLIN)) == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert hours.next_opening(at("2026-10-23 19:00", BERLIN)) == datetime(2026, 10, 26, 8, tzinfo=UTC)


def test_more_than_a_year_of_work_is_due_some_day() -> None:
    year = 261 * 9 * 3600

    due = office().add(at("2026-01-01 09:00"), 2 * year)

    assert due.year == 2027 or due.year == 2028
    assert office().seconds(at("2026-01-01 09:00"), due) == 2 * year


def test_a_calendar_without_hours_is_refused() -> None:
    with pytest.raises(NoHoursError):
        Hours(MOSCOW, ((),) * 7)


def test_searches_end() -> None:
    first = date(2020, 1, 1)
    closed = {first + timedelta(days=one): () for one in range(366 * 80)}
    never = Hours(MOSCOW, OFFICE, closed)

    with pytest.raises(TooFarError):
        never.next_opening(at("2021-01-01 00:00"))
    with pytest.raises(TooFarError):
        never.add_days(date(2021, 1, 1), 1)


def test_fractions_of_a_second_are_kept() -> None:
    hours = office()
    start = at("2026-11-27 09:00") + timedelta(microseconds=250_000)

    assert hours.elapsed(start, at("2026-11-27 09:00:01")) == timedelta(microseconds=750_000)


@pytest.mark.parametrize(
    "text", ["9-18", "18:00-09:00", "09:00-25:00", "09:00-12:00, 11:00-13:00", "09:61-10:00"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_spans(text)


def test_spans_are_read_as_people_write_them() -> None:
    spans = read_spans("14:00 – 24:00, 9:00-13:00")

    assert spans == ((540, 780), (840, 1440))
    assert text_of_spans(spans) == "09:00-13:00, 14:00-24:00"
    assert read_minute("24:00") == 1440
