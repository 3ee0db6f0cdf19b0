"""Which custom fields there are: read once per process, and again when somebody changes them.

A stamp in the shared cache tells every process that definitions have changed, so a new field
is there at the next request, everywhere, without a restart. A request looks the stamp up at
most twenty times a second, and asks the database only when it is a new one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.core.cache import cache
from django.db import models, transaction
from django.utils.functional import lazy

from crm.records import registry
from crm.records.customfields import kinds
from crm.records.customfields.field import Made
from crm.records.models import CustomField
from crm.records.models.customfield import in_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.records.fields import Field

STAMP_KEY = "customfields:stamp"
#: For so long the stamp is not looked up again.
FRESH_SECONDS = 0.05
#: What badges of choices are painted with.
COLORS = tuple(f"hue-{number}" for number in range(8))


def _read_wording(row: CustomField, name: str) -> str:
    return str(getattr(row, name))


#: Wordings are chosen when they are shown: readers differ in their language.
_shown: Callable[[CustomField, str], str] = lazy(_read_wording, str)
_wording: Callable[[str, str], str] = lazy(in_language, str)


@dataclass(slots=True)
class Snapshot:
    """All definitions in use, as of one stamp."""

    stamp: str
    checked_at: float
    made: dict[int, dict[str, Made]]
    joined: dict[Any, dict[str, Field]] = field(default_factory=dict)


_snapshot: Snapshot | None = None


def changed() -> None:
    """Let every process read the definitions anew, once the change is committed."""
    forget()
    transaction.on_commit(_tell)


def _tell() -> None:
    cache.set(STAMP_KEY, uuid4().hex, None)
    forget()


def forget() -> None:
    """Read the definitions anew in this process."""
    global _snapshot
    _snapshot = None


def stamp() -> str:
    """Return the stamp of the definitions now in force."""
    return _current().stamp


def made_of(model: type[models.Model]) -> dict[str, Made]:
    """Return the custom fields of a record type that are in use, by name, in their order."""
    record_type = getattr(model, "record_type", None)
    return _current().made.get(record_type.id, {}) if record_type is not None else {}


def referring(model: type[models.Model]) -> list[Made]:
    """Return the custom fields by which records of this type refer to others."""
    return [one for one in made_of(model).values() if one.to is not None]


def join(model: type[models.Model], own: dict[str, Field]) -> dict[str, Field]:
    """Add the custom fields to those that the code declares."""
    made = made_of(model)
    if not made:
        return own
    joined = _current().joined
    found = joined.get(model)
    if found is None:
        found = joined[model] = {**own, **made}
    return found


def _current() -> Snapshot:
    global _snapshot
    now = monotonic()
    known = _snapshot
    if known is not None and now - known.checked_at < FRESH_SECONDS:
        return known
    present = cache.get(STAMP_KEY)
    if present is None:
        cache.add(STAMP_KEY, uuid4().hex, None)
        present = cache.get(STAMP_KEY)
    if known is not None and known.stamp == present:
        known.checked_at = now
        return known
    known = _snapshot = Snapshot(str(present), now, _read())
    return known


def _read() -> dict[int, dict[str, Made]]:
    found: dict[int, dict[str, Made]] = defaultdict(dict)
    rows = CustomField.objects.filter(deleted_at=None, is_active=True)
    for row in rows.order_by("type_id", "position", "pk"):
        if row.kind in kinds.kinds():
            found[row.type_id][row.name] = made_from(row)
    return dict(found)


def made_from(row: CustomField) -> Made:
    """Return the field that a definition describes."""
    of = kinds.kinds()[row.kind]
    return Made(
        name=row.name,
        label=_shown(row, "shown_label"),
        kind=of.kind,
        required=row.is_required and not row.shown_when.get("rules"),
        bulk=of.key not in ("long_text", "file"),
        virtual=True,
        max_length=min(of.max_length, row.options.get("max_length") or of.max_length)
        if of.max_length
        else None,
        choices=tuple((one["key"], _choice_label(one)) for one in row.choices),
        to=of.to,
        synonyms=tuple(text for text in (row.key, row.label, row.label_ru) if text),
        help_text=_shown(row, "shown_help"),
        custom_key=row.key,
        retired=frozenset(one["key"] for one in row.choices if one.get("retired")),
        tones={one["key"]: one["color"] for one in row.choices if one.get("color")},
        currency=row.options.get("currency", "") if "currency" in of.may else "",
        definition=row,
        of=of,
    )


def _choice_label(choice: dict[str, Any]) -> Any:
    return _wording(choice["label"], choice.get("label_ru", ""))


def definitions(type_id: int | None = None) -> models.QuerySet[CustomField]:
    """Return every definition that is not deleted, those out of use included."""
    rows = CustomField.objects.filter(deleted_at=None)
    rows = rows if type_id is None else rows.filter(type_id=type_id)
    return rows.order_by("type_id", "position", "pk")


def type_of(row: CustomField) -> registry.RecordType:
    return registry.by_id(row.type_id)
