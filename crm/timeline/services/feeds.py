"""Secret addresses at which other calendars read ours; made, and taken back at once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from crm.identity.access import access_for
from crm.identity.models import Membership
from crm.timeline import calendars, ical
from crm.timeline.calendars import Showing
from crm.timeline.models import Activity, Feed, Occasion, Participant
from crm.timeline.services.activities import zone_of

if TYPE_CHECKING:
    from datetime import datetime

    from crm.identity.models import Team, User

PAST, AHEAD = timedelta(days=60), timedelta(days=365)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_feed(*, user: User, team: Team | None, at: datetime) -> str:
    """Make the address of one's own calendar, or a team's, anew; the one before ends. Return its secret."""
    if team is not None and not Membership.objects.filter(user=user, team=team).exists():
        raise PermissionDenied
    Feed.objects.filter(user=user, team=team).delete()
    token = secrets.token_urlsafe(32)
    Feed.objects.create(user=user, team=team, digest=digest_of(token), created_at=at)
    return token


def drop_feed(*, user: User, pk: int) -> None:
    """Take an address back: nobody reads by it any more."""
    Feed.objects.filter(user=user, pk=pk).delete()


def feed_of(token: str) -> Feed | None:
    """Return the feed of a secret whose owner still works here, and still belongs to the team."""
    row = Feed.objects.select_related("user", "team").filter(digest=digest_of(token)).first()
    if row is None or not row.user.is_active:
        return None
    if row.team is not None and not Membership.objects.filter(user=row.user, team=row.team).exists():
        return None
    return row


def write_feed(feed: Feed, now: datetime) -> str:
    """Write the calendar of a feed: of a team what its owner may see, the rest as taken time."""
    people = calendars.people_of(feed.user, f"team:{feed.team_id}" if feed.team_id else "me")
    showing = Showing(feed.user, now - PAST, now + AHEAD, people)
    rows = list(calendars.activities_of(showing)[: calendars.MOST])
    access = access_for(feed.user)
    known = {one.pk: one for one in Occasion.objects.filter(activity__in=rows)}
    guests: dict[int, list[Participant]] = {}
    for row in Participant.objects.filter(activity__in=rows).select_related("user"):
        guests.setdefault(row.activity_id, []).append(row)
    events = []
    for one in rows:
        is_seen = access.can(Activity, "view", one)
        if not is_seen and one.kind == Activity.Kind.TASK:
            continue
        occasion = known.get(one.pk) or Occasion(
            activity=one, uid=f"activity-{one.pk}@artel", time_zone=zone_of(one.owner).key
        )
        single = Occasion(
            activity=one,
            uid=f"{occasion.pk or one.pk}-{occasion.uid}" if occasion.series_id else occasion.uid,
            sequence=occasion.sequence,
            time_zone=occasion.time_zone,
            organizer=occasion.organizer,
        )
        people_of_it = guests.get(one.pk, []) if is_seen else []
        events.append(ical.event_of(one, single, now=now, participants=people_of_it, is_told=is_seen))
    name = f"Artel: {feed.team or feed.user}"
    return ical.text_of(ical.calendar_of(events, name=name))
