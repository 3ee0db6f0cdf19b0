"""What a timeline shows, to whom, in which words, and at which cost."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.identity.models import FieldRule
from crm.records.models import EventLink
from crm.timeline.models import Activity
from crm.timeline.services import (
    ActivityService,
    add_note,
    complete_activities,
    log_call,
    log_meeting,
    reopen_activities,
)
from crm.timeline.timelines import PAGE, Timeline, read_place
from tests.factories.contacts import made_company, made_person
from tests.factories.identity import builtin_role, rights_changed
from tests.factories.sales import changed, made_deal, reason, stage
from tests.factories.timeline import NOON, call, no_answer, planned

if TYPE_CHECKING:
    from crm.identity.models import User
    from crm.timeline.entries import Entry

pytestmark = pytest.mark.django_db


def lines(record: Any, user: User, kind: str = "", before: str = "") -> list[Entry]:
    feed = Timeline(record, user, NOON + timedelta(days=90), kind, read_place(before)).feed
    return [entry for day in feed.days for entry in day.entries]


def words(record: Any, user: User, kind: str = "") -> list[str]:
    return [" · ".join([entry.words, *entry.facts]) for entry in lines(record, user, kind)]


def test_a_companys_page_shows_the_activity_of_its_deals_and_people(ann: User) -> None:
    company = made_company()
    person = made_person(company=company)
    deal = made_deal(actor=ann, company=company)

    call(deal, actor=ann, at=NOON + timedelta(hours=1), subject="Offer")
    add_note(records=[person], actor=ann, at=NOON + timedelta(hours=2), body="Likes tea")

    assert words(company, ann)[:2] == ["Note", "Outgoing call · Offer"]
    assert lines(company, ann)[1].other is not None
    assert lines(company, ann)[1].other[1] == str(deal)


def test_bob_does_not_see_anns_deal_on_the_page_of_a_company_he_may_see(ann: User, bob: User) -> None:
    company = made_company()
    deal = made_deal(actor=ann, company=company)
    call(deal, actor=ann, subject="Secret offer")
    planned(deal, actor=ann, subject="Secret plan")
    call(company, actor=ann, subject="Said hello")

    assert "Outgoing call · Said hello" in words(company, bob)
    assert not any("Secret" in text or "Deal" in text for text in words(company, bob))
    assert Timeline(company, bob, NOON).plan == []
    assert len(Timeline(company, ann, NOON).plan) == 1


def test_what_one_has_to_do_oneself_stands_in_the_plan_even_on_a_hidden_deal(ann: User, bob: User) -> None:
    company = made_company()
    deal = made_deal(actor=ann, company=company)

    planned(deal, actor=ann, owner=bob, subject="Draw the plan")

    assert [str(one.activity) for one in Timeline(company, bob, NOON).plan] == ["Draw the plan"]


def test_changes_are_quiet_and_told_in_words(ann: User) -> None:
    deal = made_deal(actor=ann, name="Old name")

    changed(deal, actor=ann, at=NOON + timedelta(hours=1), next_step="Call them", amount=1500)

    line = lines(deal, ann)[0]
    assert line.is_quiet
    assert [(one.label, one.old, one.new) for one in line.shown_changes] == [
        ("Amount", "", "1,500"),
        ("Next step", "", "Call them"),
    ]


def test_changes_of_one_person_within_minutes_are_one_line(ann: User) -> None:
    deal = made_deal(actor=ann)

    changed(deal, actor=ann, at=NOON + timedelta(minutes=1), next_step="One")
    changed(deal, actor=ann, at=NOON + timedelta(minutes=2), next_step="Two")
    changed(deal, actor=ann, at=NOON + timedelta(minutes=3), amount=10)

    line = lines(deal, ann)[0]
    assert {name: (one.old, one.new) for name, one in line.changes.items()} == {
        "amount": ("", "10"),
        "next_step": ("", "Two"),
    }
    assert len(lines(deal, ann)) == 2


def test_winning_and_losing_are_told_with_amount_and_reason(ann: User) -> None:
    deal = made_deal(actor=ann, amount=5500, currency="USD")

    changed(deal, actor=ann, at=NOON + timedelta(hours=1), stage=stage("Lost"), lost_reason=reason("Price"))
    assert words(deal, ann)[0] == "Deal lost · $5,500 · Price"
    changed(deal, actor=ann, at=NOON + timedelta(hours=2), stage=stage("Won"))

    assert words(deal, ann)[0] == "Deal won · $5,500"
    assert not lines(deal, ann)[0].is_quiet


def test_hidden_fields_are_left_out_of_what_changed(ann: User) -> None:
    deal = made_deal(actor=ann)
    changed(deal, actor=ann, at=NOON + timedelta(hours=1), amount=999)
    FieldRule.objects.create(
        role=builtin_role("sales_rep"), record_type="sales.deal", field="amount", level="hidden"
    )
    rights_changed()

    assert not any("999" in change.new for entry in lines(deal, ann) for change in entry.shown_changes)


def test_a_note_changed_later_is_shown_as_it_is_now_and_a_deleted_one_not_at_all(ann: User) -> None:
    deal = made_deal(actor=ann)
    note = add_note(records=[deal], actor=ann, at=NOON, body="First")[0].record

    ActivityService().update([note], {"body": "Second"}, actor=ann, at=NOON)
    assert [entry.text for entry in lines(deal, ann, "note")] == ["Second"]
    ActivityService().delete([note], actor=ann, at=NOON)

    assert lines(deal, ann, "note") == []


def test_done_reopened_and_done_again_stands_once(ann: User) -> None:
    deal = made_deal(actor=ann)
    activity = planned(deal, actor=ann, kind="call", subject="Ask")

    for hour in (1, 2):
        complete_activities(records=[activity], actor=ann, at=NOON + timedelta(hours=hour))
        reopen_activities(records=[activity], actor=ann, at=NOON + timedelta(hours=hour))
        activity.refresh_from_db()
    complete_activities(records=[activity], actor=ann, at=NOON + timedelta(hours=3), outcome=no_answer())

    assert words(deal, ann, "call") == ["Outgoing call · Ask · No answer"]


def test_kinds_narrow_the_timeline(ann: User) -> None:
    deal = made_deal(actor=ann)
    call(deal, actor=ann)
    add_note(records=[deal], actor=ann, at=NOON, body="Note")
    log_meeting(records=[deal], actor=ann, at=NOON, subject="Lunch", minutes=90)

    assert words(deal, ann, "meeting") == ["Meeting · Lunch · 1 h 30 min"]
    assert words(deal, ann, "change") == ["Deal created"]
    assert len(lines(deal, ann)) == 4


def test_imports_are_quiet(ann: User) -> None:
    deal = made_deal(owner=ann, team=ann.primary_team, via="import")

    assert (words(deal, ann), lines(deal, ann)[0].is_quiet) == (["Deal imported"], True)


def test_older_lines_come_by_key_without_gap_or_repeat(ann: User) -> None:
    deal = made_deal(actor=ann)
    # All at one moment: only the id tells them apart.
    rows = [{"kind": "note", "body": str(n), "deal": deal, "done_at": NOON, "owner": ann} for n in range(120)]
    ActivityService().create(rows, actor=None, at=NOON)

    seen: list[str] = []
    before = ""
    while True:
        feed = Timeline(deal, ann, NOON, "note", read_place(before)).feed
        page = [entry.text for day in feed.days for entry in day.entries]
        assert len(page) <= PAGE
        seen += page
        if not feed.older:
            break
        before = feed.older

    assert seen == [str(n) for n in range(119, -1, -1)]


def test_days_are_those_of_the_viewer(ann: User) -> None:
    deal = made_deal(actor=ann)
    # 20:30 in UTC is half past one of the next day in Yekaterinburg.
    late = NOON.replace(hour=20, minute=30)
    call(deal, actor=ann, at=late)
    evening = late + timedelta(hours=22)

    assert Timeline(deal, ann, evening, "call").feed.days[0].label == "Yesterday"
    with timezone.override("Asia/Yekaterinburg"):
        assert Timeline(deal, ann, evening, "call").feed.days[0].label == "Today"


def test_fifty_lines_cost_no_more_statements_than_five(ann: User) -> None:
    company = made_company()
    few, many = [counted(company, ann, more) for more in (3, 40)]

    assert many == few


def counted(company: Any, user: User, more: int) -> int:
    """Add activity of deals and people to the company, and count what its timeline asks."""
    for n in range(more // 3 + 1):
        deal = made_deal(actor=user, company=company, name=f"Deal {more} {n}")
        person = made_person(company=company, name=f"Ann {more} {n}")
        log_call(records=[deal, person, company], actor=user, at=NOON + timedelta(hours=n))
        planned(deal, actor=user)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        timeline = Timeline(company, user, NOON + timedelta(days=9))
        assert timeline.feed.days
        assert timeline.plan
    return len(queries)


def test_a_long_timeline_reads_one_batch_of_links(ann: User) -> None:
    deal = made_deal(actor=ann)
    rows = [{"kind": "note", "body": str(n), "deal": deal, "owner": ann} for n in range(600)]
    ActivityService().create(rows, actor=None, at=NOON)

    with CaptureQueriesContext(connection) as queries:
        feed = Timeline(deal, ann, NOON).feed

    assert sum("eventlink" in one["sql"] for one in queries) == 1
    assert feed.older
    assert EventLink.objects.filter(type_id=4, record_id=deal.pk).count() > 600
    assert Activity.objects.count() == 600
