"""The bell, its page, the question of open pages, and choosing how to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.notifications import live, selectors, services
from crm.notifications.models import Notification, Preference
from tests.factories.sales import NOON, made_deal
from tests.factories.timeline import call

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(ann: User) -> Any:
    return made_deal(owner=ann, name="Quillfeather deal")


def tell(user: User, deal: Any, actor: User, number: int = 1, **more: Any) -> Notification:
    data = {"text": f"Text {number}"}
    return services.notify(
        [user], "mention", at=NOON, record=deal, actor=actor, event_id=number, data=data, **more
    )[0]


def test_an_open_page_that_knows_everything_is_answered_without_the_database(
    ann: User, boss: User, deal: Any, client_for: Any
) -> None:
    tell(ann, deal, boss)
    client = client_for(ann)
    state = live.state_of(ann)
    client.get("/live/", {"v": state.version})

    with CaptureQueriesContext(connection) as found:
        response = client.get("/live/", {"v": state.version})

    assert response.status_code == 204
    # Tests keep sessions in the database when the cache is cleared; the product reads its cache.
    assert [one["sql"] for one in found if "session" not in one["sql"]] == []


def test_an_open_page_hears_what_has_come(
    ann: User, boss: User, deal: Any, client_for: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_for(ann)
    before = live.state_of(ann)
    with django_capture_on_commit_callbacks(execute=True):
        made = tell(ann, deal, boss)

    answer = client.get("/live/", {"v": before.version, "after": before.last}).json()

    assert (answer["unread"], answer["last"]) == (1, made.pk)
    assert answer["fresh"] == [
        {"text": "Bea Boss: Mention · Quillfeather deal", "url": f"/notifications/{made.pk}/"}
    ]


def test_guests_are_told_to_stop_asking() -> None:
    assert Client().get("/live/", {"v": "x"}).status_code == 401


def test_opening_one_reads_it_and_leads_to_its_record(
    ann: User, boss: User, deal: Any, client_for: Any
) -> None:
    made = tell(ann, deal, boss)

    response = client_for(ann).get(reverse("notifications:one", args=[made.pk]))

    assert response["Location"] == deal.get_absolute_url()
    made.refresh_from_db()
    assert made.read_at is not None


def test_opening_the_record_reads_what_was_told_of_it(
    ann: User, boss: User, deal: Any, client_for: Any
) -> None:
    tell(ann, deal, boss)

    client_for(ann).get(deal.get_absolute_url())

    assert selectors.unread_count(ann) == 0


def test_the_page_shows_narrows_and_reads_all(ann: User, boss: User, deal: Any, client_for: Any) -> None:
    tell(ann, deal, boss, 1)
    services.notify([ann], "rule", at=NOON, title="Big deal", key="x")
    client = client_for(ann)

    assert "Quillfeather deal" in client.get("/notifications/").content.decode()
    only = client.get("/notifications/", {"kind": "rule"}).content.decode()
    assert "Big deal" in only
    assert "Quillfeather" not in only
    client.post("/notifications/read/")

    assert "Big deal" not in client.get("/notifications/", {"unread": ""}).content.decode()
    assert selectors.unread_count(ann) == 0


def test_one_can_come_back_to_what_was_read(ann: User, boss: User, deal: Any, client_for: Any) -> None:
    made = tell(ann, deal, boss)
    client = client_for(ann)
    address = reverse("notifications:one", args=[made.pk])

    client.post(address)
    assert selectors.unread_count(ann) == 0
    client.post(address, {"unread": "1"})

    assert selectors.unread_count(ann) == 1


def test_nobody_reads_the_notifications_of_others(ann: User, boss: User, deal: Any, client_for: Any) -> None:
    made = tell(ann, deal, boss)
    address = reverse("notifications:one", args=[made.pk])

    assert client_for(boss).get(address).status_code == 404
    assert client_for(boss).post(address).status_code == 404
    assert "Quillfeather" not in client_for(boss).get("/notifications/").content.decode()


def test_pages_follow_each_other_without_a_gap(ann: User, boss: User, deal: Any) -> None:
    for number in range(selectors.PAGE + 5):
        tell(ann, deal, boss, number)

    first, following = selectors.page_of(ann)
    second, end = selectors.page_of(ann, before=following)

    assert (len(first), len(second), end) == (selectors.PAGE, 5, None)
    assert not {one.pk for one in first} & {one.pk for one in second}


def test_the_page_costs_the_same_with_two_and_with_twelve(ann: User, boss: User, client_for: Any) -> None:
    client, counts = client_for(ann), []
    for number in range(12):
        tell(ann, made_deal(owner=ann), boss, number)
        if number in (1, 11):
            client.get("/notifications/")
            with CaptureQueriesContext(connection) as found:
                client.get("/notifications/")
            counts.append(len(found))

    assert counts[0] == counts[1]


def test_a_record_is_followed_by_those_who_see_it(
    ann: User, boss: User, bob: User, deal: Any, client_for: Any
) -> None:
    address = reverse("notifications:follow", args=["deals", deal.pk])

    client_for(boss).post(address)
    assert selectors.is_following(boss, deal)
    assert client_for(bob).post(address).status_code == 404
    client_for(boss).post(address)

    assert not selectors.is_following(boss, deal)


def test_choices_are_kept(ann: User, client_for: Any) -> None:
    client = client_for(ann)
    shown = client.get("/settings/notifications/")
    assert shown.status_code == 200
    data = {f"mail_{row[0].key}": "digest" for row in shown.context["form"].rows()}

    client.post("/settings/notifications/", {**data, "mail_mention": "never", "page_mention": "on"})

    kept = Preference.objects.get(user=ann, kind="mention")
    assert (kept.on_page, kept.mail) == (True, "never")
    assert Preference.objects.get(user=ann, kind="note").on_page is False


def test_suggestions_put_those_who_see_the_record_first(
    ann: User, boss: User, bob: User, deal: Any, client_for: Any
) -> None:
    address = reverse("timeline:mentions", args=["deals", deal.pk])

    found = client_for(ann).get(address, {"q": "b"}).json()["results"]

    assert [(one["insert"], one["sees"]) for one in found] == [("Bea Boss", True), ("Bob South", False)]
    assert client_for(bob).get(address, {"q": "b"}).status_code == 404


def test_changing_a_text_offers_those_who_see_the_record_that_it_is_about(
    ann: User, boss: User, bob: User, deal: Any, client_for: Any
) -> None:
    said = call(deal, actor=ann, subject="Said")
    address = reverse("timeline:activity_mentions", args=[said.pk])

    found = client_for(ann).get(address, {"q": "b"}).json()["results"]
    form = client_for(ann).get(f"{said.get_absolute_url()}edit/").content.decode()
    panel = client_for(ann).get(reverse("timeline:change", args=[said.pk])).content.decode()

    assert [(one["insert"], one["sees"]) for one in found] == [("Bea Boss", True), ("Bob South", False)]
    assert all(f'<mention-box url="{address}"' in page for page in (form, panel))
    assert client_for(bob).get(address, {"q": "b"}).status_code == 404


def test_naming_somebody_who_sees_nothing_is_said_and_a_share_is_offered(
    ann: User, bob: User, deal: Any, client_for: Any
) -> None:
    response = client_for(ann).post(
        reverse("timeline:add", args=["deals", deal.pk]),
        {"kind": "note", "body": "Hello @Bob South"},
        headers={"HX-Request": "true"},
    )

    assert "Bob South" in response["HX-Trigger"]
    assert f"/sales/deals/{deal.pk}/share/" in response["HX-Trigger"]
    assert 'class="mention"' in response.content.decode()


def test_a_mention_runs_no_markup(ann: User, boss: User, deal: Any, client_for: Any) -> None:
    response = client_for(ann).post(
        reverse("timeline:add", args=["deals", deal.pk]),
        {"kind": "note", "body": "<script>alert(1)</script> @Bea Boss <b>"},
    )

    text = response.content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;" in text
