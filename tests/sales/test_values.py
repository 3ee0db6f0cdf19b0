"""What deals are worth in the base currency, and when that value stands still."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from crm.identity.models import Organisation
from crm.records.drafts import RecordErrors
from crm.records.models import Event
from sales import revaluing
from sales.models import Deal
from tests.factories.sales import NOON, changed, made_deal, rate, refreshed, stage

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=30)


def test_an_amount_in_the_base_currency_is_taken_as_it_is() -> None:
    assert made_deal(amount=Decimal("1234.50")).base_minor == 123_450


def test_another_currency_is_converted_at_the_rate_of_the_day() -> None:
    rate("EUR", "1.10", date(2026, 1, 1))
    rate("EUR", "1.20", date(2026, 3, 1))

    deal = made_deal(amount=Decimal(100), currency="EUR")

    assert (deal.rate, deal.base_minor) == (Decimal("1.20"), 12_000)


def test_unlike_currencies_add_up_in_the_base_currency_only() -> None:
    rate("EUR", "1.10")
    rate("JPY", "0.0065")
    made_deal(amount=Decimal(100))
    made_deal(amount=Decimal(100), currency="EUR")
    made_deal(amount=Decimal(10_000), currency="JPY")

    assert Deal.objects.aggregate(total=Sum("base_minor"))["total"] == 10_000 + 11_000 + 6_500


def test_a_currency_without_a_rate_is_refused_with_the_day() -> None:
    with pytest.raises(RecordErrors) as refused:
        made_deal(amount=Decimal(1), currency="CHF")

    assert refused.value.errors["currency"][0].message == "No exchange rate is known for CHF on 2026-03-02."


def test_an_open_deal_follows_the_rate() -> None:
    rate("EUR", "1.10")
    deal = made_deal(amount=Decimal(100), currency="EUR")
    rate("EUR", "1.50", date(2026, 3, 20))

    revaluing.follow_rates(LATER)

    assert refreshed(deal).base_minor == 15_000
    assert refreshed(deal).version == 1
    assert Event.objects.count() == 1


def test_closing_freezes_the_rate() -> None:
    rate("EUR", "1.10")
    deal = changed(made_deal(amount=Decimal(100), currency="EUR"), stage=stage("Won"))
    rate("EUR", "1.50", date(2026, 3, 20))

    revaluing.follow_rates(LATER)

    assert refreshed(deal).base_minor == 11_000


def test_a_later_amount_of_a_closed_deal_is_valued_at_the_frozen_rate() -> None:
    rate("EUR", "1.10")
    deal = changed(made_deal(amount=Decimal(100), currency="EUR"), stage=stage("Won"))
    rate("EUR", "1.50", date(2026, 3, 20))

    deal = changed(deal, at=LATER, amount=Decimal(200))

    assert deal.base_minor == 22_000


def test_reopening_returns_to_the_rate_of_the_day() -> None:
    rate("EUR", "1.10")
    deal = changed(made_deal(amount=Decimal(100), currency="EUR"), stage=stage("Won"))
    rate("EUR", "1.50", date(2026, 3, 20))

    deal = changed(deal, at=LATER, stage=stage("Engaging"))

    assert deal.base_minor == 15_000


def test_a_deal_closed_in_the_past_has_the_rate_of_that_day() -> None:
    rate("EUR", "1.10", date(2025, 1, 1))
    rate("EUR", "1.50", date(2026, 1, 1))

    deal = made_deal(
        amount=Decimal(100),
        currency="EUR",
        stage="Won",
        closed_at=datetime(2025, 6, 30, tzinfo=UTC),
    )

    assert deal.base_minor == 11_000


def test_a_new_base_currency_values_every_deal_anew() -> None:
    deal = changed(made_deal(amount=Decimal(100)), stage=stage("Won"))
    organisation = Organisation.load()
    organisation.base_currency = "EUR"
    organisation.save()
    rate("USD", "0.80")

    revaluing.follow_rates(LATER, closed_too=True)

    assert refreshed(deal).base_minor == 8_000


def test_a_bare_closing_day_counts_on_that_day_in_every_zone() -> None:
    organisation = Organisation.load()
    organisation.time_zone = "Asia/Vladivostok"
    organisation.save()

    deal = made_deal(stage="Won", closed_at=datetime(2025, 3, 31, 0, 0, tzinfo=UTC))

    assert deal.closed_at.date() == date(2025, 3, 31)
    assert deal.closed_at == datetime(2025, 3, 31, 2, 0, tzinfo=UTC)


def test_the_closing_day_of_an_open_deal_is_when_it_may_close() -> None:
    deal = made_deal(closed_at=datetime(2026, 6, 30, tzinfo=UTC))

    assert (deal.closed_at, deal.expected_on) == (None, date(2026, 6, 30))
