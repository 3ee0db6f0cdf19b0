"""Inviting by letter: who must be told of which meeting, a little later, so that it can be undone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F

from crm.records import due
from crm.timeline.models import Activity, Occasion, Participant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from crm.records.drafts import Draft

INVITE, UNINVITE = "timeline.invite", "timeline.uninvite"
#: Several changes in a row are one letter, and what is undone at once is none.
PATIENCE = timedelta(seconds=30)
#: What other calendars must hear of.
TOLD = frozenset(
    {
        "due_at",
        "ends_at",
        "all_day",
        "subject",
        "body",
        "location",
        "meeting_url",
        "cancelled_at",
        "deleted_at",
    }
)


def follow(drafts: Sequence[Draft[Activity]], at: datetime) -> None:
    """Make a new edition of changed meetings, and tell those who were invited to them."""
    changed = [
        one.record.pk
        for one in drafts
        if not one.is_new
        and one.record.kind in (Activity.Kind.MEETING, Activity.Kind.CALL)
        and not TOLD.isdisjoint(one.before)
    ]
    if not changed:
        return
    Occasion.objects.filter(activity__in=changed).update(sequence=F("sequence") + 1)
    told = Participant.objects.filter(activity__in=changed, sent_sequence__isnull=False)
    for pk in told.values_list("activity_id", flat=True).distinct():
        due.schedule(INVITE, str(pk), at + PATIENCE)


def send(activities: Iterable[Activity], *, at: datetime) -> None:
    """Have those be written to who are asked to meetings and have an address."""
    seen: set[int] = set()
    for one in activities:
        occasion = Occasion.objects.filter(activity=one).first()
        if occasion is not None and occasion.series_id in seen:
            continue
        if occasion is not None and occasion.series_id is not None:
            # A series is one invitation.
            seen.add(occasion.series_id)
        due.schedule(INVITE, str(one.pk), at + PATIENCE)


def withdraw(participant: Participant, *, at: datetime) -> None:
    """Have somebody who was invited be told that they are asked no longer."""
    if participant.sent_sequence is not None:
        payload = {"email": participant.email, "name": participant.name}
        due.schedule(UNINVITE, f"{participant.activity_id}:{participant.pk}", at, payload)
