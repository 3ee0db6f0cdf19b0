"""The timeline of one record: what happened to it and to those that belong to it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from crm.identity.access import access_for
from crm.records import registry
from crm.records.models import Event, EventLink, Record
from crm.records.registry import Ref

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

#: So many more links are read than asked for, since some will be hidden.
OVER_READ = 200


def timeline_of(
    ref: Ref,
    user: Any,
    *,
    before: tuple[datetime, int] | None = None,
    kinds: Collection[str] | None = None,
    limit: int = 50,
) -> list[Event]:
    """Return the latest events that ``user`` may see, newest first.

    ``before`` is (at, event id) of the last one shown; ``kinds`` are event names, or their
    part before the dot.
    """
    links = EventLink.objects.filter(type_id=ref.type_id, record_id=ref.id)
    if before is not None:
        at, event_id = before
        links = links.filter(Q(at__lt=at) | Q(at=at, event_id__lt=event_id))
    rows = list(
        links.order_by("-at", "-event_id").values_list("event_id", "event_created_at")[: limit + OVER_READ]
    )
    events = _load(rows)
    if kinds:
        events = [one for one in events if one.name in kinds or one.name.partition(".")[0] in kinds]
    return redact(visible(events, user), user)[:limit]


def _load(rows: Sequence[tuple[int, datetime]]) -> list[Event]:
    if not rows:
        return []
    moments = [created_at for _pk, created_at in rows]
    ids = [pk for pk, _created_at in rows]
    # The range of created_at lets PostgreSQL skip the partitions that can't hold them.
    found = Event.objects.filter(pk__in=ids, created_at__range=(min(moments), max(moments)))
    by_id = {event.pk: event for event in found.select_related("actor")}
    return [by_id[pk] for pk in ids if pk in by_id]


def visible(events: Sequence[Event], user: Any) -> list[Event]:
    """Leave the events of records that ``user`` may view: one query per type."""
    wanted: dict[int, set[int]] = defaultdict(set)
    for event in events:
        wanted[event.type_id].add(event.record_id)
    seen: set[Ref] = set()
    for type_id, ids in wanted.items():
        model: Any = registry.by_id(type_id).model
        if issubclass(model, Record):
            rows = model.all_objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
            seen.update(Ref(type_id, pk) for pk in rows)
    return [event for event in events if event.ref in seen]


def redact(events: Sequence[Event], user: Any) -> list[Event]:
    """Take changes of fields out that ``user`` may not see."""
    access = access_for(user)
    for event in events:
        model = registry.by_id(event.type_id).model
        event.data = {
            name: fact for name, fact in event.data.items() if access.field_level(model, name) != "hidden"
        }
        if changes := event.data.get("changes"):
            event.data["changes"] = {
                name: change
                for name, change in changes.items()
                if access.field_level(model, name) != "hidden"
            }
    return list(events)
