"""What was changed of a record, by whom and when: read from its events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm.records.fields import Field, fields_of
from crm.records.history import redact
from crm.records.models import Event, EventLink

if TYPE_CHECKING:
    from datetime import datetime

#: So many events of a record are looked through for changes.
DEEP = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change, told in text."""

    name: str
    label: str
    old: Any
    new: Any
    old_text: str
    new_text: str
    who: Any
    when: datetime


def own_events(record: Any, limit: int = DEEP) -> list[Event]:
    """Return the latest events about ``record`` itself, newest first."""
    ref = record.ref
    links = EventLink.objects.filter(type_id=ref.type_id, record_id=ref.id).order_by("-at", "-event_id")
    ids = list(links.values_list("event_id", flat=True)[:limit])
    found = Event.objects.filter(pk__in=ids, type_id=ref.type_id, record_id=ref.id)
    return list(found.select_related("actor").order_by("-pk"))


def changes_in(event: Event, known: dict[str, Field]) -> list[Change]:
    """Return the changes of fields that one event tells of."""
    found = []
    for name, change in (event.data.get("changes") or {}).items():
        field = known.get(name)
        label = str(field.label) if field else name
        old, new = change.get("old"), change.get("new")
        texts = [
            change.get(f"{side}_text") or in_words(field, value)
            for side, value in (("old", old), ("new", new))
        ]
        label = label[:1].upper() + label[1:]
        found.append(Change(name, label, old, new, texts[0], texts[1], event.actor, event.at))
    return found


def in_words(field: Field | None, value: Any) -> str:
    """Write a value kept in an event."""
    if field is None or isinstance(value, dict):
        return "" if value is None else str(value)
    return field.text(value)


def since(record: Any, version: int, viewer: Any) -> dict[str, Change]:
    """Return what others changed after ``version``: the oldest old value, the newest new one."""
    steps = record.version - version
    events = [event for event in own_events(record) if event.data.get("changes")][:steps]
    found: dict[str, Change] = {}
    known: dict[str, Field] = fields_of(record._meta.model)
    for event in redact(events, viewer):
        for change in changes_in(event, known):
            newer = found.get(change.name, change)
            found[change.name] = Change(
                change.name,
                change.label,
                change.old,
                newer.new,
                change.old_text,
                newer.new_text,
                newer.who,
                newer.when,
            )
    return found
