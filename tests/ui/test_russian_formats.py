"""Days, moments, amounts, counts and zones as a Russian reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from crm.accounts.zones import zone_choices
from crm.lib.money import format_money, format_short
from crm.ui import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_russian() -> Iterator[None]:
    with translation.override("ru"):
        yield


def test_a_day_is_short_and_leaves_out_this_year() -> None:
    assert formats.text_day(date(2026, 5, 5), NOON.date()) == "5 мая"
    assert formats.text_day(date(2027, 1, 27), NOON.date()) == "27 янв. 2027"


def test_a_moment_is_written_in_full() -> None:
    assert formats.text_moment(NOON) == "24 ноября 2026\N{NARROW NO-BREAK SPACE}г., 12:00"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "только что"),
        (timedelta(minutes=2), "2 минуты назад"),
        (timedelta(minutes=21), "21 минуту назад"),
        (timedelta(hours=3), "сегодня в 09:00"),
        (timedelta(days=1), "вчера в 12:00"),
        (timedelta(days=5), "5 дней назад"),
    ],
)
def test_what_was_is_told_from_now(ago: timedelta, words: str) -> None:
    assert formats.text_ago(NOON - ago, NOON) == words


def test_money_has_a_comma_and_its_sign_behind() -> None:
    assert format_money(Decimal("1234.50"), "RUB") == "1 234,50 ₽".replace(" ", "\N{NO-BREAK SPACE}")
    assert format_short(Decimal(1_200_000), "RUB") == "1,2 млн ₽".replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(("count", "words"), [(1, "1 запись"), (3, "3 записи"), (11, "11 записей")])
def test_counts_have_three_forms(count: int, words: str) -> None:
    assert formats.counted(count) == words


def test_zones_are_called_by_their_cities() -> None:
    assert ("Europe/Moscow", "Москва (+03:00)") in zone_choices(NOON)
