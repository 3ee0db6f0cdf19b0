"""Keeping pairs up to date: what changed is noted with the change, and compared soon after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from contacts.models import Company, DuplicateKey, DuplicatePair, DuplicateStale, Person
from contacts.sameness import pairing
from crm.lib import queue
from crm.records import copying, due, followers, leaving, registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.records.drafts import Draft
    from crm.records.models import Record
    from crm.records.services import RecordService

#: Records compared in one transaction.
AT_ONCE = 500
#: Columns on which no sign depends.
SILENT = frozenset(
    {"version", "updated_at", "last_touch_at", "next_due_at", "owner_id", "team_id", "tags", "description"}
    | {"custom", "source_id", "job_title", "salutation", "language", "time_zone", "do_not_contact", "kind"}
    | {"industry_id", "employees", "annual_revenue", "revenue_currency", "founded_year"}
)


def follow(service: RecordService[Any], drafts: Sequence[Draft[Any]], fresh: Mapping[int, Any]) -> None:
    """Note people and companies whose signs may have changed."""
    if service.model not in (Person, Company):
        return
    type_id = service.model.record_type.id
    changed = [
        DuplicateStale(type_id=type_id, record_id=draft.record.pk)
        for draft in drafts
        if draft.is_new or draft.notes or not SILENT.issuperset(draft.before)
    ]
    if changed:
        copying.insert(DuplicateStale, changed)
        queue.enqueue("contacts.tasks.compare_changed")


def drain(limit: int = 0) -> int:
    """Compare what was noted, in chunks that no other worker takes; return how many records that were."""
    done = 0
    while True:
        with transaction.atomic():
            rows = list(DuplicateStale.objects.select_for_update(skip_locked=True).order_by("pk")[:AT_ONCE])
            for type_id in {row.type_id for row in rows}:
                ids = sorted({row.record_id for row in rows if row.type_id == type_id})
                pairing.refresh(registry.by_id(type_id).model, ids)
            DuplicateStale.objects.filter(pk__in=[row.pk for row in rows]).delete()
        done += len(rows)
        if len(rows) < AT_ONCE or (limit and done >= limit):
            return done


def let_go(model: type[Record], ids: Sequence[int]) -> None:
    """Forget the signs and pairs of people and companies that are gone for good."""
    if model not in (Person, Company):
        return
    type_id = model.record_type.id
    DuplicateKey.objects.filter(type_id=type_id, record_id__in=ids).delete()
    pairs = DuplicatePair.objects.filter(type_id=type_id)
    pairs.filter(left_id__in=ids).delete()
    pairs.filter(right_id__in=ids).delete()


def holds_none(_model: type[Record], _ids: Sequence[int]) -> dict[int, str]:
    """A likeness is no reason to keep a record."""
    return {}


def register() -> None:
    """Hear of every change of people and companies, and look after the rest at night."""
    followers.follow(follow)
    leaving.register(holder=holds_none, farewell=let_go)
    due.every_day("duplicates", hour=3, minute=40)
