"""What workers do for custom fields: indexes, and words for the search."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm.records import jobs, registry
from crm.records.customfields import indexes
from crm.records.models import CustomField, Job

CHUNK = 1000


@jobs.handler("customfield_index")
def make_index(job: Job) -> dict[str, Any]:
    """Make, or drop, the indexes of one field."""
    row = CustomField.objects.filter(pk=job.params["field"]).first()
    if row is None:
        return {}
    try:
        indexes.keep(row)
    except IntegrityError:
        return {"problem": _("Some values come twice, so the field is not marked as unique any more.")}
    return {"indexes": [name for name in (row.sort_index, row.unique_index) if name]}


@jobs.handler("customfield_search")
def teach_search(job: Job) -> dict[str, Any]:
    """Write the search rows of all records that hold the field anew."""
    row = CustomField.objects.filter(pk=job.params["field"]).first()
    if row is None:
        return {}
    model: Any = registry.by_id(row.type_id).model
    service = registry.service_for(model)
    cursor = job.cursor or {"after": 0, "done": 0}
    holders = model.objects.filter(custom__has_key=row.key).order_by("pk")
    total = job.total or holders.count()
    job.progress(cursor["done"], total)
    while True:
        ids = list(holders.filter(pk__gt=cursor["after"]).values_list("pk", flat=True)[:CHUNK])
        if not ids:
            return {"changed": cursor["done"]}
        with transaction.atomic():
            service.reindex(ids)
            cursor = {"after": ids[-1], "done": cursor["done"] + len(ids)}
            job.checkpoint(cursor, done=cursor["done"])
        job.progress(cursor["done"], total)
