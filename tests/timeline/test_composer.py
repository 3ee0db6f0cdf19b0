"""Writing on a record's page: logging, planning, changing, moving, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from crm.records.models import Event
from crm.timeline.models import Activity
from crm.ui.undo import undo_event
from tests.factories.contacts import made_company
from tests.factories.identity import person
from tests.factories.sales import made_deal
from tests.factories.timeline import NOON, call, no_answer, planned

if TYPE_CHECKING:
    from crm.identity.models import Team, User

pytestmark = pytest.mark.django_db
ClientFor = Callable[["User"], Client]


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def add(client: Client, deal: Any, **data: Any) -> Any:
    return client.post(f"/timeline/deals/{deal.pk}/add/", data, headers={"HX-Request": "true"})


def test_a_call_is_logged_and_the_next_step_planned_in_one_go(ann: User, client_for: ClientFor) -> None:
    deal = made_deal(actor=ann)

    answer = add(
        client_for(ann),
        deal,
        kind="call",
        mode="log",
        direction="in",
        outcome=str(no_answer().pk),
        minutes="2.5",
        body="Will call back",
        plan_next="on",
        next_kind="call",
        next_when="fri 15:00",
    )

    assert answer.status_code == 200
    logged, following = Activity.objects.order_by("pk")
    assert (logged.direction, logged.seconds, logged.done_at, str(logged.outcome)) == (
        "in",
        150,
        NOON,
        "No answer",
    )
    assert (following.kind, following.due_at) == ("call", NOON.replace(day=6, hour=15))
    assert "Will call back" in answer.content.decode()


def test_a_task_for_a_colleague_is_due_at_the_end_of_their_day(
    ann: User, team_a: Team, client_for: ClientFor
) -> None:
    ivan = person("ivan", role="sales_rep", team=team_a, time_zone="Asia/Yekaterinburg")
    deal = made_deal(actor=ann)

    add(client_for(ann), deal, kind="task", subject="Send it", quick="2026-03-04", owner=str(ivan.pk))

    task = Activity.objects.get()
    assert (task.owner, task.team, task.all_day) == (ivan, team_a, True)
    assert task.due_at == NOON.replace(day=4, hour=18, minute=59, second=59)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"kind": "note", "body": "  "}, "The note is empty."),
        ({"kind": "task", "when": "tomorrow"}, "Say what is to be done."),
        ({"kind": "task", "subject": "X"}, "Say when."),
        ({"kind": "meeting", "mode": "plan", "when": "sometime"}, "is no day"),
        ({"kind": "call", "mode": "log", "done": "tomorrow 10:00"}, "is no time in the past"),
    ],
)
def test_what_makes_no_sense_is_refused_and_kept(
    ann: User, client_for: ClientFor, data: dict[str, str], said: str
) -> None:
    deal = made_deal(actor=ann)

    answer = add(client_for(ann), deal, **data)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Activity.objects.exists()


def test_nobody_writes_on_a_page_they_do_not_see(
    ann: User, bob: User, eve: User, client_for: ClientFor
) -> None:
    deal = made_deal(actor=ann)

    assert add(client_for(bob), deal, kind="note", body="Hello").status_code == 404
    assert add(client_for(eve), deal, kind="note", body="Hello").status_code == 404
    assert client_for(bob).get(f"/timeline/deals/{deal.pk}/").status_code == 404


def test_bob_may_write_about_a_company_that_all_see(bob: User, client_for: ClientFor) -> None:
    company = made_company()

    answer = client_for(bob).post(f"/timeline/companies/{company.pk}/add/", {"kind": "note", "body": "Hello"})

    assert answer.status_code == 200
    assert Activity.objects.get().about == company.ref


def test_a_meeting_moved_to_another_day_keeps_its_hour_and_length(ann: User, client_for: ClientFor) -> None:
    deal = made_deal(actor=ann)
    meeting = planned(deal, actor=ann, kind="meeting", subject="Lunch")
    Activity.objects.update(ends_at=meeting.due_at + timedelta(hours=1))

    client_for(ann).post(f"/activities/{meeting.pk}/do/move/?on=deals:{deal.pk}", {"when": "2026-03-09"})

    meeting.refresh_from_db()
    assert (meeting.due_at, meeting.ends_at) == (NOON.replace(day=9), NOON.replace(day=9, hour=13))


def test_changing_in_the_side_panel_writes_only_what_differs(ann: User, client_for: ClientFor) -> None:
    deal = made_deal(actor=ann)
    task = planned(deal, actor=ann, subject="Send")
    client = client_for(ann)
    shown = client.get(f"/activities/{task.pk}/do/change/").content.decode()
    assert "2026-03-03 12:00" in shown

    answer = client.post(
        f"/activities/{task.pk}/do/change/",
        {"subject": "Send it", "when": "2026-03-03 12:00", "owner": str(ann.pk), "priority": "2", "body": ""},
    )

    assert answer.status_code == 204
    assert list(Event.objects.get(name="activity.updated").data["changes"]) == ["subject"]


def test_done_can_be_taken_back(ann: User, client_for: ClientFor) -> None:
    deal = made_deal(actor=ann)
    task = planned(deal, actor=ann)
    client_for(ann).post(f"/activities/{task.pk}/do/complete/?on=deals:{deal.pk}")
    event = Event.objects.get(name="activity.updated", record_id=task.pk)

    undo_event(event, actor=ann, at=timezone.now())

    task.refresh_from_db()
    deal.refresh_from_db()
    assert task.is_open
    assert deal.next_due_at == task.due_at


def test_a_logged_call_can_be_taken_back(ann: User) -> None:
    deal = made_deal(actor=ann, at=NOON - timedelta(days=5))
    logged = call(deal, actor=ann)
    event = Event.objects.get(name="activity.created", record_id=logged.pk)

    undo_event(event, actor=ann, at=timezone.now())

    deal.refresh_from_db()
    assert deal.last_touch_at == NOON - timedelta(days=5)
    assert not Activity.objects.exists()


def test_a_typed_day_is_read_back(ann: User, client_for: ClientFor) -> None:
    client = client_for(ann)

    assert "Fri 6 Mar, 15:00" in client.get("/timeline/when/?when=fri 15:00").content.decode()
    assert "not a day yet" in client.get("/timeline/when/?when=fr").content.decode()
