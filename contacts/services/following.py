"""What follows from a change, done by a worker in chunks: search rows, timelines of new employers."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction

from contacts.models import Company, Employment, Person
from crm.records.models import EventLink
from crm.records.registry import service_for

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 500


def reindex_people(company_ids: Sequence[int]) -> int:
    """Write the search rows of a company's people anew; return how many."""
    ids = list(Person.objects.filter(company__in=company_ids).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        with transaction.atomic():
            service_for(Person).reindex(ids[start : start + CHUNK])
    return len(ids)


@transaction.atomic
def link_past_events(employment_ids: Sequence[int]) -> int:
    """Link events of a person since they joined to the company's timeline; return how many."""
    made = 0
    for job in Employment.objects.filter(pk__in=employment_ids, started_on__isnull=False):
        since = datetime.combine(job.started_on, time.min, UTC)  # type: ignore[arg-type]
        theirs = EventLink.objects.filter(
            type_id=Person.record_type.id, record_id=job.person_id, at__gte=since
        )
        company = EventLink.objects.filter(
            type_id=Company.record_type.id, record_id=job.company_id, at__gte=since
        )
        known = set(company.values_list("event_id", flat=True))
        fresh = [link for link in theirs if link.event_id not in known]
        for link in fresh:
            link.pk, link.type_id, link.record_id = None, Company.record_type.id, job.company_id
        made += len(EventLink.objects.bulk_create(fresh, batch_size=1000))
    return made
