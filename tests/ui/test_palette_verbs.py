"""The palette does something with a record in one line: "log a call with Anna"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories.contacts import made_company, made_person
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def lines(client: Client, text: str) -> list[tuple[str, str]]:
    groups = dict(client.get("/search/palette/", {"q": text}).context["groups"])
    return [(line.title, line.url) for line in groups.get("Do", [])]


@pytest.mark.parametrize(
    ("text", "title", "anchor"),
    [
        ("log a call with anna", "Log a call with Anna Leeman", "add-call"),
        ("Call Leeman", "Log a call with Anna Leeman", "add-call"),
        ("note on Anna L", "Write a note on Anna Leeman", "add-note"),
        ("task for leeman", "Add a task for Anna Leeman", "add-task"),
        ("meeting with Anna", "Plan a meeting with Anna Leeman", "add-meeting"),
    ],
)
def test_a_verb_and_a_name_lead_to_the_place_where_it_is_done(
    ann: User, client_for: Callable[[User], Client], text: str, title: str, anchor: str
) -> None:
    anna = made_person(ann, name="Anna Leeman")

    found = lines(client_for(ann), text)

    assert found == [(title, f"/contacts/people/{anna.pk}/#{anchor}")]


def test_words_that_only_begin_like_a_verb_are_searched_for(
    ann: User, client_for: Callable[[User], Client]
) -> None:
    made_company(ann, name="Callisto")

    assert lines(client_for(ann), "callisto") == []


def test_only_records_that_one_sees_are_offered(
    ann: User, bob: User, client_for: Callable[[User], Client]
) -> None:
    made_deal(name="Turbine", owner=ann)

    mine, his = (lines(client_for(one), "task for turbine") for one in (ann, bob))

    assert [title for title, _url in mine] == ["Add a task for Turbine"]
    assert his == []
