"""Reading timelines and plans, for one viewer, in sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, F, Q, Value, When

from crm.identity.access import access_for
from crm.identity.scopes import Scope
from crm.records import history, registry
from crm.records.models import EventLink, Search
from crm.records.registry import Ref
from crm.timeline import linking
from crm.timeline.models import OPEN, Activity, ActivityLink
from crm.ui import formats

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet

    from crm.records.models import Event

PAGE = 50
#: More is read than shown, since some will be hidden.
BATCH = 120
#: So many batches are looked through for one page: beyond, the person asks again.
MOST_BATCHES = 20
PREFIXES = ("note", "call", "meeting", "task")
PLAN_LIMIT = 30


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a timeline: what comes after it is older."""

    at: datetime
    event_id: int


def links_of(ref: Ref, kind: str) -> QuerySet[EventLink]:
    """Return the links of a record's timeline, newest first, narrowed to one kind."""
    # The second condition lets PostgreSQL look into the one partition that holds the event.
    links = EventLink.objects.filter(
        type_id=ref.type_id, record_id=ref.id, event__created_at=F("event_created_at")
    )
    if kind in PREFIXES:
        links = links.filter(event__name__startswith=f"{kind}.")
    elif kind == "change":
        for prefix in PREFIXES:
            links = links.exclude(event__name__startswith=f"{prefix}.")
    return links.select_related("event", "event__actor").order_by("-at", "-event_id")


def events_of(
    ref: Ref, user: Any, *, kind: str = "", before: Place | None = None, known: Collection[Ref] = ()
) -> Iterable[list[Event]]:
    """Give the events of a timeline in batches, newest first, those that ``user`` may see.

    ``known`` are records of which the caller knows already that the user sees them.
    """
    for _turn in range(MOST_BATCHES):
        links = links_of(ref, kind)
        if before is not None:
            links = links.filter(at__lte=before.at).exclude(at=before.at, event_id__gte=before.event_id)
        rows = list(links[:BATCH])
        if rows:
            events = [link.event for link in rows]
            yield history.redact(seen_by(user, events, known), user)
        if len(rows) < BATCH:
            return
        before = Place(rows[-1].at, rows[-1].event_id)


def seen_by(user: Any, events: Sequence[Event], known: Collection[Ref]) -> list[Event]:
    """Leave the events of records that ``user`` sees."""
    asked = {event.ref for event in events} - set(known)
    visible = linking.visible_refs(asked, user) | set(known)
    return [event for event in events if event.ref in visible]


def activities_of(events: Iterable[Event]) -> dict[int, Activity]:
    """Load the activities that events tell of."""
    ids = {event.data["activity"] for event in events if "activity" in event.data}
    if not ids:
        return {}
    return Activity.objects.select_related("outcome", "owner").in_bulk(ids)


def titles(refs: Collection[Ref]) -> dict[Ref, Search]:
    """Return title and ownership of records of any types, with one query."""
    if not refs:
        return {}
    condition = Q(pk__in=[])
    for type_id, ids in linking.grouped(refs).items():
        condition |= Q(type_id=type_id, record_id__in=ids)
    rows = Search.objects.filter(condition).only(
        "type_id", "record_id", "owner_id", "team_id", "title", "subtitle"
    )
    return {Ref(row.type_id, row.record_id): row for row in rows}


def plan_of(ref: Ref, user: Any) -> list[Activity]:
    """Return what is planned with a record, the next first: of what the viewer sees, or does themself."""
    links = ActivityLink.objects.filter(type_id=ref.type_id, record_id=ref.id, is_open=True)
    found = [
        link.activity
        for link in links.select_related("activity__owner", "activity__outcome").order_by(
            F("due_at").asc(nulls_last=True), "activity_id"
        )[:PLAN_LIMIT]
    ]
    visible = linking.visible_refs(set(linking.abouts(found)) - {ref}, user) | {ref}
    return [one for one in found if one.about is None or one.about in visible or one.owner_id == user.pk]


def seen_rows(user: Any, prefix: str = "about_row__") -> Q:
    """Return the condition that the record behind a joined search row is visible to ``user``."""
    access = access_for(user)
    condition = Q(pk__in=[])
    for one in registry.types():
        scope = access.scope(one.model)
        mine = Q(**{f"{prefix}record_id__in": access.shared(one.model, "view")})
        if scope is Scope.ALL:
            mine = Q()
        elif scope is not Scope.NONE:
            mine |= Q(**{f"{prefix}owner_id": access.user_id})
            mine |= Q(**{f"{prefix}team_id__in": sorted(access.teams(scope))})
        condition |= Q(**{f"{prefix}type_id": one.id}) & mine
    return condition


def with_about(rows: QuerySet[Activity], user: Any) -> QuerySet[Activity]:
    """Join what activities are about, and whether ``user`` sees that (``about_seen``)."""
    seen = Case(When(seen_rows(user), then=Value(True)), default=Value(False), output_field=BooleanField())
    return rows.select_related("about_row").annotate(about_seen=seen)


def about_line(activity: Activity) -> tuple[str, str]:
    """Return title and address of what an activity is about; nothing where the viewer doesn't see it."""
    row = activity.about_row
    if row is None or not getattr(activity, "about_seen", False):
        return "", ""
    return row.title, formats.page_url(registry.by_id(row.type_id).model(pk=row.record_id))


def still_open(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    """Leave what is still to be done; not with records that lie in the bin."""
    return rows.filter(OPEN).filter(Q(about_id=None) | Q(about_row__id__isnull=False))


def overdue_count(user: Any, at: datetime) -> int:
    """Return how much of ``user``'s own work is late."""
    return still_open(Activity.objects.visible_to(user).filter(owner=user, due_at__lt=at)).count()
