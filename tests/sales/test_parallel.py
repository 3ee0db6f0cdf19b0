"""Many people at one deal at the same moment: nothing is lost, and of two who win it one does."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.test import Client

from contacts.models import Company
from crm.records.models import Event
from sales.models import Deal, StageChange
from tests.factories.sales import made_deal, reason, refreshed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crm.identity.models import User

pytestmark = pytest.mark.django_db(transaction=True)
EDITS = 50


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all acts in threads that start together; return what each gave."""
    gate = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def do(place: int) -> None:
        try:
            gate.wait()
            found[place] = acts[place]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def patch(client: Client, deal: Deal, data: dict[str, Any], **headers: str) -> Any:
    return client.patch(f"/api/v1/deals/{deal.pk}/", data, content_type="application/json", headers=headers)


@pytest.fixture
def deal(root: User) -> Deal:
    return made_deal(name="Packing robot", owner=root, amount=Decimal(1000))


def test_fifty_edits_at_once_all_arrive(deal: Deal, root: User) -> None:
    fields = ["next_step", "name", "amount", "tags", "expected_on"]
    values = {
        "next_step": "Step {}",
        "name": "Robot {}",
        "amount": "{}",
        "tags": "tag-{}",
        "expected_on": "2027-03-{:02d}",
    }
    clients = [browser(root) for _ in range(10)]

    def five(client: Client, start: int) -> list[int]:
        return [patch(client, deal, {field: values[field].format(start + 1)}).status_code for field in fields]

    answers = at_once([lambda client=client, n=n: five(client, n) for n, client in enumerate(clients)])

    after = refreshed(deal)
    told = Event.objects.filter(type_id=4, record_id=deal.pk, name="deal.updated")
    assert answers == [[200] * 5] * 10
    assert after.version == deal.version + EDITS
    assert told.count() == EDITS
    # Each event's old value is the one that the event before it wrote: none was overwritten unseen.
    changes = [one.data["changes"] for one in told.order_by("pk")]
    steps = [one["next_step"] for one in changes if "next_step" in one]
    assert [step["new"] for step in steps][:-1] == [step["old"] for step in steps][1:]


def test_of_many_edits_of_one_version_one_is_taken(deal: Deal, root: User) -> None:
    clients = [browser(root) for _ in range(8)]

    answers = at_once(
        [
            lambda client=client, n=n: (
                patch(client, deal, {"next_step": f"Step {n}"}, **{"If-Match": str(deal.version)}).status_code
            )
            for n, client in enumerate(clients)
        ]
    )

    assert sorted(answers) == [200] + [409] * 7
    assert refreshed(deal).version == deal.version + 1


def test_a_deal_is_won_once(deal: Deal, root: User) -> None:
    clients = [browser(root) for _ in range(6)]

    answers = at_once(
        [
            lambda client=client: (
                client.post(f"/api/v1/deals/{deal.pk}/win/", {}, content_type="application/json").status_code
            )
            for client in clients
        ]
    )

    assert sorted(answers) == [200] + [400] * 5
    assert Event.objects.filter(name="deal.won", record_id=deal.pk).count() == 1
    assert StageChange.objects.filter(deal=deal, to_stage__kind="won").count() == 1


def test_won_and_lost_at_once_has_one_winner(deal: Deal, root: User) -> None:
    price = reason("Price")
    first, second = browser(root), browser(root)

    answers = at_once(
        [
            lambda: (
                first.post(f"/api/v1/deals/{deal.pk}/win/", {}, content_type="application/json").status_code
            ),
            lambda: (
                second.post(
                    f"/api/v1/deals/{deal.pk}/lose/",
                    {"lost_reason": price.pk},
                    content_type="application/json",
                ).status_code
            ),
        ]
    )

    assert sorted(answers) == [200, 400]
    assert Event.objects.filter(name__in=["deal.won", "deal.lost"], record_id=deal.pk).count() == 1


def test_an_edit_during_a_merge_is_not_lost(root: User) -> None:
    made = [
        browser(root).post("/api/v1/companies/", {"name": name}, content_type="application/json").json()["id"]
        for name in ("Sever", "Sever Ltd")
    ]
    merger, editor = browser(root), browser(root)

    merged, edited = at_once(
        [
            lambda: (
                merger.post(
                    f"/api/v1/companies/{made[0]}/merge/",
                    {"absorb": [made[1]]},
                    content_type="application/json",
                ).status_code
            ),
            lambda: (
                editor.patch(
                    f"/api/v1/companies/{made[1]}/", {"city": "Omsk"}, content_type="application/json"
                ).status_code
            ),
        ]
    )

    survivor = Company.objects.get(pk=made[0])
    assert merged == 200
    # Before the merge the city went over with the rest; after it the address had moved on.
    assert (edited, survivor.city) in [(200, "Omsk"), (301, ""), (409, "")]
