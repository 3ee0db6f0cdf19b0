"""Which tags there are, who may make new ones, and how a record's tags are spelt.

Known tags are read once per process and again when a stamp in the shared cache says that they
changed, so that a chip's colour costs a list nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from crm.identity.models import Organisation
from crm.records.models import Tag
from crm.records.models.tag import hue_of, key_of, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm.identity.access import Access
    from crm.records.drafts import Draft, WriteContext

STAMP_KEY = "tags:stamp"
#: For so long the stamp is not looked up again.
FRESH_SECONDS = 0.05
#: The name under which a role's right to make tags is kept.
RIGHT = "records.tag"


class Known(NamedTuple):
    """A tag as records spell it, and its colour."""

    name: str
    color: str


@dataclass(slots=True)
class Snapshot:
    """All tags by their keys, former names included, as of one stamp."""

    stamp: str
    checked_at: float
    by_key: dict[str, Known]
    names: list[str]


_snapshot: Snapshot | None = None


def changed() -> None:
    """Let every process read the tags anew, once the change is committed."""
    forget()
    transaction.on_commit(_tell)


def forget() -> None:
    """Read the tags anew in this process."""
    global _snapshot
    _snapshot = None


def _tell() -> None:
    cache.set(STAMP_KEY, uuid4().hex, None)
    forget()


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
    known = _snapshot = _read(str(present), now)
    return known


def _read(stamp: str, now: float) -> Snapshot:
    rows = list(Tag.objects.filter(deleted_at=None).select_related("into").order_by("name"))
    by_key = {row.key: Known(row.name, row.color) for row in rows if row.into is None}
    for row in rows:
        if row.into is not None and row.into.deleted_at is None:
            by_key.setdefault(row.key, by_key.get(row.into.key, Known(row.into.name, row.into.color)))
    return Snapshot(stamp, now, by_key, [row.name for row in rows if row.into is None])


def names() -> list[str]:
    """Return the names of all tags, sorted."""
    return _current().names


def color_of(name: str) -> str:
    """Return the class that paints a tag."""
    known = _current().by_key.get(key_of(name))
    return known.color if known else hue_of(name)


def spelt(given: Iterable[Any]) -> list[str]:
    """Return names as the tags are written, each once; unknown ones tidied up."""
    by_key = _current().by_key
    found: dict[str, str] = {}
    for one in given:
        if key := key_of(one):
            name = by_key[key].name if key in by_key else tidy(one)
            found.setdefault(name.casefold(), name)
    return list(found.values())


def may_make(access: Access | None) -> bool:
    """Tell whether a person may make new tags; the house itself may."""
    if access is None or access.is_root or access.can(RIGHT, "add"):
        return True
    return Organisation.load().anybody_makes_tags


def settle(drafts: Sequence[Draft[Any]], ctx: WriteContext) -> None:
    """Spell the tags of a set of records as the house does, and make those that are new.

    A person who may not make tags keeps those that the record had before.
    """
    given = [draft for draft in drafts if "tags" in draft.changes and not draft.errors]
    if not given:
        return
    by_key = {key: one.name for key, one in _current().by_key.items()}
    new = {key_of(name): tidy(name) for draft in given for name in draft.record.tags}
    new = {key: name for key, name in new.items() if key and key not in by_key}
    if new:
        _refuse(given, new, ctx)
        keys = {key_of(name) for draft in given if not draft.errors for name in draft.record.tags}
        by_key |= _made({key: name for key, name in new.items() if key in keys})
    for draft in given:
        if not draft.errors:
            found = [by_key[key] for name in draft.record.tags if (key := key_of(name))]
            draft.record.tags = list(dict.fromkeys(found))


def _refuse(drafts: Sequence[Draft[Any]], new: dict[str, str], ctx: WriteContext) -> None:
    if may_make(ctx.access):
        return
    for draft in drafts:
        had = {key_of(name) for name in draft.snapshot.get("tags") or ()}
        for name in draft.record.tags:
            if key_of(name) in new and key_of(name) not in had:
                text = _("There is no tag “%(name)s”, and you may not make new ones.")
                draft.error("tags", text % {"name": tidy(name)}, code="forbidden")


def _made(new: dict[str, str]) -> dict[str, str]:
    """Make tags, or take those that somebody made a moment ago; return names by key."""
    if not new:
        return {}
    rows = [Tag(name=name, key=key, color=hue_of(name)) for key, name in sorted(new.items())]
    Tag.objects.bulk_create(rows, ignore_conflicts=True)
    # A word that was deleted everywhere is a tag again when somebody uses it.
    Tag.objects.filter(key__in=list(new)).exclude(deleted_at=None).update(deleted_at=None, into=None)
    transaction.on_commit(_tell)
    found = Tag.objects.filter(key__in=list(new)).select_related("into")
    return {row.key: (row.into or row).name for row in found}
