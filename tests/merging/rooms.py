"""What tests of merging look at: every table that a merge may touch, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps

from crm.records import jobs
from crm.records.merging import merge, split
from tests.factories.contacts import NOON

if TYPE_CHECKING:
    from crm.records.models import Job

TABLES = (
    "contacts.Person",
    "contacts.Company",
    "contacts.ContactPoint",
    "contacts.Employment",
    "contacts.Address",
    "contacts.BankAccount",
    "sales.Deal",
    "sales.DealPerson",
    "sales.Product",
    "timeline.Activity",
    "timeline.ActivityLink",
    "records.ExternalId",
    "records.RecordRelation",
    "records.Attachment",
    "identity.Share",
)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables that merging may touch."""
    found = {}
    for name in TABLES:
        table: Any = apps.get_model(name)
        found[name] = list(table._base_manager.order_by("pk").values())
    search: Any = apps.get_model("records.Search")
    rows = search._base_manager.order_by("type_id", "record_id").values(
        "type_id", "record_id", "title", "subtitle", "text", "owner_id", "team_id"
    )
    # Words come in the order in which the database happens to give contact points.
    found["search"] = [{**row, "text": sorted(row["text"].split())} for row in rows]
    return found


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Any]:
    """Return what is not as it was: table, row before, row after."""
    found: list[Any] = []
    for name, rows in before.items():
        if len(rows) != len(after[name]):
            found.append((name, len(rows), len(after[name])))
        for old, new in zip(rows, after[name], strict=False):
            changed = {key: (old[key], new[key]) for key in old if old[key] != new[key]}
            if changed:
                found.append((name, old.get("id"), changed))
    return found


def links(*records: Any) -> list[list[int]]:
    """Return the events on each record's timeline, but for those of merging and splitting."""
    table: Any = apps.get_model("records.EventLink")
    return [
        sorted(
            table.objects.filter(type_id=one.record_type.id, record_id=one.pk)
            .exclude(event__name__endswith=".merged")
            .exclude(event__name__endswith=".split")
            .values_list("event_id", flat=True)
        )
        for one in records
    ]


def merged(survivor: Any, *absorbed: Any, actor: Any = None, **values: Any) -> Job:
    """Merge as a page does and return the job."""
    model = type(survivor)
    params = {
        "type": model.record_type.key,
        "survivor": survivor.pk,
        "absorbed": [one.pk for one in absorbed],
        "values": values,
        "seen": {},
    }
    with jobs.at_once("merge", actor=actor, title="Merge", params=params) as job:
        job.result = merge(survivor=survivor, absorbed=absorbed, actor=actor, at=NOON, job=job, values=values)
    return job


def parted(job: Job, actor: Any = None) -> Any:
    """Split again and return what came of it."""
    job.refresh_from_db()
    done = split(job, actor=actor)
    assert done.state == "done", done.error
    return done.result
