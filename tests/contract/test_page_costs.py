"""What the page of a record costs: the same for each type, however much hangs on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.lib import kept
from crm.records import registry
from tests.contract.samples import ROWS, make
from tests.factories.contacts import made_person
from tests.factories.sales import made_deal
from tests.factories.timeline import call, planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import Team, User

pytestmark = pytest.mark.django_db
#: So many statements the page of one record may take.
MOST = 15
MANY = 30


@pytest.mark.parametrize("slug", sorted(ROWS))
def test_the_page_of_a_busy_record_asks_at_most_fifteen_questions(
    slug: str, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    record = busy(slug, ann, team_a)
    client = client_for(ann)

    asked = questions(client, record.get_absolute_url())

    assert asked <= MOST


@pytest.mark.parametrize("slug", ["companies", "deals", "people"])
def test_a_busy_record_asks_no_more_than_a_quiet_one_with_a_little_of_each(
    slug: str, ann: User, team_a: Team, client_for: Callable[[User], Client]
) -> None:
    client = client_for(ann)

    counts = [questions(client, busy(slug, ann, team_a, many).get_absolute_url()) for many in (3, MANY)]

    assert counts[0] == counts[1]


def questions(client: Client, address: str) -> int:
    """Count the statements of a page as they are once what is kept has been read."""
    for _turn in range(2):
        # What this test wrote counts as committed, as it is for every other request.
        kept._state.is_writing = False
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
    return len(asked)


def busy(slug: str, ann: User, team: Team, many: int = MANY) -> Any:
    """Make a record on which much was done and much is planned."""
    record = make(registry.by_slug(slug), owner=ann, team=team)
    if slug not in ("companies", "deals", "people"):
        return record
    for number in range(many):
        call(record, actor=ann, at=timezone.now())
        planned(record, actor=ann, days=number - 3)
        if slug == "companies":
            made_person(ann, company=record)
            made_deal(actor=ann, company=record)
        if slug == "people":
            made_deal(actor=ann, person=record)
    return record
