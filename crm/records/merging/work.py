"""Merging: several records become one, in one transaction, with one event and one journal.

The record that stays gets the chosen values and all that belonged to the others; these go
to the bin for good, and their addresses lead to it. Splitting plays the journal backwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.identity.access import access_for
from crm.lib import queue
from crm.records import followers, jobs, registry, search
from crm.records.drafts import Draft, RecordErrors, WriteContext
from crm.records.guards import merged_meanwhile
from crm.records.journal import JournalWriter
from crm.records.merging import customs, moving
from crm.records.merging.choosing import number, values_of
from crm.records.merging.held import held_of
from crm.records.merging.moving import Merge
from crm.records.models import Job, JournalEntry
from crm.records.models.job import JobRefused
from crm.records.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.services import RecordService

#: So many records can become one at once.
MOST = 10
#: With more rows to move, it becomes a job that one watches.
INLINE = 500
#: Two that wait for each other in a circle: one of them is sent away and tries again.
ATTEMPTS = 3
DEADLOCK = "40P01"

LINKS = """
INSERT INTO records_eventlink (type_id, record_id, at, event_id, event_created_at, merged_from_id)
SELECT DISTINCT ON (link.event_id)
    link.type_id, %(to)s, link.at, link.event_id, link.event_created_at, link.record_id
