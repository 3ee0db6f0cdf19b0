"""Who is told what: by mentions, work given, shares, notes, followed records, jobs and due activities."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.utils import timezone

from crm.identity.models import Share
from crm.notifications import letters, live, reasons, reminders, selectors, services
from crm.notifications.models import Follow, Mail, Notification
from crm.records import dispatch, due, jobs, sharing
from crm.records.models import DueRow, Job
from crm.records.registry import service_for
from crm.timeline.models import Activity
from crm.timeline.services import add_note, complete_activities, log_call, plan_activity
from sales.models import Deal
from tests.factories.identity import rights_changed
from tests.factories.sales import NOON, changed, made_deal

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


def hand_out() -> None:
    """Do what a worker does with events."""
    while dispatch.fan_out():
        pass
    dispatch.deliver()


def deal_of(owner: User, **values: Any) -> Any:
    """A deal that its owner has made, of which everybody has heard already."""
    deal = made_deal(owner=owner, actor=owner, **values)
    hand_out()
    return deal


def told(user: User, kind: str = "") -> list[Notification]:
    rows = Notification.objects.filter(user=user).order_by("pk")
    return list(rows.filter(kind=kind) if kind else rows)


def open_to(user: User, deal: Any) -> None:
    Share.objects.create(type_id=deal.ref.type_id, record_id=deal.pk, user=user)
    rights_changed()


def note(deal: Any, actor: User, body: str) -> Any:
    return add_note(records=[deal], actor=actor, at=NOON, body=body)[0].record


def test_somebody_named_in_a_note_is_told(ann: User, boss: User) -> None:
    deal = deal_of(ann)

    made = note(deal, ann, "What do you think, @Bea Boss? And see mail@boss.example")
    hand_out()

    assert [one["user"] for one in made.mentions] == [boss.pk]
    (one,) = told(boss)
    assert (one.kind, one.ref, one.actor) == ("mention", deal.ref, ann)
    assert one.data["text"].startswith("What do you think")


@pytest.mark.parametrize("text", ["@boss, look", "look @BEA BOSS!", "(@Bea Boss)", "Привет, @boss."])
def test_a_name_is_read_however_it_is_written(ann: User, boss: User, text: str) -> None:
    assert [one["user"] for one in note(deal_of(ann), ann, text).mentions] == [boss.pk]


@pytest.mark.parametrize("text", ["mail ann@boss.example", "@bossy", "@ boss", "boss", "x@boss"])
def test_what_is_no_name_names_nobody(ann: User, boss: User, text: str) -> None:
    assert note(deal_of(ann), ann, text).mentions == []


def test_a_name_that_two_people_share_means_nobody_but_the_user_name_does(
    ann: User, boss: User, bob: User
) -> None:
    bob.full_name = boss.full_name
    bob.save()
    deal = deal_of(ann)

    assert note(deal, ann, "@Bea Boss").mentions == []
    assert [one["user"] for one in note(deal, ann, "@boss").mentions] == [boss.pk]


def test_who_does_not_see_the_record_is_not_told(ann: User, bob: User) -> None:
    note(deal_of(ann), ann, "Psst, @bob")
    hand_out()

    assert told(bob) == []


def test_a_mention_added_later_is_told_and_an_old_one_not_again(ann: User, boss: User, root: User) -> None:
    deal = deal_of(ann)
    made = note(deal, ann, "@boss")
    hand_out()

    service_for(Activity).update([made], {"body": "@boss and @root"}, actor=ann, at=NOON)
    hand_out()

    assert len(told(boss, "mention")) == 1
    assert len(told(root, "mention")) == 1


def test_the_owner_is_told_of_a_note_and_its_writer_is_not(ann: User, boss: User) -> None:
    deal = deal_of(ann)

    note(deal, boss, "Well done")
    note(deal, ann, "Thank you")
    hand_out()

    (one,) = told(ann)
    assert (one.kind, one.count) == ("note", 1)
    assert told(boss) == []


def test_several_notes_are_one_line_while_unread(ann: User, boss: User) -> None:
    deal = deal_of(ann)

    for text in ("one", "two", "three"):
        note(deal, boss, text)
    hand_out()
    (one,) = told(ann)
    assert (one.count, one.data["text"]) == (3, "three")
    services.read(user=ann, ids=[one.pk], at=NOON)
    note(deal, boss, "four")
    hand_out()

    assert [one.count for one in told(ann)] == [3, 1]


def test_being_named_is_told_once_though_one_owns_the_record(ann: User, boss: User) -> None:
    note(deal_of(ann), boss, "@ann please")
    hand_out()

    assert [one.kind for one in told(ann)] == ["mention"]


def test_who_gets_a_record_is_told(ann: User, boss: User) -> None:
    deal = deal_of(boss)

    changed(deal, owner=ann, actor=boss)
    hand_out()

    (one,) = told(ann)
    assert (one.kind, one.actor) == ("assigned", boss)


def test_many_records_given_in_one_act_are_one_line(ann: User, boss: User) -> None:
    deals = [deal_of(boss) for _number in range(5)]
    job = Job.objects.create(kind="bulk", title="Assign", actor=boss)

    service: Any = service_for(Deal)
    service.update(deals, {"owner": ann}, actor=boss, at=NOON, via="bulk", job=job)
    hand_out()

    (one,) = told(ann)
    assert (one.kind, one.count) == ("assigned", 5)


def test_an_activity_made_for_somebody_is_told(ann: User, boss: User) -> None:
    deal = deal_of(ann)

    plan_activity(records=[deal], actor=boss, at=NOON, owner=ann, subject="Call", due_at=NOON)
    hand_out()

    assert [one.kind for one in told(ann)] == ["assigned"]


def test_a_share_is_told(ann: User, bob: User) -> None:
    deal = deal_of(ann)

    sharing.share_record(record=deal, whom=bob, can_edit=False, actor=ann, at=NOON, reason="For Tuesday")
    rights_changed()
    hand_out()

    (one,) = told(bob)
    assert (one.kind, one.data["text"]) == ("shared", "For Tuesday")


def test_a_share_with_a_team_is_told_to_each_of_its_members_once(ann: User, bob: User, boss: User) -> None:
    deal = deal_of(ann)
    team = bob.memberships.get().team

    sharing.share_record(record=deal, whom=team, can_edit=False, actor=ann, at=NOON, reason="For Tuesday")
    rights_changed()
    hand_out()

    assert [one.kind for one in told(bob)] == ["shared"]
    assert told(ann, "shared") == []


def test_followers_hear_of_calls_and_notes_until_they_stop(ann: User, boss: User, root: User) -> None:
    deal = deal_of(ann)
    services.follow(user=boss, record=deal, at=NOON)

    log_call(records=[deal], actor=ann, at=NOON, note="Agreed")
    note(deal, ann, "Agreed")
    hand_out()
    assert sorted(one.kind for one in told(boss)) == ["followed", "note"]
    services.unfollow(user=boss, record=deal, at=NOON)
    note(deal, root, "More")
    hand_out()

    assert len(told(boss)) == 2


def test_an_owner_may_stop_hearing_of_their_own_record(ann: User, boss: User) -> None:
    deal = deal_of(ann)

    services.unfollow(user=ann, record=deal, at=NOON)
    note(deal, boss, "Hello")
    hand_out()

    assert told(ann) == []
    assert not selectors.is_following(ann, deal)


def test_imports_and_the_demo_tell_nobody(ann: User) -> None:
    service: Any = service_for(Deal)
    for via in ("import", "demo"):
        service.create([{"name": "Old", "owner": ann}], actor=None, at=NOON, via=via)
    hand_out()

    assert told(ann) == []


def test_an_event_that_is_handed_out_twice_is_told_once(ann: User, boss: User) -> None:
    deal = deal_of(ann)
    for _turn in range(2):
        services.notify([ann], "mention", at=NOON, record=deal, actor=boss, event_id=77)
        services.read(user=ann, ids=None, at=NOON)

    assert len(told(ann)) == 1


def test_long_work_that_has_ended_is_told_to_who_started_it(ann: User) -> None:
    def ended(**values: Any) -> None:
        start = NOON - timedelta(seconds=values.pop("seconds"))
        job = Job.objects.create(actor=ann, started_at=start, finished_at=NOON, title="Export", **values)
        reasons.tell_of_job(job)

    ended(kind="export", state="done", seconds=3)
    assert told(ann) == []
    ended(kind="export", state="done", seconds=30)
    ended(kind="import", state="done", seconds=30)
    ended(kind="bulk", state="failed", seconds=1)

    assert [one.kind for one in told(ann)] == ["job_done", "imported", "job_failed"]


def test_a_failed_job_is_told_by_the_job_itself(ann: User) -> None:
    @jobs.handler("test_breaks")
    def breaks(job: Job) -> None:
        raise ValueError("no")

    jobs.start("test_breaks", actor=ann, title="Breaks", now=True)

    assert [one.kind for one in told(ann)] == ["job_failed"]


def test_a_due_activity_reminds_once(ann: User) -> None:
    now = timezone.now()
    deal = deal_of(ann)
    plan_activity(records=[deal], actor=ann, at=now, subject="Call", due_at=now + timedelta(hours=2))
    hand_out()

    row = DueRow.objects.get(kind=reminders.KIND)
    assert row.due_at == now + timedelta(hours=2) - reminders.BEFORE
    due.run_due(row.due_at)
    due.run_due(row.due_at + timedelta(minutes=5))

    (one,) = told(ann, "reminder")
    assert str(one.title) == "Call"


def test_what_is_done_or_moved_reminds_nobody_at_the_old_time(ann: User) -> None:
    now = timezone.now()
    deal = deal_of(ann)
    values: dict[str, Any] = {"records": [deal], "actor": ann, "at": now, "due_at": now + timedelta(hours=2)}
    done = plan_activity(**values, subject="Done")[0].record
    moved = plan_activity(**values, subject="Moved")[0].record
    hand_out()

    complete_activities(records=[done], actor=ann, at=now)
    service_for(Activity).update([moved], {"due_at": now + timedelta(days=3)}, actor=ann, at=now)
    hand_out()
    due.run_due(now + timedelta(hours=2))

    assert told(ann, "reminder") == []


def test_a_letter_comes_only_if_it_was_not_seen_in_the_bell(ann: User, boss: User) -> None:
    ann.language = "ru"
    ann.save()
    deal = deal_of(ann)
    now = timezone.now()
    services.notify([ann], "mention", at=now, record=deal, actor=boss, data={"text": "Look"}, event_id=1)
    services.notify([boss], "mention", at=now, record=deal, actor=ann, event_id=2)
    services.read(user=boss, ids=None, at=now)

    due.run_due(now + timedelta(minutes=1))
    assert mail.outbox == []
    due.run_due(now + timedelta(minutes=3))
    due.run_due(now + timedelta(minutes=9))

    (letter,) = mail.outbox
    assert letter.to == [ann.email]
    assert "Look" in letter.body
    assert deal.get_absolute_url() in letter.body
    assert "/settings/notifications/" in letter.extra_headers["List-Unsubscribe"]


def test_a_letter_tells_nothing_of_what_is_hidden_by_then(ann: User, bob: User) -> None:
    deal = deal_of(ann)
    open_to(bob, deal)
    (one,) = services.notify([bob], "mention", at=NOON, record=deal, actor=ann, event_id=1)
    Share.objects.all().delete()
    rights_changed()

    assert letters.send_one(one.pk, NOON) is False
    assert mail.outbox == []


def test_the_letter_of_the_day_gathers_what_is_unread(ann: User, boss: User) -> None:
    for number in range(3):
        deal = deal_of(ann, name=f"Deal {number}")
        services.notify([ann], "note", at=NOON, record=deal, actor=boss, event_id=number)
    services.read(user=ann, ids=[told(ann)[0].pk], at=NOON)

    assert letters.waiting_for_digest() == [ann.pk]
    assert letters.send_digest(ann, NOON)
    assert letters.waiting_for_digest() == []

    (letter,) = mail.outbox
    assert "Deal 0" not in letter.body
    assert "Deal 1" in letter.body
    assert "Deal 2" in letter.body


def test_each_chooses_what_reaches_them(ann: User, boss: User) -> None:
    deal = deal_of(ann)
    services.choose(user=ann, choices={"note": (False, Mail.NEVER), "mention": (False, Mail.NOW)})

    note(deal, boss, "Hello")
    note(deal, boss, "@ann hello")
    hand_out()

    (one,) = told(ann)
    assert (one.kind, one.is_silent) == ("mention", True)
    assert selectors.unread_count(ann) == 0


def test_the_count_leaves_out_what_became_hidden(ann: User, bob: User) -> None:
    deal = deal_of(ann)
    open_to(bob, deal)
    services.notify([bob], "mention", at=NOON, record=deal, actor=ann, event_id=1)
    assert live.state_of(bob).unread == 1

    Share.objects.all().delete()
    rights_changed()

    assert live.state_of(bob).unread == 0
    assert selectors.page_of(bob)[0] == []


def test_old_ones_are_forgotten(ann: User) -> None:
    services.notify([ann], "rule", at=NOON, title="Old", key="a")
    services.notify([ann], "rule", at=NOON, title="Unread", key="b")
    services.read(user=ann, ids=[told(ann)[0].pk], at=NOON)

    services.forget(NOON + timedelta(days=91))

    assert [one.title for one in told(ann)] == ["Unread"]


def test_following_twice_is_following_once(ann: User, boss: User) -> None:
    deal = deal_of(ann)

    services.follow(user=boss, record=deal, at=NOON)
    services.follow(user=boss, record=deal, at=NOON)

    assert Follow.objects.count() == 1
