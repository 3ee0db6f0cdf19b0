"""Reading timelines and plans, for one viewer, in sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, F, Q, Value, When

from crm.identity.access import access_for
from crm.identity.models import User
from crm.identity.scopes import Scope
from crm.records import history, registry
from crm.records.models import Event, EventLink, Search
from crm.records.registry import Ref
from crm.timeline import linking
from crm.timeline.models import OPEN, Activity, ActivityLink
from crm.ui import formats

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet


PAGE = 25
#: More is read than shown, since some will be hidden.
BATCH = 80
LARGE_BATCH = 600
#: So many links are looked through for one page: beyond, the person narrows it or asks again.
FAR = 20_000
PREFIXES = ("note", "call", "meeting", "task")
PLAN_LIMIT = 30


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a timeline: what comes after it is older."""

    at: datetime
    event_id: int


def events_of(
    ref: Ref, user: Any, *, kind: str = "", before: Place | None = None, known: Collection[Ref] = ()
) -> Iterable[list[Event]]:
    """Give the events of a timeline in batches, newest first, those that ``user`` may see.

    ``known`` are records of which the caller knows already that the user sees them. Where much
    is hidden, later batches are larger.
    """
    size, looked = BATCH, 0
    while looked < FAR:
        links = EventLink.objects.filter(type_id=ref.type_id, record_id=ref.id)
        if before is not None:
            links = links.filter(at__lte=before.at).exclude(at=before.at, event_id__gte=before.event_id)
        links = links.order_by("-at", "-event_id")
        events = of_kind(links, kind, size) if kind else of_any_kind(links, size)
        yield history.redact(with_actors(seen_by(user, events, known)), user)
        if len(events) < size:
            return
        before = Place(events[-1].at, events[-1].pk)
        looked, size = looked + size, LARGE_BATCH


def of_any_kind(links: QuerySet[EventLink], size: int) -> list[Event]:
    """Load the events of the first links: by index alone, however long the timeline."""
    rows = list(links.values_list("event_id", "event_created_at")[:size])
    if not rows:
        return []
    moments = [created_at for _pk, created_at in rows]
    # The range lets PostgreSQL pass over the months in which none of them was recorded.
    found = Event.objects.filter(
        pk__in=[pk for pk, _created_at in rows], created_at__range=(min(moments), max(moments))
    )
    by_id = {event.pk: event for event in found}
    return [by_id[pk] for pk, _created_at in rows if pk in by_id]


def of_kind(links: QuerySet[EventLink], kind: str, size: int) -> list[Event]:
    """Load the first events of one kind: joined, since a kind may be rare."""
    links = links.filter(event__created_at=F("event_created_at"))
    if kind in PREFIXES:
        links = links.filter(event__name__startswith=f"{kind}.")
    else:
        for prefix in PREFIXES:
            links = links.exclude(event__name__startswith=f"{prefix}.")
    return [link.event for link in links.select_related("event")[:size]]


def with_actors(events: list[Event]) -> list[Event]:
    """Give events those who caused them: a few people, each loaded once."""
    people = User.objects.in_bulk({event.actor_id for event in events if event.actor_id})
    for event in events:
        event.actor = people.get(event.actor_id or 0)
    return events


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


def customer_of(activity: Activity) -> str:
    """Return the person or company an activity is about: of a deal, the company it is with."""
    row = activity.about_row
    if row is None or not getattr(activity, "about_seen", False):
        return ""
    is_customer = registry.by_id(row.type_id).trade == "ground"
    return row.title if is_customer else row.subtitle or row.title


def still_open(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    """Leave what is still to be done; not with records that lie in the bin."""
    return rows.filter(OPEN).filter(Q(about_id=None) | Q(about_row__id__isnull=False))


def overdue_count(user: Any, at: datetime) -> int:
    """Return how much of ``user``'s own work is late."""
    return still_open(Activity.objects.visible_to(user).filter(owner=user, due_at__lt=at)).count()
