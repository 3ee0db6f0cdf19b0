"""Renaming a tag, merging two, deleting one everywhere: as a job that can be undone.

The tag itself changes first, so that nobody puts the old name on meanwhile; then each record
that carries it, through its service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from crm.records import jobs, registry, tagging
from crm.records.events import emit
from crm.records.journal import JournalWriter
from crm.records.models import Job, Record, Tag
from crm.records.models.tag import key_of, tidy
from crm.records.phrases import phrase
from crm.records.registry import Ref, service_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.drafts import Draft

#: So many records are changed in one transaction; a tag on no more is changed at once.
CHUNK = 500
#: So many refusals are listed on the job's page.
LISTED = 200


def tagged_types() -> list[type[Record]]:
    """Return the types of records that carry tags."""
    return [one.model for one in registry.types() if issubclass(one.model, Record)]


def counts_of(names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return on how many records of each type (by key) each tag is: one statement per type, by its index."""
    found: dict[str, dict[str, int]] = {name: {} for name in names}
    for model in tagged_types():
        table = connection.ops.quote_name(model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT given.word, (SELECT count(*) FROM {table} WHERE deleted_at IS NULL"
                " AND tags @> ARRAY[given.word]::varchar[]) FROM unnest(%s::text[]) given(word)",
                [list(names)],
            )
            for name, count in cursor.fetchall():
                if count:
                    found[name][model.record_type.key] = count
    return found


def rename_tag(*, tag: Tag, name: str, actor: User | None) -> Job:
    """Give a tag another name on every record; a name that another tag has merges the two."""
    name = tidy(name)
    other = Tag.objects.filter(key=key_of(name), into=None, deleted_at=None).exclude(pk=tag.pk).first()
    if other is not None:
        return merge_tags(tag=tag, into=other, actor=actor)
    title = phrase(gettext_noop("Rename the tag “%(old)s” to “%(new)s”"), old=tag.name, new=name)
    return _start(tag, title, actor, act="rename", name=name)


def merge_tags(*, tag: Tag, into: Tag, actor: User | None) -> Job:
    """Put ``into`` on every record that carries ``tag``; the name of ``tag`` means ``into`` from now on."""
    title = phrase(gettext_noop("Merge the tag “%(old)s” into “%(new)s”"), old=tag.name, new=into.name)
    return _start(tag, title, actor, act="merge", into=into.pk, name=into.name)


def delete_tag(*, tag: Tag, actor: User | None) -> Job:
    """Take a tag off every record, and out of the list."""
    title = phrase(gettext_noop("Delete the tag “%(old)s” everywhere"), old=tag.name)
    return _start(tag, title, actor, act="delete", name="")


def _start(tag: Tag, title: Any, actor: User | None, **params: Any) -> Job:
    few = sum(counts_of([tag.name])[tag.name].values()) <= CHUNK
    params |= {"tag": tag.pk, "old": tag.name}
    return jobs.start("tags", actor=actor, title=title, params=params, now=few)


@jobs.handler("tags")
def retag_everywhere(job: Job) -> dict[str, Any]:
    """Change the tag, then all records that carry it; those that refuse are kept and listed."""
    cursor = job.cursor
    if cursor is None:
        cursor = {"type": 0, "after": 0, "done": 0, "changed": 0, "unchanged": 0, "failed": 0, "problems": []}
        with transaction.atomic():
            _change_tag(job, timezone.now())
            job.checkpoint(cursor)
        job.progress(0, sum(_carriers(model, job.params["old"]).count() for model in tagged_types()))
    types = tagged_types()
    while cursor["type"] < len(types):
        with transaction.atomic():
            _change_records(job, types[cursor["type"]], cursor)
            job.checkpoint(cursor, done=cursor["done"])
        job.progress()
    return {key: cursor[key] for key in ("changed", "unchanged", "failed", "problems")}


def _carriers(model: Any, name: str) -> Any:
    """Return the records that carry a tag, in the bin too; merged ones live on elsewhere."""
    return model.all_objects.filter(tags__contains=[name], merged_into_id=None).order_by("pk")


def _change_records(job: Job, model: Any, cursor: dict[str, Any]) -> None:
    old, new = job.params["old"], job.params["name"]
    records = list(_carriers(model, old).filter(pk__gt=cursor["after"])[:CHUNK])
    if not records:
        cursor.update(type=cursor["type"] + 1, after=0)
        return
    changes = [{"tags": replaced(record.tags, old, new)} for record in records]
    words: dict[str, Any] = {"actor": job.actor, "at": timezone.now(), "via": "bulk", "job": job}
    drafts = service_for(model).update(records, changes, partial=True, **words)
    cursor.update(after=records[-1].pk, done=cursor["done"] + len(records))
    for draft in drafts:
        _count(draft, cursor)


def _count(draft: Draft[Any], cursor: dict[str, Any]) -> None:
    if draft.outcome != "error":
        cursor["unchanged" if draft.outcome == "unchanged" else "changed"] += 1
        return
    cursor["failed"] += 1
    if len(cursor["problems"]) < LISTED:
        reasons = list(dict.fromkeys(note.message for notes in draft.errors.values() for note in notes))
        cursor["problems"].append({"id": draft.record.pk, "title": str(draft.record), "reasons": reasons})


def replaced(tags: Sequence[str], old: str, new: str) -> list[str]:
    """Return tags with ``new`` in the place of ``old``, once; without ``old`` when there is no new one."""
    return list(dict.fromkeys(new if tag == old else tag for tag in tags if new or tag != old))


def _change_tag(job: Job, at: datetime) -> None:
    """Change the row of the tag; its old name goes on meaning what it meant."""
    journal = JournalWriter(job)
    tag = Tag.objects.select_for_update().get(pk=job.params["tag"])
    old, act = job.params["old"], job.params["act"]
    if act == "rename":
        before: dict[str, Any] = {"name": tag.name, "key": tag.key}
        tag.name, tag.key = job.params["name"], key_of(job.params["name"])
        Tag.objects.filter(key=tag.key).exclude(pk=tag.pk).delete()
        tag.save(update_fields=["name", "key"])
        journal.changed(tag, before)
        if before["key"] != tag.key:
            journal.created(Tag.objects.create(name=old, key=before["key"], color=tag.color, into=tag))
    elif act == "merge":
        for one in [tag, *tag.former.select_for_update()]:
            before = {"into_id": one.into_id}
            one.into_id = job.params["into"]
            one.save(update_fields=["into"])
            journal.changed(one, before)
    else:
        tag.deleted_at = at
        tag.save(update_fields=["deleted_at"])
        journal.changed(tag, {"deleted_at": None})
    journal.flush()
    verb = {"rename": "renamed", "merge": "merged", "delete": "deleted"}[act]
    changes = {"name": {"old": old, "new": job.params["name"]}}
    emit(
        f"tag.{verb}",
        ref=Ref(0, tag.pk),
        title=old,
        actor=job.actor,
        at=at,
        changes=changes,
        via="bulk",
        job=job,
    )
    tagging.changed()
