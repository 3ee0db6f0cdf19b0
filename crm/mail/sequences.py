"""Leading people along sequences: taking them up, the next step when its day has come, stopping in time.

Each step is due work: one row per participant and position, done in the transaction that claims it, so that
any number of workers does it once. Who answers, meets us or can't be reached goes no further.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.mail import addressbook, telling
from crm.mail.composing import drafts, previewing, seeing, templating
from crm.mail.composing.drafts import Given
from crm.mail.models import (
    Enrolment,
    EnrolmentState,
    Message,
    Outgoing,
    Sequence,
    SequenceStep,
    StepKind,
    StepRun,
    StopReason,
)
from crm.mail.sending import following, outbox
from crm.mail.sending.building import CannotSend
from crm.records import due, filling, registry
from crm.records.events import listen
from crm.records.registry import Ref
from crm.timeline.services import plan_activity
from crm.timeline.worktime import company_hours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Sequence as Several

    from crm.identity.models import User
    from crm.records.models import DueRow, Event, Job

KIND = "mail.sequence"
OPEN = (EnrolmentState.ACTIVE, EnrolmentState.PAUSED)
STAGES = (".stage_changed", ".won", ".lost")
MEETINGS = frozenset({"meeting.held", "meeting.planned", "meeting.done", "meeting.booked"})

#: Tell whether a person may be written to; marketing hands in who wants no letters.
_gates: list[Callable[[str], bool]] = []


def register() -> None:
    """Hear of replies, bounces, meetings and stages."""
    following.on_reply("sequences", on_reply)
    following.on_bounce("sequences", on_bounce)
    listen("crm.mail.tasks.on_sequence_event", wants)


def register_gate(may_write: Callable[[str], bool]) -> None:
    """Have ``may_write(address)`` asked before each letter of a sequence; from ``AppConfig.ready``."""
    _gates.append(may_write)


# Taking up.


def enrol(
    *,
    records: Several[Any],
    actor: User,
    at: datetime,
    sequence: Sequence,
    via: str = "page",
    job: Job | None = None,
) -> list[Enrolment]:
    """Take records up into a sequence, but those who are in it already or can't be written to."""
    mailbox = next(iter(seeing.mailboxes_for(actor)), None)
    if mailbox is None:
        raise CannotSend(_("Connect a mailbox first: letters leave from yours."))
    if not sequence.is_active or not sequence.steps.exists():
        raise CannotSend(_("This sequence takes nobody up."))
    found = [_enrol_one(record, actor, at, sequence, mailbox) for record in records]
    return [one for one in found if one is not None]


