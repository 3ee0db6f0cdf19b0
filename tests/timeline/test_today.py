"""Today: what stands where, in which order, for which reason, and whose day it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.timeline import selectors, states, today
from crm.timeline.today import Looking, Section
from sales.services import DealService
from tests.factories.contacts import made_company
from tests.factories.identity import person
from tests.factories.sales import made_deal
from tests.factories.timeline import NOON, call, day, planned, todo

if TYPE_CHECKING:
    from crm.identity.models import Team, User

pytestmark = pytest.mark.django_db
ClientFor = Callable[["User"], Client]


def sections(user: User, at: datetime = NOON, whose: str = "mine") -> dict[str, Section]:
    looking = Looking(user, at, whose)
    return {one.key: today.section(one, looking) for one in today.sources(user)}


def rows(user: User, key: str, at: datetime = NOON, whose: str = "mine") -> list[tuple[str, str]]:
    return [(row.title, row.reason) for row in sections(user, at, whose)[key].rows]


def test_sections_come_by_urgency_each_row_with_its_reason(ann: User) -> None:
    old = made_deal(actor=ann, at=NOON - timedelta(days=30), stage="Engaging", name="Left alone")
    new = made_deal(actor=ann, at=NOON - timedelta(days=3), name="Nothing next")
    busy = made_deal(actor=ann, name="Busy")
    planned(busy, days=-2, actor=ann, subject="Late call", kind="call")
    planned(busy, actor=ann, subject="At three", due_at=NOON + timedelta(hours=3))
    planned(busy, actor=ann, subject="Some time today", when=day(0))
    planned(busy, days=1, actor=ann, subject="Tomorrow")

    order = ["overdue", "unanswered", "today", "meetings", "invited", "rotting", "unplanned"]
    assert list(sections(ann)) == order
    assert rows(ann, "overdue") == [("Late call", "2 days late")]
    assert rows(ann, "today") == [("At three", "Today at 15:00"), ("Some time today", "Today")]
    assert rows(ann, "rotting") == [(str(old), "No touch for 30 days, Engaging allows 21")]
    assert rows(ann, "unplanned") == [(str(new), "Nothing planned, last touch 3 days ago")]


def test_a_whole_day_is_late_only_when_it_is_over(ann: User) -> None:
    todo(actor=ann, due_at=NOON, all_day=True)
    evening = NOON.replace(hour=23)

    assert rows(ann, "today", evening) == [("Tidy up", "Today")]
    assert rows(ann, "overdue", evening + timedelta(hours=2)) == [("Tidy up", "1 day late")]


def test_today_is_the_day_of_the_viewer(team_a: Team) -> None:
    ivan = person("ivan", role="sales_rep", team=team_a, time_zone="Asia/Yekaterinburg")
    # In Yekaterinburg it is the 3rd already: what is due at its noon is today's.
    late = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
    todo(actor=ivan, at=late, subject="Noon", due_at=datetime(2026, 3, 3, 7, 0, tzinfo=UTC))
    todo(actor=ivan, at=late, subject="All day", due_at=late, all_day=True)

    with timezone.override("Asia/Yekaterinburg"):
        assert rows(ivan, "today", late) == [("Noon", "Today at 12:00"), ("All day", "Today")]
    assert rows(ivan, "today", late) == []


def test_a_late_activity_keeps_its_deal_out_of_the_neglected_ones(ann: User, boss: User) -> None:
    deal = made_deal(actor=ann, at=NOON - timedelta(days=60), stage="Engaging")
    other = made_deal(actor=ann, at=NOON - timedelta(days=60), stage="Engaging", name="Boss should call")
    planned(deal, days=-1, actor=ann, at=NOON)
    planned(other, days=-1, actor=ann, owner=boss, at=NOON)

    assert [title for title, _reason in rows(ann, "rotting")] == ["Boss should call"]
    assert len(rows(ann, "overdue")) == 1


def test_what_lies_in_the_bin_calls_for_nobody(ann: User) -> None:
    deal = made_deal(actor=ann)
    planned(deal, days=-1, actor=ann)

    DealService().delete([deal], actor=None, at=NOON)

    assert rows(ann, "overdue") == []
    assert selectors.overdue_count(ann, NOON) == 0


def test_a_lead_looks_at_the_team_and_a_rep_at_their_own(ann: User, boss: User, bob: User) -> None:
    planned(made_deal(actor=ann), days=-1, actor=ann, subject="Ann is late")
    planned(made_deal(actor=bob), days=-1, actor=bob, subject="Bob is late")

    assert today.whose_of(ann) == ["mine"]
    assert today.whose_of(boss) == ["mine", "team"]
    assert rows(boss, "overdue") == []
    assert [title for title, _reason in rows(boss, "overdue", whose="team")] == ["Ann is late"]


def test_a_task_on_a_hidden_deal_is_shown_without_the_deals_name(ann: User, bob: User) -> None:
    planned(made_deal(actor=ann, name="Secret"), days=-1, actor=ann, owner=bob, subject="Draw")

    row = sections(bob)["overdue"].rows[0]

    assert (row.title, row.subtitle) == ("Draw", "")


@pytest.mark.parametrize(
    ("hours", "state"), [(None, "none"), (-1, "overdue"), (1, "today"), (11, "today"), (13, "later")]
)
def test_the_state_of_the_next_activity(hours: int | None, state: str) -> None:
    due = None if hours is None else NOON + timedelta(hours=hours)

    assert states.state_of(due, NOON) == state


def test_twelve_rows_cost_no_more_statements_than_two(ann: User, client_for: ClientFor) -> None:
    client = client_for(ann)

    def asked(more: int) -> int:
        for n in range(more):
            company = made_company()
            old = NOON - timedelta(days=90)
            made_deal(actor=ann, company=company, at=old, stage="Engaging", name=f"Old {n}")
            deal = made_deal(actor=ann, company=company, name=f"New {n}")
            planned(deal, days=-1, actor=ann)
            planned(company, actor=ann, due_at=NOON + timedelta(hours=n % 8))
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/today/").status_code == 200
        return len(queries)

    with time_machine.travel(NOON, tick=False):
        client.get("/today/")
        few = asked(2)
        assert asked(10) == few


def test_a_row_is_done_and_the_next_step_planned_without_leaving(ann: User, client_for: ClientFor) -> None:
    deal = made_deal(actor=ann, name="The deal")
    activity = planned(deal, days=-1, actor=ann, kind="call", subject="Ring")
    client = client_for(ann)

    done = client.post(f"/activities/{activity.pk}/do/complete/?on=today", headers={"HX-Request": "true"})
    assert "What came of the call?" in done.content.decode()
    assert "What is next?" in done.content.decode()
    after = client.post(
        f"/timeline/deals/{deal.pk}/plan/?on=today&row=a1",
        {"next_kind": "meeting", "next_quick": "+3d"},
        headers={"HX-Request": "true"},
    )

    assert "The deal" in after.content.decode()
    deal.refresh_from_db()
    assert deal.next_due_at is not None
    assert call(deal, actor=ann).pk > activity.pk


def test_somebody_elses_row_is_refused(ann: User, bob: User, client_for: ClientFor) -> None:
    activity = planned(made_deal(actor=ann), actor=ann)

    answer = client_for(bob).post(f"/activities/{activity.pk}/do/complete/?on=today")

    assert answer.status_code == 404
    activity.refresh_from_db()
    assert activity.is_open
