"""What each act on many does to a chunk of records, and how what comes of it is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone

from crm.records.drafts import Draft, RecordErrors
from crm.records.fields import fields_of
from crm.records.models import Job
from crm.ui.declaration import Declaration
from crm.ui.forms import as_notes

#: So many refusals are listed on the job's page.
LISTED = 200

Step = Callable[[Job, type[Declaration], Sequence[Any]], list[Draft[Any]]]


def tally(cursor: dict[str, Any], drafts: Sequence[Draft[Any]], records: Sequence[Any]) -> None:
    """Count what came of a chunk."""
    cursor["after"] = records[-1].pk
    cursor["done"] += len(records)
    for draft in drafts:
        if draft.outcome == "error":
            cursor["failed"] += 1
            if len(cursor["problems"]) < LISTED:
                reasons = list(
                    dict.fromkeys(note.message for notes in draft.errors.values() for note in notes)
                )
                cursor["problems"].append(
                    {"id": draft.record.pk, "title": str(draft.record), "reasons": reasons}
                )
        else:
            cursor["unchanged" if draft.outcome == "unchanged" else "changed"] += 1


def change(job: Job, views: type[Declaration], records: Sequence[Any]) -> list[Draft[Any]]:
    """Set fields to the same values for all."""
    changes = {name: restored(views, name, value) for name, value in job.params["changes"].items()}
    return views.service().update(
        records, changes, actor=job.actor, at=timezone.now(), via="bulk", job=job, partial=True
    )


def restored(views: type[Declaration], name: str, value: Any) -> Any:
    """Turn a value kept in a job's parameters back into what the service takes."""
    if value is None or isinstance(value, bool | list | int):
        return value
    one = fields_of(views.model)[name]
    return one.parse(value) if isinstance(value, str) and value else value


def retag(job: Job, views: type[Declaration], records: Sequence[Any]) -> list[Draft[Any]]:
    """Add tags, or take them away."""
    words = job.params["tags"]
    changes = []
    for record in records:
        kept = [tag for tag in record.tags if tag not in words]
        added = [tag for tag in words if tag not in record.tags]
        changes.append({"tags": kept if job.params["act"] == "untag" else [*record.tags, *added]})
    return views.service().update(
        records, changes, actor=job.actor, at=timezone.now(), via="bulk", job=job, partial=True
    )


def remove(job: Job, views: type[Declaration], records: Sequence[Any]) -> list[Draft[Any]]:
    """Put records into the bin; those that refuse stay, and keep the others from nothing."""
    words: dict[str, Any] = {"actor": job.actor, "at": timezone.now(), "via": "bulk", "job": job}
    try:
        return views.service().delete(records, **words)
    except RecordErrors:
        drafts = [Draft(record=record, outcome="updated") for record in records]
    for draft in drafts:
        run_alone(views.service().delete, draft, words)
    return drafts


def run_verb(job: Job, views: type[Declaration], records: Sequence[Any]) -> list[Draft[Any]]:
    """Do a trade's own verb to the set at once; where something is refused, to each record alone."""
    action = views.action(job.params["action"])
    assert action is not None
    answers: dict[str, Any] = {}
    if action.form is not None:
        form: Any = action.form(query_of(job.params["raw"]), user=job.actor, records=records)
        form.full_clean()
        answers = form.cleaned_data
    fitting = [record for record in records if action.when(record)]
    drafts = {record.pk: Draft(record=record, outcome="unchanged") for record in records}
    door = {"actor": job.actor, "at": timezone.now(), "job": job}
    try:
        with transaction.atomic():
            action.verb(records=fitting, **door, **answers)
        refused_one = False
    except (RecordErrors, ValidationError):
        refused_one = True
    for record in fitting:
        drafts[record.pk].outcome = "updated"
        if refused_one:
            run_alone(action.verb, drafts[record.pk], door | answers)
    return list(drafts.values())


def run_alone(verb: Callable[..., Any], draft: Draft[Any], words: dict[str, Any]) -> None:
    """Do a verb to one record, and note on its draft what was refused."""
    try:
        with transaction.atomic():
            verb(records=[draft.record], **words)
    except (RecordErrors, ValidationError) as refused:
        for name, messages in as_notes(refused).items():
            for message in messages:
                draft.error(name, message)


def query_of(raw: dict[str, list[str]]) -> Any:
    """Return form data as Django's forms read it."""
    data = QueryDict(mutable=True)
    for key, values in raw.items():
        data.setlist(key, values)
    return data


STEPS: dict[str, Step] = {
    "edit": change,
    "assign": change,
    "tag": retag,
    "untag": retag,
    "delete": remove,
    "run": run_verb,
}
