"""Reading timelines and plans, for one viewer, in sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, Count, F, Q, Value, When, Window

from crm.identity.access import access_for
from crm.identity.models import User, named
from crm.identity.scopes import Scope
from crm.records import history, registry
from crm.records.merging import survivors_of
from crm.records.models import Event, EventLink, Search
from crm.records.registry import Ref
from crm.timeline import linking
from crm.timeline.models import OPEN, Activity
from crm.ui import formats

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from django.db.models import QuerySet


#: Lines on the page of a record; the older ones come when one scrolls down to them.
FIRST_PAGE = 12
PAGE = 25
#: More is read than shown, since some will be hidden.
BATCH = 40
LARGE_BATCH = 600
#: So many links are looked through for one page: beyond, the person narrows it or asks again.
FAR = 20_000
PREFIXES = ("note", "call", "meeting", "task", "mail")
#: So much of a plan is shown at first, and so much more with each click.
PLAN_SHOWN = 6
PLAN_MORE = 100
#: What a line shows of a colleague, and all but what it never shows of an activity.
NAMES = ("username", "full_name")
TOLD = tuple(
    one.name for one in Activity._meta.concrete_fields if one.name not in ("custom", "tags", "ends_at")
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a timeline: what comes after it is older."""

    at: datetime
    event_id: int


@dataclass(slots=True)
class Title:
    """A record as another one's page names it, and whose it is."""

    type_id: int
    pk: int
    owner_id: int | None
    team_id: int | None
    title: str

    @property
    def ref(self) -> Ref:
        return Ref(self.type_id, self.pk)


@dataclass(slots=True)
class Batch:
    """Some events of a timeline: those that are seen, where they end, and whether older ones follow."""

    events: list[Event]
    titles: dict[Ref, Title]
    end: Place
    has_older: bool


def events_of(
    ref: Ref, user: Any, *, kind: str = "", before: Place | None = None, far: int = FAR
) -> Iterator[Batch]:
    """Give the events of a timeline in batches, newest first, those that ``user`` may see.

    Where much is hidden, later batches are larger. After ``far`` looked through it ends,
    though older ones may follow. That the user sees the record itself is known.
    """
    size, looked = BATCH, 0
    while looked < far:
        links = EventLink.objects.filter(type_id=ref.type_id, record_id=ref.id)
        if before is not None:
            links = links.filter(at__lte=before.at).exclude(at=before.at, event_id__gte=before.event_id)
        links = links.order_by("-at", "-event_id")
        events = of_kind(links, kind, size) if kind else of_any_kind(links, size)
        if not events:
            return
        before = Place(events[-1].at, events[-1].pk)
        has_older = len(events) == size
        others = {Ref(*event.data["other"]) for event in events if "other" in event.data}
        names = titles({event.ref for event in events} | others - {ref})
        names |= titles(lead_on(events, {ref, *names}) - {ref, *names})
        seen = {one for one, row in names.items() if sees(user, row)} | {ref}
        shown = history.redact([event for event in events if event.ref in seen], user)
        yield Batch(shown, names, before, has_older)
        if not has_older:
            return
        looked, size = looked + size, LARGE_BATCH


def lead_on(events: Collection[Event], known: Collection[Ref]) -> set[Ref]:
    """Let events of merged records tell of those in which they live on; return these."""
    moved = survivors_of({event.ref for event in events} - set(known))
    for event in events:
        event.type_id, event.record_id = moved.get(event.ref, event.ref)
    return set(moved.values())


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


def actors_of(events: Iterable[Event]) -> dict[int, User]:
    """Return those who caused events."""
    return named(event.actor_id for event in events)


def sees(user: Any, row: Title) -> bool:
    """Tell whether ``user`` may see the record of a title."""
    return access_for(user).can(registry.by_id(row.type_id).model, "view", row)


def activities_of(events: Iterable[Event]) -> dict[int, Activity]:
    """Load the activities that events tell of."""
    ids = {event.data["activity"] for event in events if "activity" in event.data}
    if not ids:
        return {}
    rows = Activity.objects.select_related("outcome", "owner").only(
        *TOLD, *names_of("owner"), "outcome__name", "outcome__is_contact"
    )
    return rows.in_bulk(ids)


def names_of(relation: str) -> list[str]:
    """Return the columns by which a related colleague is named."""
    return [f"{relation}__{name}" for name in NAMES]


def titles(refs: Collection[Ref]) -> dict[Ref, Title]:
    """Return title and ownership of records of any types, with one query; none of what lies in the bin."""
    if not refs:
        return {}
    condition = Q(pk__in=[])
    for type_id, ids in linking.grouped(refs).items():
        condition |= Q(type_id=type_id, record_id__in=ids)
    rows = Search.objects.filter(condition).values_list(
        "type_id", "record_id", "owner_id", "team_id", "title"
    )
    return {title.ref: title for title in (Title(*row) for row in rows)}


def plan_of(ref: Ref, user: Any, *, start: int = 0, size: int = PLAN_SHOWN) -> tuple[list[Activity], int]:
    """Return what is planned with a record, the next first, and how much that is in all.

    Of what the viewer sees, or does themself.
    """
    rows = planned_with(ref, user).annotate(in_all=Window(Count("pk")))
    found: list[Any] = list(
        rows.order_by(F("links__due_at").asc(nulls_last=True), "pk")[start : start + size]
    )
    return found, found[0].in_all if found else 0


def planned_with(ref: Ref, user: Any) -> QuerySet[Activity]:
    """Return the open activities on the page of a record that ``user`` may see."""
    own = Q(about_id=None) | Q(owner_id=user.pk) | Q(about_type_id=ref.type_id, about_id=ref.id)
    rows = Activity.objects.filter(
        own | seen_rows(user),
        links__type_id=ref.type_id,
        links__record_id=ref.id,
        links__is_open=True,
    )
    return rows.select_related("owner", "about_row").only(
        *TOLD, *names_of("owner"), "owner__photo", "owner__time_zone", *names_of_rows("about_row")
    )


def names_of_rows(relation: str) -> list[str]:
    return [f"{relation}__{name}" for name in ("type_id", "record_id", "title")]


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
