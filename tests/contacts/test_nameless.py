"""People without a name: called by their e-mail where it is seen, by their number where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Person
from contacts.services import PersonService
from crm.records.models import Event, Search
from tests.contract.planting import body, limited
from tests.factories.contacts import made_person
from tests.factories.sales import NOON, made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import Team, User

pytestmark = pytest.mark.django_db
ADDRESS = "zqsecret@example.com"


@pytest.fixture
def nameless(ann: User) -> Any:
    row = {"email": ADDRESS, "owner": ann, "team": ann.primary_team}
    return PersonService().create([row], actor=ann, at=NOON)[0].record


def doors(one: Any) -> dict[str, str]:
    here = one.get_absolute_url()
    return {
        "list": "/contacts/people/",
        "page": here,
        "preview": f"{here}preview/",
        "history": f"{here}history/",
        "edit": f"{here}edit/",
        "export": "/contacts/people/export/?format=csv&columns=name",
        "rest": "/api/v1/people/",
        "rest record": f"/api/v1/people/{one.pk}/",
        "search": f"/search/?q=Person {one.pk}",
        "rest search": f"/api/v1/search/?q=Person {one.pk}",
        "choices": f"/choices/contacts.person/?q=Person {one.pk}",
        "home": "/",
    }


def test_no_door_tells_the_address_to_those_who_may_not_see_it(
    nameless: Any, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    deal = made_deal(actor=ann, person=nameless)
    lena = limited(team_a, Person.record_type, "email", "hidden")
    client = client_for(lena)

    told = {
        door: body(client.get(url))
        for door, url in {**doors(nameless), "deal": deal.get_absolute_url()}.items()
    }

    assert [door for door, text in told.items() if "zqsecret" in text] == []
    named = {door for door, text in told.items() if f"Person #{nameless.pk}" in text}
    assert named >= {
        "list",
        "page",
        "preview",
        "export",
        "rest",
        "rest record",
        "search",
        "rest search",
        "deal",
    }


def test_those_who_see_the_address_are_shown_it_in_place_of_a_name(
    nameless: Any, ann: User, client_for: Callable[[User], Client]
) -> None:
    client = client_for(ann)

    page = client.get(nameless.get_absolute_url()).content.decode()
    shown = client.get(f"/api/v1/people/{nameless.pk}/").json()

    assert f"<title>{ADDRESS}" in page
    assert (shown["title"], shown["name"]) == (ADDRESS, ADDRESS)


def test_what_is_kept_for_all_readers_holds_a_number(nameless: Any) -> None:
    title = f"Person #{nameless.pk}"

    assert Search.objects.get(type_id=1, record_id=nameless.pk).title == title
    assert set(Event.objects.filter(type_id=1, record_id=nameless.pk).values_list("title", flat=True)) == {
        title
    }
    assert str(nameless) == title


def test_people_without_a_name_stand_after_all_others(
    nameless: Any, ann: User, client_for: Callable[[User], Client]
) -> None:
    for name in ("Zimmer", "Яковлев"):
        made_person(ann, first_name="", last_name=name)

    rows = client_for(ann).get("/api/v1/people/?sort=name").json()["results"]

    assert [row["title"] for row in rows] == ["Zimmer", "Яковлев", ADDRESS]
