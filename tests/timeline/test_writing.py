"""What an activity may be, by any door; and what becomes of those in files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.records.drafts import RecordErrors
from crm.records.models import Event
from crm.timeline.models import Activity, ActivityLink
from crm.timeline.services import ActivityService, cancel_activities, complete_activities
from tests.factories.contacts import made_company, made_person
from tests.factories.identity import person
from tests.factories.sales import made_deal
from tests.factories.timeline import NOON, call, no_answer, planned, todo

if TYPE_CHECKING:
    from crm.identity.models import Team, User

pytestmark = pytest.mark.django_db


def made(via: str = "page", actor: Any = None, **row: Any) -> Activity:
    return ActivityService().create([row], actor=actor, at=NOON, via=via)[0].record


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"kind": "task"}, "subject"),
        ({"kind": "note"}, "body"),
        ({"kind": "call", "done_at": NOON + timedelta(days=1)}, "done_at"),
        ({"kind": "meeting", "due_at": NOON, "ends_at": NOON - timedelta(hours=1)}, "ends_at"),
        ({"kind": "task", "subject": "X", "done_at": NOON, "cancelled_at": NOON}, "cancelled_at"),
    ],
)
def test_what_makes_no_sense_is_refused(row: dict[str, Any], field: str) -> None:
    if field == "cancelled_at":
        row["cancelled_at"] = NOON
        # Done wins over cancelled: who did it after all has done it.
        assert made(**row).cancelled_at is None
        return
    with pytest.raises(RecordErrors) as refused:
        made(**row)
    assert field in refused.value.errors


def test_only_calls_have_outcomes() -> None:
    with pytest.raises(RecordErrors) as refused:
        made(kind="task", subject="X", outcome=no_answer())
    assert "outcome" in refused.value.errors


def test_it_is_about_the_most_special_record_named_and_linked_to_all(ann: User) -> None:
    company, someone = made_company(), made_person()
    deal = made_deal(actor=ann, company=company)

    activity = made(kind="call", person=someone, deal=deal, actor=ann)

    assert activity.about == deal.ref
    links = ActivityLink.objects.filter(activity=activity)
    assert {link.ref for link in links} == {deal.ref, company.ref, someone.ref}
    assert links.get(type_id=someone.record_type.id).is_named


def test_the_team_follows_the_assignee(ann: User, bob: User) -> None:
    task = todo(actor=ann)
    assert task.team == ann.primary_team

    ActivityService().update([task], {"owner": bob}, actor=None, at=NOON)

    task.refresh_from_db()
    assert task.team == bob.primary_team


def test_days_in_a_file_are_whole_days_of_the_assignee(team_a: Team) -> None:
    ivan = person("ivan", role="sales_rep", team=team_a, time_zone="Asia/Yekaterinburg")

    task = made("import", kind="task", subject="X", owner=ivan, due_at=datetime(2026, 3, 9, tzinfo=UTC))

    assert (task.all_day, task.due_at) == (True, datetime(2026, 3, 9, 18, 59, 59, tzinfo=UTC))


def test_calls_without_a_date_in_a_file_took_place() -> None:
    assert made("import", kind="call").done_at == NOON
    assert made("import", kind="task", subject="X").done_at is None


def test_what_is_told_of_activities_goes_to_the_record_they_are_about(ann: User) -> None:
    deal = made_deal(actor=ann)
    call(deal, actor=ann)
    call(deal, actor=ann, outcome=no_answer())
    meeting = planned(deal, actor=ann, kind="meeting", subject="Lunch")
    task = planned(deal, actor=ann)
    complete_activities(records=[meeting], actor=ann, at=NOON)
    cancel_activities(records=[task], actor=ann, at=NOON)

    told = Event.objects.filter(type_id=deal.record_type.id, record_id=deal.pk).order_by("pk")

    assert list(told.values_list("name", flat=True)) == [
        "deal.created",
        "call.logged",
        "call.tried",
        "meeting.done",
        "task.cancelled",
    ]


def test_many_are_completed_with_the_statements_of_one(ann: User) -> None:
    def asked(count: int) -> int:
        deals = [made_deal(actor=ann, name=f"Deal {count} {n}") for n in range(count)]
        tasks = [planned(deal, actor=ann) for deal in deals]
        with CaptureQueriesContext(connection) as queries:
            complete_activities(records=tasks, actor=ann, at=NOON)
        return len(queries)

    assert asked(1) == asked(12)
    assert not Activity.objects.filter(done_at=None).exists()
