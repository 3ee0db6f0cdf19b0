"""Keeps "next activity" and "last touch" of records right, for whole sets of activities.

A touch is undone as in a chain: each link remembers what the last touch was before, so that
taking an activity away leaves the record as if it had never been there.
"""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db.models import Max, OuterRef, Q, Subquery

from crm.records import copying, registry
from crm.records.registry import Ref
from crm.timeline.linking import grouped
from crm.timeline.models import Activity, ActivityLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

#: Many links of one record at once are no reason for many statements.
CHUNK = 500
REAL = Q(activity__deleted_at=None, activity__done_at__isnull=False) & (
    Q(activity__outcome=None) | Q(activity__outcome__is_contact=True)
)


def settle_next_due(refs: Iterable[Ref]) -> None:
    """Set each record's next activity to the earliest open one linked to it."""
    for type_id, ids in grouped(refs).items():
        model: Any = registry.by_id(type_id).model
        earliest = (
            ActivityLink.objects.filter(
                type_id=type_id, record_id=OuterRef("pk"), is_open=True, due_at__isnull=False
            )
            .order_by("due_at")
            .values("due_at")[:1]
        )
        rows = model.all_objects.filter(pk__in=ids).annotate(_due=Subquery(earliest))
        found = rows.values_list("pk", "next_due_at", "_due")
        # Most stay as they are, and are not written anew.
        if changed := [pk for pk, now, due in found if now != due]:
            model.all_objects.filter(pk__in=changed).update(next_due_at=Subquery(earliest))


def touch(links: Sequence[ActivityLink]) -> None:
    """Move the last touch of linked records forward, where their activity counts as contact.

    The links come with their activity and its outcome.
    """
    real = [
        (at, link) for link in links if link.activity.touches and (at := link.activity.done_at) is not None
    ]
    last = last_touches(link.ref for _at, link in real)
    moved, after = [], dict(last)
    for at, link in sorted(real, key=itemgetter(0)):
        if link.ref not in after or at <= after[link.ref]:
            continue
        link.touched_at, link.touch_before = at, after[link.ref]
        after[link.ref] = at
        moved.append(link)
    copying.update(ActivityLink, moved, ["touched_at", "touch_before"])
    write_touches({ref: at for ref, at in after.items() if at != last[ref]})


def untouch(activity_ids: Sequence[int]) -> None:
    """Take back what activities did to the last touch of their records."""
    chain = links_that_moved(activity_ids)
    if not chain:
        return
    leaving = set(activity_ids)
    last = last_touches(chain)
    after = dict(last)
    dirty: list[ActivityLink] = []
    for ref, links in chain.items():
        # From the latest back, so that each finds its neighbours in the chain.
        for link in links:
            if link.activity_id not in leaving:
                continue
            for other in links:
                if other.touch_before == link.touched_at:
                    other.touch_before = link.touch_before
                    dirty.append(other)
            if after.get(ref) == link.touched_at and link.touch_before is not None:
                after[ref] = link.touch_before
            link.touched_at = link.touch_before = None
            dirty.append(link)
    copying.update(ActivityLink, list(dict.fromkeys(dirty)), ["touched_at", "touch_before"])
    changed = {ref: at for ref, at in after.items() if at != last[ref]}
    write_touches(changed | later_ones(changed, leaving))


def links_that_moved(activity_ids: Sequence[int]) -> dict[Ref, list[ActivityLink]]:
    """Return, for each record that these activities touched, every link that moved its last touch."""
    mine = ActivityLink.objects.filter(activity__in=activity_ids, touched_at__isnull=False)
    refs = [Ref(*pair) for pair in mine.values_list("type_id", "record_id")]
    found: dict[Ref, list[ActivityLink]] = defaultdict(list)
    for type_id, ids in grouped(refs).items():
        rows = ActivityLink.objects.filter(type_id=type_id, record_id__in=ids, touched_at__isnull=False)
        for link in rows.order_by("-touched_at", "-pk"):
            found[link.ref].append(link)
    return found


def later_ones(touched: dict[Ref, datetime], leaving: set[int]) -> dict[Ref, datetime]:
    """Return the last touch of records where another activity, older than what goes, came after it."""
    found: dict[Ref, datetime] = {}
    for type_id, ids in grouped(touched).items():
        rows = (
            ActivityLink.objects.filter(REAL, type_id=type_id, record_id__in=ids)
            .exclude(activity__in=leaving)
            .values_list("record_id")
            .annotate(latest=Max("activity__done_at"))
        )
        for record_id, latest in rows:
            ref = Ref(type_id, record_id)
            if latest > touched[ref]:
                ActivityLink.objects.filter(
                    type_id=type_id, record_id=record_id, activity__done_at=latest
                ).update(touched_at=latest, touch_before=touched[ref])
                found[ref] = latest
    return found


def last_touches(refs: Iterable[Ref]) -> dict[Ref, datetime]:
    """Read the last touch of records of any types."""
    found: dict[Ref, datetime] = {}
    for type_id, ids in grouped(refs).items():
        model: Any = registry.by_id(type_id).model
        rows = model.all_objects.filter(pk__in=ids).values_list("pk", "last_touch_at")
        found |= {Ref(type_id, pk): at for pk, at in rows}
    return found


def write_touches(touches: dict[Ref, datetime]) -> None:
    """Write the last touch of records, one statement per type and chunk."""
    for type_id, ids in grouped(touches).items():
        model: Any = registry.by_id(type_id).model
        for start in range(0, len(ids), CHUNK):
            rows = [
                model(pk=pk, last_touch_at=touches[Ref(type_id, pk)]) for pk in ids[start : start + CHUNK]
            ]
            copying.update(model, rows, ["last_touch_at"])


def settle_links(activities: Sequence[Activity], gone: Iterable[Ref] = ()) -> list[ActivityLink]:
    """Bring the copies on links in line with their activities; return the links.

    What is about a record in the bin (``gone``) is nobody's next activity.
    """
    by_id = {one.pk: one for one in activities}
    in_bin = set(gone)
    links = list(ActivityLink.objects.filter(activity__in=by_id))
    changed = []
    for link in links:
        activity = link.activity = by_id[link.activity_id]
        is_open = activity.is_open and activity.about not in in_bin
        due_at = activity.due_at if is_open else None
        if (link.is_open, link.due_at) != (is_open, due_at):
            link.is_open, link.due_at = is_open, due_at
            changed.append(link)
    copying.update(ActivityLink, changed, ["is_open", "due_at"])
    return links
