"""What workers and beat do for sales: nightly snapshots, rates, probabilities."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from contacts.models import Company
from crm.identity.models import Organisation
from crm.records import due, jobs
from crm.records.models import Event
from sales import likelihood, revaluing, setup, snapshots
from sales.models import Deal
from sales.services import DealService

if TYPE_CHECKING:
    from crm.records.models import DueRow, Job

CHUNK = 20_000
REINDEXED = 1_000
#: A change of one of these is a new name.
NAMED = {"name", "first_name", "middle_name", "last_name"}


@due.handler("deal_snapshot")
def snapshot(row: DueRow) -> None:
    """Keep what the open pipeline looked like at the end of the day before the row was due."""
    zone = ZoneInfo(Organisation.load().time_zone)
    moment = row.due_at.astimezone(zone)
    snapshots.take_snapshot((moment - timedelta(days=1)).date())


@due.handler("deal_rates")
def rates(_row: DueRow) -> None:
    """Value open deals at the rates of the new day."""
    revaluing.follow_rates(timezone.now())


def on_rates_changed(event_id: int) -> None:
    """Value open deals anew after somebody entered a rate."""
    revaluing.follow_rates(timezone.now())


def on_organisation_changed(event_id: int) -> None:
    """Follow a new language in first names, and a new base currency in all values."""
    event = Event.objects.filter(pk=event_id).first()
    changes = event.data.get("changes", {}) if event else {}
    if "language" in changes:
        setup.rename_defaults(Organisation.load().language)
    if "base_currency" in changes:
        revaluing.follow_rates(timezone.now(), closed_too=True)


def on_customer_changed(event_id: int) -> None:
    """Let deals be found by the new name of their company or person."""
    event = Event.objects.filter(pk=event_id).first()
    if event is None or not NAMED.intersection(event.data.get("changes", {})):
        return
    by = "company" if event.type_id == Company.record_type.id else "person"
    ids = list(Deal.objects.filter(**{by: event.record_id}).values_list("pk", flat=True))
    for start in range(0, len(ids), REINDEXED):
        DealService().reindex(ids[start : start + REINDEXED])


@due.handler("learn_score")
def learn_score(_row: DueRow) -> None:
    """Learn every night from what was won and lost, and score open leads by it."""
    likelihood.learn_all(timezone.now())
    likelihood.follow_leads()


@jobs.handler("learn_score")
def learn_score_now(job: Job) -> dict[str, Any]:
    """Do the same when somebody asks for it."""
    skilled = likelihood.learn_all(timezone.now(), job)
    return {"skilled": skilled, "leads": likelihood.follow_leads()}


@jobs.handler("stage_probabilities")
def probabilities(job: Job) -> dict[str, Any]:
    """Give deals the probabilities of their stages, after an administrator changed them."""
    last = Deal.all_objects.aggregate(last=Max("pk"))["last"] or 0
    changed = int(job.result.get("changed", 0))
    place = int((job.cursor or {}).get("place", 0))
    while place < last:
        with transaction.atomic():
            changed += revaluing.follow_stages(place, place + CHUNK)
            place += CHUNK
            job.checkpoint({"place": place})
        job.progress(min(place, last), last)
    return {"changed": changed}
