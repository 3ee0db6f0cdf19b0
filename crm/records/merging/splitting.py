"""Taking a merge back: each record gets its values and its rows again, later edits stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.identity.access import access_for
from crm.records import events, jobs, journal, registry
from crm.records.guards import merged_meanwhile
from crm.records.journal import UndoRule
from crm.records.merging.held import held_of
from crm.records.merging.work import INLINE, MergeRefused, tell_changed
from crm.records.models import EventLink, Job, JobState, JournalEntry
from crm.records.phrases import phrase
from crm.records.registry import Ref, service_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.journal import KeptCell

CHUNK = 500


def survivor_of(job: Job) -> Any:
    """Return the record into which a job merged others, wherever it is now."""
    model: Any = registry.by_key(job.params["type"]).model
    return model.all_objects.filter(pk=job.params["survivor"]).first()


def why_not_split(job: Job) -> str:
    """Say why a merge can't be taken back; nothing when it can."""
    if job.kind != "merge" or job.state not in (JobState.DONE, JobState.UNDONE):
        return _("This is no merge that was done.")
    if job.state == JobState.UNDONE:
        return _("This merge was split already.")
    if not JournalEntry.objects.filter(job=job).exists():
        return _("A merge can be split within 30 days; this one is older.")
    survivor = survivor_of(job)
    if survivor is None:
        return _("There is no such record, or you may not see it.")
    if survivor.merged_into_id is not None:
        return _("%(reason)s Split that first.") % {"reason": merged_meanwhile(survivor)}
    return ""


def may_split(job: Job, user: Any) -> bool:
    """Tell whether a person may take this merge back: who may merge the record may split it."""
    survivor = survivor_of(job)
    if survivor is None:
        return False
    access, model = access_for(user), type(survivor)
    return access.can(model, "change", survivor) and access.can(model, "delete", survivor)


def split(job: Job, *, actor: User | None) -> Job:
    """Take a merge back, as a job that can be watched when it is large.

    Raises:
        MergeRefused: when it can't be done.
    """
    if reason := why_not_split(job):
        raise MergeRefused(reason)
    small = JournalEntry.objects.filter(job=job)[: INLINE + 1].count() <= INLINE
    title = phrase(gettext_noop("Split: %(title)s"), title=job.kept_title)
    return jobs.start("undo", actor=actor, title=title, undoes=job, now=small)


def later_edits(job: Job, at: datetime) -> list[KeptCell]:
    """Return what a split would leave as it is, because somebody changed it since."""
    with transaction.atomic():
        result = journal.undo(job=job, actor=None, at=at)
        transaction.set_rollback(True)
    return result.kept


def check(job: Job) -> None:
    """Refuse an undo of a merge that can't be taken back, and hold its records until it is."""
    model: Any = registry.by_key(job.params["type"]).model
    service_for(model)._lock([job.params["survivor"], *job.params["absorbed"]])
    if reason := why_not_split(job):
        raise MergeRefused(reason)


def finish(job: Job, actor: User | None, at: datetime, watch: Job | None) -> None:
    """Bring in line what follows from whose a row is, and tell it in one event."""
    model: Any = registry.by_key(job.params["type"]).model
    ids = [job.params["survivor"], *job.params["absorbed"]]
    type_id = model.record_type.id
    EventLink.objects.filter(
        type_id=type_id, record_id=ids[0], merged_from_id__in=job.params["absorbed"]
    ).delete()
    records = {one.pk: one for one in model.all_objects.filter(pk__in=ids)}
    service = service_for(model)
    service.taken_back(list(records.values()), removed=False)
    service.reindex(ids)
    refs = [Ref(type_id, pk) for pk in ids]
    for held in held_of(model):
        if held.is_record and held.is_searched:
            _reindex(held.table, list(held.rows(type_id, ids[1:]).values_list("pk", flat=True)))
        if held.after is not None:
            held.after(refs)
    if survivor := records.get(ids[0]):
        absorbed = [records[pk] for pk in ids[1:] if pk in records]
        tell_changed(service, survivor, absorbed)
        events.emit(
            f"{model._meta.model_name}.split",
            record=survivor,
            actor=actor,
            at=at,
            title=service.title(survivor),
            data={"absorbed": [{"id": one.pk, "title": service.title(one)} for one in absorbed]},
            links=[*service.links(survivor), *(one.ref for one in absorbed)],
            via="undo",
            job=watch,
        )


def _reindex(table: Any, ids: Sequence[int]) -> None:
    """Let moved records be found by the names of those to whom they belong again."""
    for start in range(0, len(ids), CHUNK):
        service_for(table).reindex(ids[start : start + CHUNK])


journal.undo_by("merge", UndoRule(check, finish))
