"""Next activity and last touch of records follow what is planned, done, moved and taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crm.records import journal
from crm.records.models import Job
from crm.timeline.models import Activity
from crm.timeline.services import (
    ActivityService,
    add_note,
    cancel_activities,
    complete_activities,
    log_call,
    reopen_activities,
    reschedule_activities,
)
from sales.models import Deal
from sales.selectors import rotting
from sales.services import DealService
from tests.factories.contacts import made_company, made_person
from tests.factories.sales import changed, made_deal
from tests.factories.timeline import NOON, call, day, no_answer, planned

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=3)


def fresh(record: Any) -> Any:
    return type(record).all_objects.get(pk=record.pk)


def test_a_logged_call_touches_the_deal_its_company_and_its_person(ann: User) -> None:
    company, person = made_company(), made_person()
    deal = made_deal(actor=ann, company=company, person=person)

    call(deal, actor=ann, at=LATER)

    assert [fresh(one).last_touch_at for one in (deal, company, person)] == [LATER] * 3


def test_a_call_that_reached_nobody_is_no_touch(ann: User) -> None:
    deal = made_deal(actor=ann)

    call(deal, actor=ann, at=LATER, outcome=no_answer())

    assert fresh(deal).last_touch_at == NOON


def test_a_call_logged_for_the_past_moves_no_touch_back(ann: User) -> None:
    deal = made_deal(actor=ann, at=LATER)

    call(deal, actor=ann, at=LATER, done_at=NOON)

    assert fresh(deal).last_touch_at == LATER


def test_the_earliest_open_activity_is_the_next_one_of_deal_and_company(ann: User) -> None:
    company = made_company()
    deal = made_deal(actor=ann, company=company)

    planned(deal, days=5, actor=ann)
    first = planned(company, days=2, actor=ann)

    assert fresh(company).next_due_at == first.due_at
    assert fresh(deal).next_due_at == NOON + timedelta(days=5)


def test_next_activity_follows_done_moved_cancelled_deleted_and_restored(ann: User) -> None:
    deal = made_deal(actor=ann)
    first, second = planned(deal, days=1, actor=ann), planned(deal, days=4, actor=ann)

    complete_activities(records=[first], actor=ann, at=NOON)
    assert fresh(deal).next_due_at == second.due_at
    reopen_activities(records=[first], actor=ann, at=NOON)
    assert fresh(deal).next_due_at == first.due_at
    reschedule_activities(records=[fresh(first)], actor=ann, at=NOON, when=day(9))
    assert fresh(deal).next_due_at == second.due_at
    cancel_activities(records=[second], actor=ann, at=NOON)
    assert fresh(deal).next_due_at == fresh(first).due_at
    ActivityService().delete([first], actor=ann, at=NOON)
    assert fresh(deal).next_due_at is None
    ActivityService().restore([first], actor=ann, at=NOON)
    assert fresh(deal).next_due_at == fresh(first).due_at


def test_a_call_deleted_leaves_the_last_touch_as_it_was_before(ann: User) -> None:
    deal = made_deal(actor=ann)
    first, second = call(deal, actor=ann, at=LATER), call(deal, actor=ann, at=LATER + timedelta(days=1))

    ActivityService().delete([first], actor=ann, at=LATER)
    assert fresh(deal).last_touch_at == second.done_at
    ActivityService().delete([second], actor=ann, at=LATER)

    assert fresh(deal).last_touch_at == NOON


def test_a_call_deleted_uncovers_an_older_one_logged_after_it(ann: User) -> None:
    deal = made_deal(actor=ann)
    late = call(deal, actor=ann, at=LATER)
    early = call(deal, actor=ann, at=LATER, done_at=NOON + timedelta(hours=1))

    ActivityService().delete([late], actor=ann, at=LATER)
    assert fresh(deal).last_touch_at == early.done_at
    ActivityService().delete([early], actor=ann, at=LATER)

    assert fresh(deal).last_touch_at == NOON


def test_a_planned_activity_stops_the_clock_of_rotting_until_it_is_overdue(ann: User) -> None:
    deal = made_deal(actor=ann, stage="Engaging")
    then = NOON + timedelta(days=60)
    assert Deal.objects.filter(rotting(then)).exists()

    planned(deal, days=62, actor=ann)
    assert not Deal.objects.filter(rotting(then)).exists()
    assert Deal.objects.filter(rotting(then + timedelta(days=3))).exists()

    call(deal, actor=ann, at=then + timedelta(days=3))
    assert not Deal.objects.filter(rotting(then + timedelta(days=4))).exists()


def test_activities_follow_a_deal_to_its_new_company(ann: User) -> None:
    old, new = made_company(name="Old"), made_company(name="New")
    deal = made_deal(actor=ann, company=old)
    activity = planned(deal, actor=ann)

    changed(deal, company=new)

    assert fresh(old).next_due_at is None
    assert fresh(new).next_due_at == activity.due_at


def test_a_deal_in_the_bin_plans_nothing_for_its_company(ann: User) -> None:
    company = made_company()
    deal = made_deal(actor=ann, company=company)
    activity = planned(deal, actor=ann)
    service = DealService()

    service.delete([deal], actor=None, at=NOON)
    assert fresh(company).next_due_at is None
    service.restore([fresh(deal)], actor=None, at=NOON)

    assert fresh(company).next_due_at == activity.due_at


def test_undo_of_a_job_leaves_next_activity_and_last_touch_as_before(ann: User) -> None:
    deal = made_deal(actor=ann)
    kept = planned(deal, days=9, actor=ann)
    job = Job.objects.create(kind="test", title="calls")
    log_call(records=[deal], actor=None, at=LATER, via="import", job=job)
    reschedule_activities(records=[kept], actor=None, at=LATER, when=day(1), via="bulk", job=job)
    assert fresh(deal).last_touch_at == LATER

    journal.undo(job=job, actor=None, at=LATER)

    assert fresh(deal).last_touch_at == NOON
    assert fresh(deal).next_due_at == kept.due_at
    assert Activity.all_objects.get() == kept


def test_a_note_is_a_touch_and_is_done_at_once(ann: User) -> None:
    deal = made_deal(actor=ann)

    note = add_note(records=[deal], actor=ann, at=LATER, body="They like it")[0].record

    assert note.done_at == LATER
    assert fresh(deal).last_touch_at == LATER
    assert str(note) == "They like it"
