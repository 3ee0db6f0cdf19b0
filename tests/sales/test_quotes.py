"""Quotes: made of deals, fixed once they are sent, revised, approved; the deal follows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError

from crm.notifications.models import Notification
from crm.records.drafts import RecordErrors
from crm.records.models import Event
from sales.models import DealLine, Quote
from sales.pricebook import Pricing
from sales.services import (
    approve,
    ask_approval,
    record_acceptance,
    reject,
    revise_quote,
    send_quotes,
    set_lines,
    take_back,
)
from sales.services.quotes import QuoteService
from tests.factories.quotes import accept, accepted_quote, limit, line, made_quote, product, seen, sent_quote
from tests.factories.sales import NOON, changed, made_deal, rate, stage

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def refusal(act: Any) -> str:
    with pytest.raises((RecordErrors, ValidationError)) as refused:
        act()
    return str(refused.value)


def test_a_quote_of_a_deal_has_its_lines_and_its_customer(ann: User) -> None:
    deal = changed(made_deal(actor=ann), actor=ann, lines=[line("Lamp", 100, 2), line("Work", 50)])

    quote = QuoteService().create([{"deal": deal}], actor=ann, at=NOON)[0].record

    assert [one.name for one in quote.lines.order_by("position")] == ["Lamp", "Work"]
    assert quote.total == Decimal(250)
    assert (quote.owner, quote.name) == (ann, deal.name)


def test_the_lines_of_a_deal_make_its_amount(ann: User) -> None:
    deal = changed(made_deal(actor=ann, amount=Decimal(7)), actor=ann, lines=[line("Lamp", "12.50", 4)])

    assert deal.amount == Decimal(50)
    assert "follows from the lines" in refusal(lambda: changed(deal, actor=ann, amount=Decimal(1)))
    assert changed(deal, actor=ann, lines=[]).amount_from_lines is False


def test_a_line_without_a_price_has_that_of_its_product(ann: User) -> None:
    lamp = product("Lamp", 100, unit="pcs", cost=Decimal(40))

    quote = made_quote(ann, lines=[{"product": lamp.pk, "quantity": 3}])

    found = quote.lines.get()
    assert (found.name, found.unit) == ("Lamp", "pcs")
    assert (found.price, found.cost) == (Decimal(100), Decimal(40))
    assert (quote.total, quote.cost) == (Decimal(300), Decimal(120))


def test_prices_are_converted_at_the_rate_of_the_day(ann: User) -> None:
    rate("EUR", "2")
    lamp = product("Lamp", 100)

    price = Pricing(currency="EUR", day=NOON.date(), company_id=None).price(lamp, Decimal(1))

    assert price is not None
    assert price.price == Decimal(50)


def test_what_was_sent_is_changed_by_a_new_revision_only(ann: User) -> None:
    quote = sent_quote(ann)

    said = refusal(lambda: set_lines(records=[quote], actor=ann, at=NOON, lines=[line("Other")]))

    assert "new revision" in said
    assert quote.lines.get().name == "Work"


def test_a_revision_takes_over_the_lines_and_supersedes_only_when_sent(ann: User) -> None:
    first = sent_quote(ann, lines=[line("Work", 100), line("Extra", 10)])

    second = revise_quote(quote=first, actor=ann, at=NOON)
    set_lines(records=[second], actor=ann, at=NOON, lines=[line("Work", 90)])

    assert (second.number, second.revision) == (first.number, 2)
    assert (seen(first).status, seen(first).is_current) == ("sent", False)
    send_quotes(records=[second], actor=ann, at=NOON)
    assert (seen(first).status, seen(second).status) == ("superseded", "sent")


def test_two_revisions_are_never_in_the_making_at_once(ann: User) -> None:
    quote = sent_quote(ann)
    revise_quote(quote=quote, actor=ann, at=NOON)

    assert "in the making" in refusal(lambda: revise_quote(quote=quote, actor=ann, at=NOON))


def test_sending_moves_a_deal_that_stands_before_the_stage_of_its_pipeline(ann: User) -> None:
    deal = made_deal(actor=ann, amount=Decimal(5))
    later = made_deal(actor=ann, amount=Decimal(5), expected_on=NOON.date(), stage="Negotiation")

    for one in (deal, later):
        sent_quote(ann, deal=one, lines=[line()])

    assert seen(deal).stage == stage("Proposal")
    assert seen(later).stage == stage("Negotiation")


def test_acceptance_wins_the_deal_with_what_was_accepted(ann: User) -> None:
    deal = made_deal(actor=ann, amount=Decimal(5))
    quote = sent_quote(
        ann,
        deal=deal,
        discount=Decimal(10),
        lines=[line("Work", 100), line("Extra", 10, is_optional=True, key="extra")],
    )

    accept(quote, ["extra"])

    won = seen(deal)
    assert (won.status, won.amount) == ("won", Decimal(99))
    assert DealLine.objects.filter(deal=deal).count() == 2
    assert Event.objects.filter(name="deal.won", record_id=deal.pk).exists()


def test_a_deal_that_may_not_follow_leaves_the_quote_accepted_and_tells_the_owner(ann: User) -> None:
    deal = made_deal(actor=ann, amount=Decimal(5))
    won = stage("Won")
    won.required_fields = ["expected_on"]
    won.save()

    quote = accepted_quote(ann, deal=deal, lines=[line()])

    assert (quote.status, seen(deal).status) == ("accepted", "open")
    assert Event.objects.filter(name="quote.deal_stayed", record_id=quote.pk).exists()
    assert Notification.objects.filter(user=ann, data__status="stayed").exists()


def test_a_discount_beyond_the_limit_is_not_sent_without_approval(ann: User, boss: User) -> None:
    limit("sales_rep", 10)
    lamp = product("Lamp", 100)
    quote = made_quote(ann, lines=[{"product": lamp.pk, "discount": 25}])

    assert "ask for approval" in refusal(lambda: send_quotes(records=[quote], actor=ann, at=NOON))
    ask_approval(records=[quote], actor=ann, at=NOON, reason="A big customer")

    assert Notification.objects.filter(user=boss, kind="quote_approval").exists()
    approve(records=[seen(quote)], actor=boss, at=NOON, comment="Fine")
    send_quotes(records=[seen(quote)], actor=ann, at=NOON)
    assert seen(quote).status == "sent"
    asked = quote.approvals.get()
    assert (asked.state, asked.decided_by, asked.comment) == ("approved", boss, "Fine")


@pytest.mark.parametrize(
    "given",
    [{"price": 74}, {"price": 100, "discount": 26}, {"price": 87, "discount": 15}],
    ids=["a lower price", "a discount", "both"],
)
def test_every_way_of_selling_below_list_counts(ann: User, given: dict[str, int]) -> None:
    limit("sales_rep", 25)
    lamp = product("Lamp", 100)

    quote = made_quote(ann, lines=[{"product": lamp.pk, **given}])

    assert "ask for approval" in refusal(lambda: send_quotes(records=[quote], actor=ann, at=NOON))


def test_nobody_approves_their_own_wish_and_a_substitute_may(ann: User, bob: User, boss: User) -> None:
    limit("sales_rep", 0, approver=boss, substitute=bob)
    lamp = product("Lamp", 100)
    quote = made_quote(ann, lines=[{"product": lamp.pk, "discount": 5}])
    ask_approval(records=[quote], actor=ann, at=NOON)

    assert "can't approve" in refusal(lambda: approve(records=[seen(quote)], actor=ann, at=NOON))
    reject(records=[seen(quote)], actor=bob, at=NOON, comment="Too cheap")

    assert seen(quote).status == "draft"
    assert quote.approvals.get().decided_by == bob


def test_approval_is_for_exactly_what_was_asked(ann: User, boss: User) -> None:
    limit("sales_rep", 0)
    lamp = product("Lamp", 100)
    quote = made_quote(ann, lines=[{"product": lamp.pk, "discount": 5}])
    ask_approval(records=[quote], actor=ann, at=NOON)
    approve(records=[seen(quote)], actor=boss, at=NOON)

    said = refusal(lambda: set_lines(records=[seen(quote)], actor=ann, at=NOON, lines=[line("Lamp", 1)]))
    take_back(records=[seen(quote)], actor=ann, at=NOON)

    assert "take it back" in said
    assert "ask for approval" in refusal(lambda: send_quotes(records=[seen(quote)], actor=ann, at=NOON))


@pytest.mark.parametrize("status", ["approved", "accepted", "declined", "expired", "superseded", "nonsense"])
def test_a_draft_does_not_jump_to_a_later_state(ann: User, status: str) -> None:
    quote = made_quote(ann)

    refusal(lambda: QuoteService().update([quote], {"status": status}, actor=ann, at=NOON, via="rest"))

    assert seen(quote).status == "draft"


def test_an_empty_quote_is_not_sent(ann: User) -> None:
    quote = made_quote(ann, lines=[{"kind": "section", "name": "Nothing"}])

    assert "no lines" in refusal(lambda: send_quotes(records=[quote], actor=ann, at=NOON))


def test_a_subtotal_is_what_stands_above_it_in_its_section(ann: User) -> None:
    rows = [
        line("A", 10),
        {"kind": "subtotal"},
        {"kind": "section", "name": "S"},
        line("B", 5),
        {"kind": "subtotal"},
    ]

    quote = made_quote(ann, lines=rows)

    assert [one.total for one in quote.lines.filter(kind="subtotal").order_by("position")] == [10, 5]


def test_a_wrong_line_is_named_and_nothing_is_written(ann: User) -> None:
    quote = made_quote(ann)

    said = refusal(
        lambda: set_lines(records=[quote], actor=ann, at=NOON, lines=[line(), line("Bad", "many")])
    )

    assert said.startswith("Line 2")
    assert quote.lines.count() == 1


def test_a_yes_by_telephone_is_written_down_with_who_took_it(ann: User) -> None:
    quote = sent_quote(ann)

    record_acceptance(records=[quote], actor=ann, at=NOON, name="Carl")

    found = seen(quote).acceptance
    assert (found.name, found.recorded_by, seen(quote).status) == ("Carl", ann, "accepted")


def test_the_value_in_the_base_currency_is_kept_from_the_day_of_the_quote(ann: User) -> None:
    rate("EUR", "2")
    quote = made_quote(ann, currency="EUR", lines=[line("Work", 100)])

    rate("EUR", "3", on=NOON.date())

    assert seen(quote).base_minor == 20000
    assert Quote.objects.get().rate == 2
