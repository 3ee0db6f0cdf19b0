"""Sequences: one step after another on business days, once each, until somebody answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.utils import timezone

from crm.mail import sequences
from crm.mail.models import (
    Enrolment,
    EnrolmentState,
    MailTemplate,
    Outgoing,
    OutgoingState,
    Sequence,
    SequenceStep,
    StepRun,
    StopReason,
)
from crm.mail.sending import mailer
from crm.mail.sequence_figures import figures
from crm.records import due
from crm.timeline.models import Activity
from tests.factories.contacts import made_person
from tests.factories.mail import arrived, letter
from tests.factories.outbox import mailbox_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.identity.models import User

pytestmark = pytest.mark.django_db

#: A Thursday.
THURSDAY = datetime(2026, 3, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def chase(ann: User) -> Sequence:
    """A letter, two business days, a second letter, a call."""
    mailbox_of(ann)
    first = MailTemplate.objects.create(name="First", subject="Hello", body="Dear {{ person.first_name }}")
    second = MailTemplate.objects.create(name="Second", body="Did you see it?")
    made = Sequence.objects.create(name="Chase", owner=ann)
    steps: list[dict[str, Any]] = [
        {"kind": "mail", "template": first},
        {"kind": "wait", "days": 2},
        {"kind": "mail", "template": second},
        {"kind": "call", "subject": "Call {{ person.first_name }}"},
    ]
    for place, step in enumerate(steps, 1):
        SequenceStep.objects.create(sequence=made, position=place, **step)
    return made


def people(ann: User, count: int = 1) -> list[Any]:
    return [
        made_person(ann, first_name="Anna", last_name=f"Lee {one}", email=f"anna{one}@acme.example")
        for one in range(count)
    ]


def pass_to(moment: datetime) -> None:
    """Do, at ``moment``, all that is due then, and let letters leave."""
    with time_machine.travel(moment, tick=False):
        for _turn in range(6):
            due.run_due(timezone.now())
    with time_machine.travel(moment + timedelta(minutes=1), tick=False):
        mailer.send_waiting()


def test_steps_follow_each_other_on_business_days(ann: User, chase: Sequence) -> None:
    (anna,) = people(ann)
    sequences.enrol(records=[anna], actor=ann, at=THURSDAY, sequence=chase)

    pass_to(THURSDAY)
    assert [one.position for one in StepRun.objects.order_by("pk")] == [1, 2]
    pass_to(THURSDAY + timedelta(days=3))
    assert StepRun.objects.count() == 2
    pass_to(THURSDAY + timedelta(days=4, minutes=1))

    assert StepRun.objects.count() == 4
    assert Activity.objects.get(kind="call").subject == "Call Anna"
    assert Enrolment.objects.get().state == EnrolmentState.DONE
    first, second = Outgoing.objects.order_by("pk")
    assert second.subject == "Re: Hello"
    assert first.message is not None
    assert second.message is not None
    assert second.message.thread_id == first.message.thread_id


def test_who_answers_gets_no_further_letter(ann: User, chase: Sequence) -> None:
    (anna,) = people(ann)
    sequences.enrol(records=[anna], actor=ann, at=THURSDAY, sequence=chase)
    pass_to(THURSDAY)

    arrived(
        ann.mailboxes.get(),
        letter("Yes", sender="anna0@acme.example", to="ann@artel.example", message_id="<yes@acme.example>"),
        at=THURSDAY + timedelta(hours=1),
    )
    pass_to(THURSDAY + timedelta(days=9))

    row = Enrolment.objects.get()
    assert (row.state, row.reason) == (EnrolmentState.STOPPED, StopReason.REPLY)
    assert Outgoing.objects.count() == 1


def test_who_is_paused_waits_and_then_goes_on(ann: User, chase: Sequence) -> None:
    (anna,) = people(ann)
    (row,) = sequences.enrol(records=[anna], actor=ann, at=THURSDAY, sequence=chase)
    pass_to(THURSDAY)
    sequences.pause(row)
    pass_to(THURSDAY + timedelta(days=6))
    assert Outgoing.objects.count() == 1

    sequences.resume(row, at=THURSDAY + timedelta(days=7))
    pass_to(THURSDAY + timedelta(days=7, minutes=1))

    assert Outgoing.objects.count() == 2


def test_the_same_step_due_twice_is_done_once(ann: User, chase: Sequence) -> None:
    (anna,) = people(ann)
    (row,) = sequences.enrol(records=[anna], actor=ann, at=THURSDAY, sequence=chase)
    due.schedule(sequences.KIND, f"{row.pk}:1", THURSDAY + timedelta(seconds=1))

    pass_to(THURSDAY + timedelta(seconds=2))

    assert StepRun.objects.filter(position=1).count() == 1
    assert Outgoing.objects.count() == 1


def test_nobody_is_taken_up_twice_or_without_an_address(ann: User, chase: Sequence) -> None:
    (anna,) = people(ann)
    nobody = made_person(ann, last_name="Silent")

    first = sequences.enrol(records=[anna, nobody], actor=ann, at=THURSDAY, sequence=chase)
    again = sequences.enrol(records=[anna], actor=ann, at=THURSDAY, sequence=chase)

    assert ([one.record_id for one in first], again) == ([anna.pk], [])


def test_figures_of_all_steps_add_up_to_those_taken_up(
    ann: User, chase: Sequence, client_for: Callable[[User], Any]
) -> None:
    rows = sequences.enrol(records=people(ann, 5), actor=ann, at=THURSDAY, sequence=chase)
    pass_to(THURSDAY)
    for row, reason in zip(rows, [StopReason.REPLY, StopReason.MEETING, StopReason.BOUNCE], strict=False):
        sequences.stop(Enrolment.objects.get(pk=row.pk), reason, at=THURSDAY)
    sequences.pause(rows[3])

    lines = figures(chase)

    assert sum(line.total for line in lines) == 5
    assert sum(line.sent for line in lines) == Outgoing.objects.filter(state=OutgoingState.SENT).count() == 5
    page = client_for(ann).get(f"/mail/sequences/{chase.pk}/")
    assert page.status_code == 200


def test_a_sequence_is_made_on_its_page_and_begun_from_a_list(
    ann: User, chase: Sequence, client_for: Callable[[User], Any]
) -> None:
    browser, (anna,) = client_for(ann), people(ann)
    template = MailTemplate.objects.get(name="First")
    steps = {"steps-TOTAL_FORMS": "2", "steps-INITIAL_FORMS": "0", "steps-0-kind": "mail"}
    steps |= {"steps-0-template": str(template.pk), "steps-1-kind": "wait", "steps-1-days": "3"}

    made = browser.post("/mail/sequences/new/", {"name": "Second chase", "is_active": "on", **steps})
    fresh = Sequence.objects.get(name="Second chase")
    done = browser.post(f"/contacts/people/{anna.pk}/action/enrol/", {"sequence": str(fresh.pk)})

    assert made.status_code == 302
    assert fresh.steps.count() == 2
    assert done.status_code < 400
    assert Enrolment.objects.get().record_id == anna.pk
