"""What people see of deals: list, board, page, panels; and how much the database is asked."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sales.models import DealPerson, LostReason, Product
from tests.factories.contacts import CompanyFactory, PersonFactory
from tests.factories.sales import (
    PipelineFactory,
    ProductFactory,
    changed,
    made_deal,
    rate,
    reason,
    refreshed,
    stage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

    SignIn = Callable[[User], Client]

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def asked(client: Client, address: str) -> int:
    """Count the questions to the database of a page that is opened a second time."""
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.mark.parametrize("address", ["/sales/deals/", "/sales/deals/board/", "/sales/products/"])
def test_more_rows_ask_no_more_questions(address: str, ann: User, client_for: SignIn) -> None:
    client = client_for(ann)
    counts = []
    for number in (2, 10):
        for _turn in range(number):
            made_deal(actor=ann, company=CompanyFactory(), product=ProductFactory(), amount=Decimal(number))
        counts.append(asked(client, address))

    assert counts[0] == counts[1]


def test_the_page_of_a_deal_asks_a_fixed_number_of_questions(ann: User, client_for: SignIn) -> None:
    deal, client = made_deal(actor=ann), client_for(ann)
    before = asked(client, deal.get_absolute_url())
    for _turn in range(10):
        DealPerson.objects.create(deal=deal, person=PersonFactory(owner=ann))

    assert asked(client, deal.get_absolute_url()) == before


def test_the_board_shows_sums_of_what_the_viewer_sees(ann: User, bob: User, client_for: SignIn) -> None:
    made_deal(actor=ann, name="Mine", amount=Decimal(1000))
    made_deal(actor=bob, name="Theirs", amount=Decimal(5000))

    page = text_of(client_for(ann), "/sales/deals/board/")

    assert "Mine" in page
    assert "$1,000" in page
    assert "weighted $100" in page
    assert "Theirs" not in page


def test_the_board_shows_one_pipeline_at_a_time(root: User, client_for: SignIn) -> None:
    renewals = PipelineFactory(name="Renewals")
    made_deal(name="New business")
    made_deal(name="A renewal", pipeline=renewals)

    first = text_of(client_for(root), "/sales/deals/board/")
    second = text_of(client_for(root), f"/sales/deals/board/?pipeline={renewals.pk}")

    assert "New business" in first
    assert "A renewal" not in first
    assert "A renewal" in second
    assert "Talk" in second


def test_a_card_tells_that_its_deal_is_neglected(root: User, client_for: SignIn) -> None:
    made_deal(at=timezone.now() - timedelta(days=40))

    page = text_of(client_for(root), "/sales/deals/board/")

    assert "Rotting" in page
    assert "Nothing planned" in page


def test_the_bar_tells_the_days_in_each_stage(root: User, client_for: SignIn) -> None:
    start = timezone.now() - timedelta(days=20)
    deal = changed(made_deal(at=start), at=start + timedelta(days=5), stage=stage("Engaging"))

    page = text_of(client_for(root), deal.get_absolute_url())

    assert "5 d" in page
    assert "15 d" in page


def test_an_open_deal_shows_nothing_about_losing(root: User, client_for: SignIn) -> None:
    deal = made_deal()

    assert "Lost reason" not in text_of(client_for(root), deal.get_absolute_url())


def test_winning_by_its_button(ann: User, client_for: SignIn) -> None:
    deal = made_deal(actor=ann)

    client_for(ann).post(
        f"/sales/deals/{deal.pk}/action/win/", {"amount": "900", "closed_on": timezone.localdate()}
    )

    assert (refreshed(deal).status, refreshed(deal).amount) == ("won", Decimal(900))


def test_losing_by_its_button(ann: User, client_for: SignIn) -> None:
    deal = made_deal(actor=ann)

    client_for(ann).post(
        f"/sales/deals/{deal.pk}/action/lose/",
        {"lost_reason": reason().pk, "lost_note": "Too dear.", "closed_on": timezone.localdate()},
    )

    assert (refreshed(deal).status, refreshed(deal).lost_note) == ("lost", "Too dear.")


def test_a_deal_is_not_closed_tomorrow(ann: User, client_for: SignIn) -> None:
    deal, tomorrow = made_deal(actor=ann), timezone.localdate() + timedelta(days=1)

    answer = client_for(ann).post(f"/sales/deals/{deal.pk}/action/win/", {"closed_on": tomorrow})

    assert answer.status_code == 422
    assert refreshed(deal).is_open


def test_people_are_offered_real_reasons_only(ann: User, client_for: SignIn) -> None:
    deal = made_deal(actor=ann)

    page = text_of(client_for(ann), f"/sales/deals/{deal.pk}/action/lose/")

    assert "Price" in page
    assert LostReason.objects.get(counted=False).name not in page


def test_many_deals_are_lost_at_once_and_the_job_is_undone(root: User, client_for: SignIn) -> None:
    deals = [made_deal(), made_deal()]
    answers = {"lost_reason": reason().pk, "closed_on": timezone.localdate()}

    client_for(root).post(
        "/sales/deals/bulk/",
        {"act": "run", "action": "lose", "do": "1", "ids": [deal.pk for deal in deals], **answers},
    )

    assert [refreshed(deal).status for deal in deals] == ["lost", "lost"]


def test_a_hidden_deal_is_not_there(ann: User, bob: User, client_for: SignIn) -> None:
    deal = made_deal(actor=bob)
    client = client_for(ann)

    pages = (deal.get_absolute_url(), f"/sales/deals/{deal.pk}/people/")
    codes = [client.get(address).status_code for address in pages]
    codes.append(client.post(f"/sales/deals/{deal.pk}/stage/{stage('Engaging').pk}/").status_code)

    assert codes == [404, 404, 404]


def test_a_colleague_of_the_team_sees_the_deal_but_does_not_move_it(
    ann: User, boss: User, client_for: SignIn
) -> None:
    deal = made_deal(actor=boss)

    client = client_for(ann)

    assert client.get(deal.get_absolute_url()).status_code == 200
    assert client.post(f"/sales/deals/{deal.pk}/stage/{stage('Engaging').pk}/").status_code == 403


def test_a_person_is_put_on_a_deal_with_a_role_and_taken_off(ann: User, client_for: SignIn) -> None:
    deal, person, client = made_deal(actor=ann), PersonFactory(owner=ann), client_for(ann)
    address = f"/sales/deals/{deal.pk}/people/"

    client.post(address, {"person": person.pk, "role": "Signs"})
    role = DealPerson.objects.get().role
    client.post(address, {"drop": person.pk})

    assert role == "Signs"
    assert not DealPerson.objects.exists()


def test_a_company_shows_its_deals_with_sums(ann: User, client_for: SignIn) -> None:
    company = CompanyFactory(name="Acme", owner=ann)
    made_deal(actor=ann, company=company, name="Acme · Lathe", amount=Decimal(300))
    made_deal(actor=ann, company=company, name="Acme · Drill", amount=Decimal(200), stage="Won")

    page = text_of(client_for(ann), company.get_absolute_url())

    assert "1 open" in page
    assert "$300" in page
    assert "1 won" in page
    assert "Lathe" in page


def test_a_person_shows_the_deals_in_which_they_have_a_say(ann: User, client_for: SignIn) -> None:
    person = PersonFactory(owner=ann)
    DealPerson.objects.create(deal=made_deal(actor=ann, name="Lathes"), person=person, role="Signs")

    assert "Lathes" in text_of(client_for(ann), person.get_absolute_url())


def names_in(client: Client, query: str) -> list[str]:
    page = text_of(client, f"/sales/deals/?{query}")
    return [name for name in ("Alpha", "Beta", "Gamma") if name in page]


def test_lists_are_asked_by_stage_state_value_and_neglect(root: User, client_for: SignIn) -> None:
    rate("EUR", "2")
    old = timezone.now() - timedelta(days=100)
    made_deal(name="Alpha", at=old, amount=Decimal(100), currency="EUR")
    made_deal(name="Beta", at=timezone.now(), amount=Decimal(150), stage="Engaging")
    made_deal(name="Gamma", at=old, stage="Won", amount=Decimal(50))
    client = client_for(root)

    assert names_in(client, f"stage={stage('Engaging').pk}") == ["Beta"]
    assert names_in(client, "status=won") == ["Gamma"]
    assert names_in(client, "amount=160..") == ["Alpha"]
    assert names_in(client, "rotting=yes") == ["Alpha"]
    assert names_in(client, "planned=none") == ["Alpha", "Beta"]


def test_a_product_is_made_by_its_form(root: User, client_for: SignIn) -> None:
    client_for(root).post(
        "/sales/products/new/", {"name": "GTX Pro", "code": "GP", "price": "4821", "currency": "USD"}
    )

    product = Product.objects.get()
    assert (product.name, product.price, product.currency) == ("GTX Pro", Decimal(4821), "USD")


def test_two_products_do_not_share_a_code(root: User, client_for: SignIn) -> None:
    ProductFactory(code="GP")

    answer = client_for(root).post("/sales/products/new/", {"name": "Other", "code": "gp"})

    assert answer.status_code == 422
    assert "There is a product with this code already." in answer.content.decode()
