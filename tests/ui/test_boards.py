"""Boards: heads add up, drops keep to the rules, others' moves appear."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sales.models import Deal
from tests.factories.sales import made_deal, needs, reason, refreshed, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db
BOARD = "/sales/deals/board/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(ann: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(ann)


def body(response: Any) -> str:
    return str(response.content.decode())


def move(client: Client, deal: Deal, to: str, **values: Any) -> Any:
    return client.post(f"{BOARD}move/", {"id": deal.pk, "to": stage(to).pk, **values}, headers=HTMX)


def order(client: Client, name: str) -> list[int]:
    """Return the ids of a column's cards, from the top."""
    lanes = client.get(BOARD).context["lanes"]
    lane = next(one for one in lanes if one.head.column.label == name)
    return [card.record.pk for card in lane.cards]


def test_heads_count_and_add_up(client: Client, ann: User) -> None:
    made_deal(actor=ann, stage="Engaging", amount=1000)
    made_deal(actor=ann, stage="Engaging", amount=500)
    made_deal(actor=ann, stage="Prospecting", amount=100)

    heads = {lane.head.column.label: lane.head for lane in client.get(BOARD).context["lanes"]}

    assert (heads["Engaging"].count, heads["Engaging"].total_text) == (2, "$1,500")
    assert heads["Prospecting"].count == 1


def test_only_what_one_sees_counts(client: Client, bob: User) -> None:
    made_deal(actor=bob, stage="Engaging", name="Secret deal", amount=1000)

    response = client.get(BOARD)

    assert "Secret deal" not in body(response)
    assert sum(lane.head.count for lane in response.context["lanes"]) == 0


def test_a_column_shows_twenty_and_loads_more(client: Client, ann: User) -> None:
    deals = [made_deal(actor=ann, stage="Engaging", name=f"Deal {number}") for number in range(23)]
    response = client.get(BOARD)
    lane = next(one for one in response.context["lanes"] if one.head.count)

    rest = body(client.get(f"{BOARD}column/", {"value": lane.head.column.value, "after": lane.more}))

    shown = {card.record.pk for card in lane.cards}
    assert len(shown) == 20
    assert all(f'data-id="{deal.pk}"' in rest for deal in deals if deal.pk not in shown)


def test_a_drop_moves_the_deal(client: Client, ann: User) -> None:
    deal = made_deal(actor=ann, stage="Prospecting")

    response = move(client, deal, "Engaging")

    assert response.status_code == 200
    assert refreshed(deal).stage.name == "Engaging"
    assert f'id="card-{deal.pk}"' in body(response)
    assert "undo" in response["HX-Trigger"]


def test_a_drop_lands_between_its_neighbours(client: Client, ann: User) -> None:
    first, second, third = (made_deal(actor=ann, stage="Engaging", name=name) for name in "abc")
    top, middle, bottom = order(client, "Engaging")

    move(client, refreshed(third if third.pk == bottom else first), "Engaging", before=top, after=middle)

    moved = third.pk if third.pk == bottom else first.pk
    assert order(client, "Engaging") == [top, moved, middle]
    assert {top, middle, moved} == {first.pk, second.pk, third.pk}


def test_the_order_holds_after_many_drops_in_one_gap(client: Client, ann: User) -> None:
    deals = [made_deal(actor=ann, stage="Engaging", name=str(number)) for number in range(4)]
    for _time in range(12):
        top, second, third, last = order(client, "Engaging")
        move(client, next(deal for deal in deals if deal.pk == last), "Engaging", before=top, after=second)
        assert order(client, "Engaging") == [top, last, second, third]


def test_a_stage_asks_for_what_it_requires_and_then_takes_the_deal(client: Client, ann: User) -> None:
    deal = made_deal(actor=ann, stage="Prospecting")
    needs("Proposal", "amount")

    asked = move(client, deal, "Proposal")

    assert asked.status_code == 422
    assert asked["HX-Retarget"] == "#dialog"
    assert 'name="amount"' in body(asked)
    assert refreshed(deal).stage.name == "Prospecting"

    answered = move(client, deal, "Proposal", fields="amount", amount="1 500")

    assert answered.status_code == 204
    assert "recordsChanged" in answered["HX-Trigger"]
    assert (refreshed(deal).stage.name, refreshed(deal).amount) == ("Proposal", 1500)


