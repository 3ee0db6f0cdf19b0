"""Periods that people name."""

from __future__ import annotations

from datetime import date

import pytest

from crm.ui.periods import period_of

TODAY = date(2026, 5, 14)  # a Thursday


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("today", date(2026, 5, 14), date(2026, 5, 14)),
        ("this_week", date(2026, 5, 11), date(2026, 5, 17)),
        ("last_month", date(2026, 4, 1), date(2026, 4, 30)),
        ("this_quarter", date(2026, 4, 1), date(2026, 6, 30)),
        ("last_quarter", date(2026, 1, 1), date(2026, 3, 31)),
        ("this_year", date(2026, 1, 1), date(2026, 12, 31)),
        ("next_month", date(2026, 6, 1), date(2026, 6, 30)),
        ("last_7_days", date(2026, 5, 8), date(2026, 5, 14)),
        ("2017-01-01..2017-03-31", date(2017, 1, 1), date(2017, 3, 31)),
        ("2017-01-01..", date(2017, 1, 1), None),
        ("..2017-03-31", None, date(2017, 3, 31)),
        ("2017-03-05", date(2017, 3, 5), date(2017, 3, 5)),
        ("past", None, date(2026, 5, 13)),
    ],
)
def test_a_period_has_its_days(name: str, first: date | None, last: date | None) -> None:
    found = period_of(name, today=TODAY)

    assert (found.first, found.last) == (first, last)


def test_quarters_and_years_follow_the_fiscal_year() -> None:
    quarter = period_of("this_quarter", today=TODAY, fiscal=lambda: 2)
    year = period_of("this_year", today=TODAY, fiscal=lambda: 10)

    assert (quarter.first, quarter.last) == (date(2026, 5, 1), date(2026, 7, 31))
    assert (year.first, year.last) == (date(2025, 10, 1), date(2026, 9, 30))


@pytest.mark.parametrize("text", ["someday", "2026-13-01", "..", "a..b"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        period_of(text, today=TODAY)
