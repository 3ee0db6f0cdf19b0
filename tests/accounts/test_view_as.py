"""Looking with a colleague's eyes: what is seen, what is refused, who may, how it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.accounts.models import Outcome, SignIn
from crm.accounts.viewing import KEY
from crm.records.models import Event
from sales.models import Deal
from tests.factories.identity import person
from tests.factories.sales import made_deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def looking(root, ann, client_for):
    """Root's browser, looking as ann."""
    client = client_for(root)
    client.post(f"/accounts/view-as/{ann.pk}/", {"next": "/sales/deals/"})
    return client


def test_an_administrator_sees_what_the_other_sees_under_a_banner(looking, ann, bob):
    made_deal(actor=None, name="Ann’s own", owner=ann)
    made_deal(actor=None, name="Bob’s secret", owner=bob)

    page = looking.get("/sales/deals/").content.decode()

    assert "You see what <b>Ann North</b> sees" in page
    assert "Ann’s own" in page
    assert "Bob’s secret" not in page


def test_nothing_is_written(looking, ann):
    deal = made_deal(actor=None, name="Still", owner=ann)
    address = f"/sales/deals/{deal.pk}/"

    answers = [
        looking.post(f"{address}edit/", {"name": "Changed"}),
        looking.post(f"{address}delete/"),
        looking.patch(f"/api/v1/deals/{deal.pk}/", {"name": "x"}, content_type="application/json"),
        looking.post("/looks/", {"theme": "dark"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert Deal.objects.get().name == "Still"


def test_what_is_the_persons_own_stays_closed(looking):
    for address in ("/settings/security/", "/settings/tokens/", "/admin/", "/accounts/password/change/"):
        assert looking.get(address).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_what_a_page_writes_by_the_way_is_refused_too(looking, ann, monkeypatch):
    monkeypatch.setattr(
        "reports.views.first_run", lambda user: type(user).objects.filter(pk=user.pk).update(full_name="x")
    )

    answer = looking.get("/")

    assert answer.status_code == 403
    assert type(ann).objects.get(pk=ann.pk).full_name == "Ann North"


def test_it_is_logged_where_the_person_sees_it(looking, root, ann, client_for):
    looking.post("/accounts/view-as/stop/")

    names = list(
        Event.objects.filter(name__startswith="user.view_").order_by("pk").values_list("name", "actor")
    )
    assert names == [("user.view_started", root.pk), ("user.view_ended", root.pk)]
    assert SignIn.objects.get(outcome=Outcome.VIEWED_AS).user == ann
    assert "Looked at by an administrator" in client_for(ann).get("/settings/security/").content.decode()


def test_it_ends_by_itself(looking):
    session = looking.session
    session[KEY] = {**session[KEY], "until": (timezone.now() - timedelta(seconds=1)).timestamp()}
    session.save()

    page = looking.get("/sales/deals/").content.decode()

    assert "You see what" not in page
    assert Event.objects.filter(name="user.view_ended").exists()


def test_nobody_looks_as_somebody_who_may_do_more(root, ann, client_for):
    boss = person("adam", role="administrator")
    client = client_for(boss)

    assert client.post(f"/accounts/view-as/{root.pk}/").status_code == 403
    assert client.post(f"/accounts/view-as/{ann.pk}/").status_code == 302
    assert client_for(ann).post(f"/accounts/view-as/{boss.pk}/").status_code == 403