def test_a_wrong_answer_is_asked_again(client: Client, ann: User) -> None:
    deal = made_deal(actor=ann, stage="Prospecting")
    needs("Proposal", "amount")

    response = move(client, deal, "Proposal", fields="amount", amount="much")

    assert response.status_code == 422
    assert "is not a number" in body(response)


def test_losing_asks_for_the_reason_and_a_note(client: Client, ann: User) -> None:
    deal = made_deal(actor=ann, stage="Prospecting")

    asked = move(client, deal, "Lost")
    answers = {"lost_reason": reason().pk, "lost_note": "Too dear.", "fields": ["lost_reason", "lost_note"]}
    move(client, deal, "Lost", **answers)

    assert asked.status_code == 422
    assert 'name="lost_reason"' in body(asked)
    assert 'name="lost_note"' in body(asked)
    lost = refreshed(deal)
    assert (lost.status, lost.lost_note) == ("lost", "Too dear.")


def test_what_one_may_not_change_goes_back_with_a_reason(
    client: Client, bob: User, ann: User, root: User
) -> None:
    deal = made_deal(actor=bob, stage="Prospecting")

    assert move(client, deal, "Engaging").status_code == 404


def test_others_moves_appear(
    client: Client, ann: User, root: User, client_for: Callable[[User], Client]
) -> None:
    deal = made_deal(actor=ann, stage="Prospecting")
    gone = made_deal(actor=ann, stage="Prospecting", amount=1)
    seen = timezone.now().isoformat()
    move(client_for(root), deal, "Engaging")
    move(client_for(root), gone, "Won")

    response = client.get(f"{BOARD}changes/", {"since": seen}, headers=HTMX)

    page = body(response)
    engaging = stage("Engaging").pk
    assert f"afterbegin:#cards-{engaging}" in page
    assert f'id="card-{gone.pk}" hx-swap-oob="delete"' in page


def test_a_card_appears_where_it_lies(client: Client, ann: User, root: User, client_for: Any) -> None:
    above, below = made_deal(actor=ann, stage="Engaging"), made_deal(actor=ann, stage="Engaging")
    top, bottom = order(client, "Engaging")
    deal = made_deal(actor=ann, stage="Prospecting")
    seen = timezone.now().isoformat()
    move(client_for(root), deal, "Engaging", before=top, after=bottom)

    page = body(client.get(f"{BOARD}changes/", {"since": seen}, headers=HTMX))

    assert f"afterend:#card-{top}" in page
    assert {top, bottom} == {above.pk, below.pk}


def test_ones_own_drop_is_not_told_again(client: Client, ann: User) -> None:
    deal = made_deal(actor=ann, stage="Prospecting")
    # Long before the drop, so that only the drop is new.
    Deal.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    answer = move(client, deal, "Engaging")
    poll = re.search(r'hx-get="([^"]+/changes/[^"]+)"', body(answer))

    assert poll is not None
    assert client.get(html.unescape(poll[1]), headers=HTMX).status_code == 204


def test_nothing_new_says_so_shortly(client: Client, ann: User) -> None:
    made_deal(actor=ann)
    later = (timezone.now() + timedelta(minutes=1)).isoformat()

    assert client.get(f"{BOARD}changes/", {"since": later}).status_code == 204


def test_filters_narrow_the_board(client: Client, ann: User) -> None:
    made_deal(actor=ann, name="Large deal", amount=9000)
    made_deal(actor=ann, name="Small deal", amount=5)

    page = body(client.get(BOARD, {"amount": "1000.."}))

    assert "Large deal" in page
    assert "Small deal" not in page


def test_a_board_costs_the_same_at_two_and_twelve_cards(client: Client, ann: User) -> None:
    def queries() -> int:
        client.get(BOARD)
        with CaptureQueriesContext(connection) as caught:
            client.get(BOARD)
        return len(caught)

    for name in ("Prospecting", "Engaging"):
        made_deal(actor=ann, stage=name)
    at_two = queries()
    for name in ("Prospecting", "Engaging"):
        for _number in range(5):
            made_deal(actor=ann, stage=name)

    assert queries() == at_two
    assert at_two <= 12
