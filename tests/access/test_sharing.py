"""Sharing a record, and the words that say why somebody sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from crm.identity import reasons
from crm.identity.models import Share, Team
from crm.records.due import run_due
from crm.records.models import Event
from crm.records.sharing import share_record
from tests.factories.identity import rights_changed
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(ann: User) -> Any:
    return made_deal(actor=None, name="Turbine", owner=ann, team=ann.primary_team)


def words(user: User, record: Any, action: str = "view") -> list[tuple[bool, str]]:
    return [(path.opens, path.text) for path in reasons.explain(user, record, action)]


def test_a_share_opens_every_door_to_somebody_without_any_role(
    deal: Any, ann: User, eve: User, client_for: Callable[[User], Client]
) -> None:
    client_for(ann).post(f"/sales/deals/{deal.pk}/share/", {"whom": f"user:{eve.pk}", "reason": "Helps"})
    rights_changed()

    client = client_for(eve)

    assert "Turbine" in client.get("/sales/deals/").content.decode()
    assert client.get(f"/sales/deals/{deal.pk}/").status_code == 200
    assert client.get("/api/v1/deals/").json()["results"][0]["name"] == "Turbine"
    assert client.get(f"/sales/deals/{deal.pk}/edit/").status_code == 403
    assert Event.objects.get(name="deal.shared").data["whom"] == "Eve Outside"


def test_a_share_to_look_and_change_lets_change(
    deal: Any, ann: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    share_record(record=deal, whom=bob, can_edit=True, actor=ann, at=timezone.now())
    rights_changed()

    answer = client_for(bob).patch(
        f"/api/v1/deals/{deal.pk}/", {"name": "Turbine 2"}, content_type="application/json"
    )

    assert answer.status_code == 200


def test_only_who_may_change_a_record_shares_it(
    deal: Any, bob: User, eve: User, client_for: Callable[[User], Client]
) -> None:
    with pytest.raises(PermissionDenied):
        share_record(record=deal, whom=eve, can_edit=False, actor=bob, at=timezone.now())

    assert client_for(bob).get(f"/sales/deals/{deal.pk}/share/").status_code == 404


def test_a_share_ends_on_its_day_by_itself(deal: Any, ann: User, eve: User) -> None:
    now = timezone.now()
    share_record(record=deal, whom=eve, can_edit=False, actor=ann, at=now, until=now + timedelta(days=1))

    run_due(now + timedelta(days=2))

    assert not Share.objects.exists()
    assert Event.objects.get(name="deal.unshared").actor is None


def test_a_share_that_has_run_out_opens_nothing_even_before_it_is_taken_away(
    deal: Any, ann: User, eve: User
) -> None:
    share_record(record=deal, whom=eve, can_edit=False, actor=ann, at=timezone.now())
    Share.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    rights_changed()

    assert not reasons.may(eve, deal)
    assert words(eve, deal) == [
        (False, "Ann North shared the record with Eve Outside. The share has run out.")
    ]


def test_a_share_is_taken_back(deal: Any, ann: User, eve: User, client_for: Callable[[User], Client]) -> None:
    share = share_record(record=deal, whom=eve, can_edit=False, actor=ann, at=timezone.now())

    client_for(ann).post(f"/sales/deals/{deal.pk}/share/", {"remove": str(share.pk)})
    rights_changed()

    assert not reasons.may(eve, deal)


def test_why_names_each_path(deal: Any, ann: User, bob: User, boss: User, eve: User, root: User) -> None:
    assert words(root, deal)[0] == (True, "Root is a superuser and sees everything.")
    assert words(ann, deal) == [
        (True, "Role “Sales rep”, whose records: Own team. Ann North owns the record.")
    ]
    assert words(bob, deal)[0][1].endswith("The record is in the team North, where Bob South is no member.")
    assert words(boss, deal)[0][1].endswith("The record is in the team North, where Bea Boss is a member.")
    assert words(eve, deal) == [(False, "Eve Outside has no role, and no share.")]


def test_why_names_the_team_above(deal: Any, boss: User, team_a: Team) -> None:
    below = Team.objects.create(name="Far North", parent=team_a)
    type(deal).objects.filter(pk=deal.pk).update(team=below, owner=None)
    rights_changed()

    (path,) = reasons.explain(boss, type(deal).objects.get(pk=deal.pk))

    assert path.opens
    assert "Far North, which is below North, a team of Bea Boss" in path.text


def test_only_administrators_ask_why(
    deal: Any, ann: User, root: User, client_for: Callable[[User], Client]
) -> None:
    address = f"/sales/deals/{deal.pk}/why/?user={ann.pk}"

    assert client_for(ann).get(address).status_code == 403
    assert "owns the record" in client_for(root).get(address).content.decode()


def test_a_share_is_changed_in_a_form_that_knows_it(
    deal: Any, ann: User, eve: User, client_for: Callable[[User], Client]
) -> None:
    until = timezone.now() + timedelta(days=3)
    share = share_record(
        record=deal, whom=eve, can_edit=True, actor=ann, at=timezone.now(), reason="Helps", until=until
    )

    form = client_for(ann).get(f"/sales/deals/{deal.pk}/share/", {"change": share.pk}).context["form"]

    assert form["whom"].value() == f"user:{eve.pk}"
    assert form["can_edit"].value() == "1"
    assert form["reason"].value() == "Helps"
    assert f'value="{timezone.localtime(until):%Y-%m-%d}"' in str(form["until"])
