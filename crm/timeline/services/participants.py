"""Who takes part in a meeting, what they are told, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.identity import access
from crm.identity.models import Share
from crm.records.events import Happening, emit, emit_many
from crm.timeline import guests
from crm.timeline.models import Activity, Answer, Participant
from crm.timeline.services import invitations
from crm.timeline.services.occasions import Span, link_more, reached, touch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.registry import Ref

INVITED, ANSWERED = "meeting.invited", "meeting.answered"
REMINDER_SET = "meeting.reminder_set"
MOST_PARTICIPANTS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked to a meeting."""

    users: Sequence[User] = ()
    people: Sequence[Ref] = ()
    #: (name, e-mail) of those whom nobody knows.
    addresses: Sequence[tuple[str, str]] = ()


@transaction.atomic
def ask(
    activities: Sequence[Activity], asked: Asked, *, actor: User | None, at: datetime
) -> list[Participant]:
    """Ask people to meetings; who is asked already stays as they are."""
    known = guests.of(list(asked.people))
    rows = [
        row
        for one in activities
        for row in (
            *(Participant(activity=one, user=user) for user in asked.users),
            *(
                Participant(
                    activity=one,
                    type_id=ref.type_id,
                    record_id=ref.id,
                    name=guest.name[:250],
                    email=guest.email,
                )
                for ref, guest in known.items()
            ),
            *(
                Participant(activity=one, name=name[:250], email=mail.lower())
                for name, mail in asked.addresses
            ),
        )
    ]
    if len(rows) > MOST_PARTICIPANTS * max(1, len(activities)):
        raise ValidationError(_("So many can't be asked to one meeting."))
    there = {
        (row.activity_id, row.user_id, row.ref, row.email)
        for row in Participant.objects.filter(activity__in=list(activities))
    }
    fresh = [row for row in rows if (row.activity_id, row.user_id, row.ref, row.email) not in there]
    Participant.objects.bulk_create(fresh, ignore_conflicts=True)
    link_more(activities, list(known))
    open_to(activities, {user.pk for user in asked.users})
    tell_asked(activities, [row for row in fresh if row.user_id], actor, at)
    return list(Participant.objects.filter(activity__in=list(activities)).select_related("user"))


def tell_asked(
    activities: Sequence[Activity], rows: Iterable[Participant], actor: User | None, at: datetime
) -> None:
    """Tell of colleagues who are asked: once for a series, by its first time."""
    users = sorted({row.user_id for row in rows if row.user_id})
    if users and activities:
        emit(
            INVITED,
            record=activities[0],
            actor=actor,
            at=at,
            data={"users": users, "asked_to": activities[0].pk},
        )


def open_to(activities: Sequence[Activity], users: Iterable[int]) -> None:
    """Let colleagues who take part see the meeting, whatever their roles."""
    rows = [
        Share(type_id=Activity.record_type.id, record_id=one.pk, user_id=pk, reason=_("Takes part"))
        for one in activities
        for pk in users
        if pk != one.owner_id
    ]
    if rows:
        Share.objects.bulk_create(rows, ignore_conflicts=True)
        access.changed()


@transaction.atomic
def drop_participant(*, participant: Participant, actor: User | None, at: datetime) -> None:
    """Ask somebody no longer; a colleague does not see the meeting by it any more."""
    activity = participant.activity
    if participant.user_id:
        Share.objects.filter(
            type_id=Activity.record_type.id, record_id=activity.pk, user=participant.user_id
        ).delete()
        access.changed()
    touch(activity)
    invitations.withdraw(participant, at=at)
    participant.delete()


@transaction.atomic
def answer(
    *,
    participant: Participant,
    answer: str,
    actor: User | None,
    at: datetime,
    span: Span = "one",
    note: str = "",
) -> list[Participant]:
    """Take down what somebody answers, for this meeting, those after it or all."""
    if answer not in Answer.values:
        raise ValidationError(_("This is no answer."))
    activities = reached(participant.activity, span)
    same = Participant.objects.filter(activity__in=activities)
    same = (
        same.filter(user=participant.user_id) if participant.user_id else same.filter(email=participant.email)
    )
    rows = list(same.select_related("user"))
    same.update(answer=answer, answered_at=at)
    data = {"who": participant.called, "answer": answer, "user": participant.user_id, "note": note[:500]}
    emit(ANSWERED, record=participant.activity, actor=actor, at=at, data=data)
    return rows


@transaction.atomic
def settle(activities: Sequence[Activity], asked: Asked, *, actor: User | None, at: datetime) -> None:
    """Have just these take part: ask who is new, drop who is no longer named."""
    known = guests.of(list(asked.people))
    users = {user.pk for user in asked.users}
    emails = {mail.lower() for _name, mail in asked.addresses}
    for row in Participant.objects.filter(activity__in=list(activities)).select_related("activity"):
        is_named = (
            row.user_id in users or row.user_id == (actor.pk if actor else None)
            if row.user_id
            else row.ref in known or (row.ref is None and row.email in emails)
        )
        if not is_named:
            drop_participant(participant=row, actor=actor, at=at)
    ask(activities, asked, actor=actor, at=at)


@transaction.atomic
def remind_me(activities: Sequence[Activity], *, user: Any, minutes: int | None, at: datetime) -> None:
    """Keep when somebody wants to be reminded of meetings; None is as usual."""
    rows = Participant.objects.filter(activity__in=list(activities), user=user)
    if minutes is None and not rows.filter(remind_minutes__isnull=False).exists():
        return
    happenings = [Happening(REMINDER_SET, one.ref, str(one), at) for one in activities]
    emit_many(happenings, actor=user, run_rules=False, touches=False)
    if minutes is None:
        rows.update(remind_minutes=None)
        return
    Participant.objects.bulk_create(
        [
            Participant(activity=one, user=user, answer=Answer.ACCEPTED, remind_minutes=minutes)
            for one in activities
        ],
        ignore_conflicts=True,
    )
    rows.update(remind_minutes=minutes)