FROM records_eventlink link
WHERE link.type_id = %(type)s AND link.record_id = ANY(%(ids)s) AND NOT EXISTS (
    SELECT 1 FROM records_eventlink own
    WHERE own.type_id = %(type)s AND own.record_id = %(to)s AND own.event_id = link.event_id
)
ORDER BY link.event_id
"""


class MergeRefused(JobRefused):
    """These records can't be merged; the text says why, in the user's words."""


def start(
    *,
    survivor: Any,
    absorbed: Sequence[Any],
    actor: User | None,
    values: Mapping[str, Any] | None = None,
    seen: Mapping[int, int] | None = None,
    via: str = "page",
) -> Job:
    """Merge ``absorbed`` into ``survivor``: at once, or as a job when much must move.

    ``values`` says by field whose value stays (a record's id, or "both" for long texts);
    ``seen`` which versions the person saw.

    Raises:
        MergeRefused: when it can't be done, also because somebody was faster.
    """
    model = type(survivor)
    check_set(model, survivor, absorbed)
    access = access_for(actor) if actor else None
    if access is not None:
        for refused in refusals(model, [survivor, *absorbed], survivor.pk, access):
            raise MergeRefused(refused)
    params = {
        "type": model.record_type.key,
        "survivor": survivor.pk,
        "absorbed": [one.pk for one in absorbed],
        "values": dict(values or {}),
        "seen": {str(pk): version for pk, version in (seen or {}).items()},
        "via": via,
    }
    title = phrase(gettext_noop("Merge: %(title)s"), title=registry.service_for(model).title(survivor))
    if how_much(model, [one.pk for one in absorbed]) > INLINE:
        return jobs.start("merge", actor=actor, title=title, params=params)
    with jobs.at_once("merge", actor=actor, title=title, params=params) as job:
        job.result = run_job(job)
    return job


def merge(
    *,
    survivor: Any,
    absorbed: Sequence[Any],
    actor: User | None,
    at: datetime,
    job: Job,
    values: Mapping[str, Any] | None = None,
    seen: Mapping[int, int] | None = None,
    via: str = "page",
) -> dict[str, Any]:
    """Merge within the present job; return how much of what moved.

    Raises:
        MergeRefused: when a record is gone, was changed meanwhile, or is not the actor's to merge.
    """
    model = type(survivor)
    check_set(model, survivor, absorbed)
    ids = [survivor.pk, *(one.pk for one in absorbed)]
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _merge_locked(model, ids, actor, at, job, values or {}, seen or {}, via)
        except RecordErrors as refused:
            raise MergeRefused(str(refused)) from refused
        except OperationalError as failure:
            is_deadlock = getattr(failure.__cause__, "sqlstate", "") == DEADLOCK
            if not is_deadlock or connection.in_atomic_block or attempt == ATTEMPTS:
                raise
    raise AssertionError


def _merge_locked(
    model: Any,
    ids: Sequence[int],
    actor: User | None,
    at: datetime,
    job: Job,
    values: Mapping[str, Any],
    seen: Mapping[int, int],
    via: str,
) -> dict[str, Any]:
    service = registry.service_for(model)
    moving.lock_records(held_of(model), model.record_type.id, ids[1:])
    locked = service._lock(ids)
    if JournalEntry.objects.filter(job=job).exists():
        # A second worker took the job for lost while the first was still at it.
        return dict(Job.objects.get(pk=job.pk).result)
    work = Merger(service, locked, ids, actor, at, job, via)
    work.check(seen)
    result = work.run(values)
    Job.objects.filter(pk=job.pk).update(result=result)
    return result


def check_set(model: Any, survivor: Any, absorbed: Sequence[Any]) -> None:
    """Refuse sets that make no sense."""
    if not registry.service_for(model).mergeable:
        raise MergeRefused(_("Records of this kind can't be merged."))
    ids = {one.pk for one in absorbed}
    if not ids or survivor.pk in ids or len(ids) != len(absorbed):
        raise MergeRefused(_("Choose two different records at least."))
    if len(ids) >= MOST:
        raise MergeRefused(_("At most %(count)d records can be merged at once.") % {"count": MOST})
    if any(type(one) is not model for one in absorbed):
        raise MergeRefused(_("Only records of one kind can be merged."))


def refusals(model: Any, records: Sequence[Any], survivor_id: int, access: Any) -> list[str]:
    """Say of each record that the person may not merge why."""
    found = []
    for record in records:
        if not access.can(model, "view", record):
            found.append(_("There is no such record, or you may not see it."))
        elif not access.can(model, "change", record):
            found.append(_("You may not change %(record)s.") % {"record": record})
        elif record.pk != survivor_id and not access.can(model, "delete", record):
            found.append(_("You may not delete %(record)s, which merging would do.") % {"record": record})
    return found


def how_much(model: Any, ids: Sequence[int]) -> int:
    """Count the rows that would move, with one query per table."""
    return sum(
        one.rows(model.record_type.id, ids).order_by().aggregate(count=Count("pk"))["count"]
        for one in held_of(model)
    )


class Merger:
    """One merge under way: its records are locked."""

    def __init__(
        self,
        service: RecordService[Any],
        locked: Mapping[int, Any],
        ids: Sequence[int],
        actor: User | None,
        at: datetime,
        job: Job,
        via: str,
    ) -> None:
        self.service, self.locked, self.ids = service, locked, ids
        access = access_for(actor) if actor else None
        self.ctx = WriteContext(actor, at, via, job, access, JournalWriter(job))
        self.job = job

    def check(self, seen: Mapping[int, int]) -> None:
        """Refuse when somebody was faster, or when a record is not the actor's to merge."""
        for pk in self.ids:
            record = self.locked.get(pk)
            if record is None:
                raise MergeRefused(_("There is no such record, or you may not see it."))
            if record.merged_into_id is not None:
                raise MergeRefused(merged_meanwhile(record))
            if record.is_deleted:
                raise MergeRefused(_("%(record)s was deleted meanwhile.") % {"record": record})
            if pk in seen and seen[pk] != record.version:
                raise MergeRefused(
                    _("%(record)s was changed meanwhile. Look at the values again.") % {"record": record}
                )
        if self.ctx.access is not None:
            records = [self.locked[pk] for pk in self.ids]
            for refused in refusals(self.service.model, records, self.ids[0], self.ctx.access):
                raise MergeRefused(refused)

    def run(self, choices: Mapping[str, Any]) -> dict[str, Any]:
        survivor, absorbed = self.locked[self.ids[0]], [self.locked[pk] for pk in self.ids[1:]]
        changes, custom = values_of(
            {pk: self.locked[pk] for pk in self.ids}, survivor, choices, self.ctx.access
        )
        chosen = {name: number(whose) for name, whose in choices.items() if number(whose) in self.locked}
        merge_ = Merge(survivor, absorbed, self.ctx.at, self.job, self.ctx.journal, chosen)
        names = [{"id": one.pk, "title": self.service.title(one)} for one in absorbed]
        draft = self._draft(survivor, absorbed, changes, custom)
        self._absorb(absorbed, survivor.pk)
        counts = self._move(merge_)
        self._write(draft, {"absorbed": names, "moved": counts})
        self._link_events(survivor)
        refs = [one.ref for one in (survivor, *absorbed)]
        for held in held_of(self.service.model):
            if held.after is not None:
                held.after(refs)
        tell_changed(self.service, survivor, absorbed)
        queue.enqueue("crm.records.tasks.gather_late", job_id=self.job.pk)
        return {"survivor": survivor.pk, "absorbed": names, "moved": counts}

    def _draft(
        self, survivor: Any, absorbed: Sequence[Any], changes: dict[str, Any], custom: dict[str, Any]
    ) -> Draft[Any]:
        draft: Draft[Any] = Draft(record=survivor, changes=changes)
        draft.remember()
        draft.snapshot["custom"] = dict(survivor.custom or {})
        draft.changes = {name: value for name, value in changes.items() if getattr(survivor, name) != value}
        self.service._apply(draft)
        # Copies of rows are taken as they are: the rows themselves move.
        for name in self.service.copied:
            draft.changes.pop(name, None)
        survivor.custom = custom
        survivor.last_touch_at = max(one.last_touch_at for one in (survivor, *absorbed))
        self.service.before_merge(draft, absorbed)
        return draft

    def _absorb(self, absorbed: Sequence[Any], survivor_id: int) -> None:
        """Put the others away for good; they are found by their old addresses only."""
        for record in absorbed:
            before = {
                "deleted_at": None,
                "merged_into_id": None,
                "version": record.version,
                "updated_at": record.updated_at,
            }
            record.deleted_at, record.merged_into_id = self.ctx.at, survivor_id
            record.version += 1
            record.updated_at = self.ctx.at
            record.save(update_fields=list(before))
            self.ctx.journal.noted(record, before)
        search.write(self.service, absorbed)

    def _move(self, merge_: Merge) -> dict[str, int]:
        counts: dict[str, int] = {}
        for held in held_of(self.service.model):
            moved, stayed = moving.move(held, merge_)
            if moved + stayed:
                counts[f"{held.model}.{held.by}"] = moved
        if referring := customs.move(merge_):
            counts["custom"] = referring
        return counts

    def _write(self, draft: Draft[Any], facts: dict[str, Any]) -> None:
        draft.event, draft.facts = f"{self.service.model._meta.model_name}.merged", facts
        service = self.service
        service.prepare([draft], self.ctx)
        service._validated([draft], partial=False)
        draft.settle()
        draft.before["updated_at"] = draft.snapshot["updated_at"]
        service._save([draft], self.ctx)
        service._written(service._without_errors([draft], partial=False), self.ctx)

    def _link_events(self, survivor: Any) -> None:
        """Show on the survivor's timeline what happened to the others."""
        values = {"to": survivor.pk, "type": survivor.record_type.id, "ids": list(self.ids[1:])}
        with connection.cursor() as cursor:
            cursor.execute(LINKS, values)


def tell_changed(service: RecordService[Any], survivor: Any, absorbed: Sequence[Any]) -> None:
    """Let those who hang something on records see that these became one, or several again."""
    drafts: list[Draft[Any]] = [Draft(record=survivor, before={"merged_into_id": None})]
    drafts += [Draft(record=one, before={"merged_into_id": None, "deleted_at": None}) for one in absorbed]
    ids = [draft.record.pk for draft in drafts]
    fresh = {one.pk: one for one in service.for_search(service.model.all_objects.filter(pk__in=ids))}
    followers.tell(service, drafts, fresh)


@jobs.handler("merge")
def run_job(job: Job) -> dict[str, Any]:
    """Merge as a job: all of it or nothing, so that a killed worker begins anew."""
    model: Any = registry.by_key(job.params["type"]).model
    records = model.all_objects.in_bulk([job.params["survivor"], *job.params["absorbed"]])
    if len(records) <= len(job.params["absorbed"]):
        raise MergeRefused(_("There is no such record, or you may not see it."))
    return merge(
        survivor=records[job.params["survivor"]],
        absorbed=[records[pk] for pk in job.params["absorbed"]],
        actor=job.actor,
        at=timezone.now(),
        job=job,
        values=job.params["values"],
        seen={int(pk): version for pk, version in job.params["seen"].items()},
        via=job.params.get("via", "page"),
    )