def _enrol_one(record: Any, actor: User, at: datetime, sequence: Sequence, mailbox: Any) -> Enrolment | None:
    people = previewing.recipients_on(record, actor)[:1]
    address = people[0].address.lower() if people else ""
    if not address or not may_write(address):
        return None
    row = Enrolment(
        sequence=sequence,
        type_id=record.ref.type_id,
        record_id=record.pk,
        title=str(record)[:300],
        address=address,
        author=actor,
        mailbox=mailbox,
        enrolled_at=at,
        next_at=at,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        return None
    plan(row, at)
    return row


def may_write(address: str) -> bool:
    return all(gate(address) for gate in _gates)


# Going on.


def plan(row: Enrolment, at: datetime) -> None:
    """Have the next step done at ``at``."""
    due.schedule(KIND, f"{row.pk}:{row.position}", at)


@due.handler(KIND)
def on_due(due_row: DueRow) -> None:
    """Do a participant's next step, if it is still the next and its time has come."""
    pk, _colon, position = due_row.key.partition(":")
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related(
        "sequence", "author", "mailbox", "message"
    )
    row = rows.filter(pk=pk, state=EnrolmentState.ACTIVE, position=position).first()
    if row is not None:
        go_on(row, timezone.now())


def go_on(row: Enrolment, now: datetime) -> None:
    """Do the next step; wait until a working day where this one is none."""
    hours = company_hours()
    today = hours.local_day(now)
    if not hours.is_working_day(today):
        _move(row, row.position, _same_time(now, hours.add_days(today, 0)))
        return
    step = row.sequence.steps.filter(position__gte=row.position).order_by("position").first()
    if step is None:
        row.state, row.ended_at, row.next_at = EnrolmentState.DONE, now, None
        row.save()
        return
    if step.kind == StepKind.WAIT:
        _done(row, step, now)
        _move(row, step.position + 1, _same_time(now, hours.add_days(today, step.days)))
        return
    try:
        with transaction.atomic():
            _do(row, step, now)
    except (CannotSend, drafts.Newer, ValueError) as wrong:
        stop(row, StopReason.PROBLEM, at=now, note=str(wrong))
        return
    if row.is_open:
        _move(row, step.position + 1, now)


def _same_time(now: datetime, day: Any) -> datetime:
    local = now.astimezone(company_hours().zone)
    return datetime.combine(day, local.time(), company_hours().zone)


def _move(row: Enrolment, position: int, at: datetime) -> None:
    is_same = position == row.position
    row.position, row.next_at = position, at
    row.save()
    # The row of this very moment is being done; another day is another moment of the same step.
    due.schedule(KIND, f"{row.pk}:{position}", at + timedelta(microseconds=int(is_same)))


def _done(row: Enrolment, step: SequenceStep, now: datetime, **made: Any) -> None:
    StepRun.objects.create(enrolment=row, position=step.position, kind=step.kind, at=now, **made)


def _do(row: Enrolment, step: SequenceStep, now: datetime) -> None:
    record = record_of(row)
    if record is None or row.author is None:
        raise CannotSend(_("The record is gone, or its author no longer sees it."))
    if step.kind == StepKind.MAIL:
        if not may_write(row.address):
            stop(row, StopReason.UNSUBSCRIBE, at=now)
            return
        _done(row, step, now, outgoing=_write(row, step, record, now))
        return
    subject = filling.fill(step.subject, record, row.author)[:250] or str(row.sequence)
    made = plan_activity(
        records=[record],
        actor=row.author,
        at=now,
        kind=step.kind,
        due_at=now,
        all_day=True,
        owner=row.author,
        subject=subject,
    )
    _done(row, step, now, activity_id=made[0].record.pk)


def _write(row: Enrolment, step: SequenceStep, record: Any, now: datetime) -> Outgoing:
    """Put the letter of a step into the outbox; it continues the one before."""
    assert step.template is not None
    assert row.author is not None
    filled = templating.fill(step.template, record=record, user=row.author)
    last = StepRun.objects.filter(enrolment=row, outgoing__isnull=False).order_by("-position").first()
    answers = last.outgoing.message if last is not None and last.outgoing is not None else None
    given = Given(
        mailbox=row.mailbox,
        ref=row.ref,
        answers=answers,
        how="reply" if answers else "new",
        recipients={"to": [{"address": row.address, "name": ""}], "cc": [], "bcc": []},
        subject=filled.subject or (f"Re: {answers.subject}" if answers else str(row.sequence)),
        html=filled.html,
        template=step.template,
        quotes=False,
        seen_message_id=drafts.latest_of(answers),
    )
    return drafts.send(author=row.author, token=uuid4(), given=given, at=now, anyway=True)


def record_of(row: Enrolment) -> Any:
    """Return the record of a participant, if whoever took it up still sees it."""
    model: Any = registry.by_id(row.type_id).model
    return model.objects.visible_to(row.author).filter(pk=row.record_id).first()


# Stopping.


@transaction.atomic
def stop(row: Enrolment, reason: str, *, at: datetime, note: str = "") -> None:
    """End somebody's way through a sequence; letters that have not left stay here."""
    row.state, row.reason, row.note = EnrolmentState.STOPPED, reason, note[:500]
    row.ended_at, row.next_at = at, None
    row.save()
    for run in row.runs.filter(outgoing__isnull=False).select_related("outgoing"):
        if run.outgoing is not None and run.outgoing.may_stop:
            outbox.stop(run.outgoing.pk, reason=str(StopReason(reason).label))
    if row.author is not None and reason != StopReason.HAND:
        title = f"{row.sequence}: {row.title} · {StopReason(reason).label}"
        url = row.sequence.get_absolute_url()
        telling.tell(
            [row.author], telling.STOPPED, at=at, title=title, key=f"sequence:{row.sequence_id}", url=url
        )


def stop_all(rows: Iterable[Enrolment], reason: str, at: datetime) -> None:
    for row in rows:
        stop(row, reason, at=at)


def pause(row: Enrolment) -> None:
    """Let somebody rest; the next step waits."""
    Enrolment.objects.filter(pk=row.pk, state=EnrolmentState.ACTIVE).update(state=EnrolmentState.PAUSED)


def resume(row: Enrolment, *, at: datetime) -> None:
    """Go on with somebody who rested: what was due meanwhile is done now."""
    with transaction.atomic():
        found = Enrolment.objects.select_for_update().filter(pk=row.pk, state=EnrolmentState.PAUSED).first()
        if found is not None:
            found.state = EnrolmentState.ACTIVE
            _move(found, found.position, max(at, found.next_at or at))


def on_reply(message: Message, at: datetime) -> None:
    """Stop for whoever has written: by their address, or in the conversation of a letter of ours."""
    rows = open_rows().filter(address=message.from_address)
    by_thread = open_rows().filter(runs__outgoing__message__thread=message.thread_id)
    stop_all({one.pk: one for one in [*rows, *by_thread]}.values(), StopReason.REPLY, at)


def on_bounce(outgoing: Outgoing, at: datetime) -> None:
    stop_all(open_rows().filter(runs__outgoing=outgoing), StopReason.BOUNCE, at)


def wants(event: Event, _job: Job | None) -> bool:
    """Tell whether an event may stop somebody; asked within every write, so no query here."""
    if event.via in ("import", "demo"):
        return False
    return event.name in MEETINGS or event.name.endswith(STAGES)


def on_event(event: Event, at: datetime) -> None:
    """Stop for whom a meeting is held, or whose stage has changed."""
    linked = {Ref(*pair) for pair in event.links.values_list("type_id", "record_id")} | {event.ref}
    rows = open_rows()
    if event.name in MEETINGS:
        addresses = [one.address.lower() for one in addressbook.of_records(sorted(linked), None, 50)]
        stop_all(rows.filter(address__in=addresses), StopReason.MEETING, at)
        return
    own = rows.filter(type_id=event.type_id, record_id=event.record_id, sequence__stops_on_stage=True)
    stop_all(own, StopReason.STAGE, at)


def open_rows() -> Any:
    return Enrolment.objects.filter(state__in=OPEN).select_related("sequence", "author").distinct()
