"""Hands events to their subscribers, each of which retries alone.

A dispatch row becomes one delivery per subscriber in one statement; a delivery calls the
subscriber's task with the event's id. Subscribers must bear being called twice.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from importlib import import_module

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from crm.records.events import subscribers_of
from crm.records.models import Delivery, Dispatch, Event, Job

logger = logging.getLogger(__name__)

CHUNK = 500
MAX_ATTEMPTS = 10


def fan_out() -> int:
    """Turn waiting dispatch rows into deliveries; return how many rows were handed out."""
    with transaction.atomic():
        rows = list(Dispatch.objects.select_for_update(skip_locked=True).order_by("pk")[:CHUNK])
        found = Event.objects.in_bulk([row.event_id for row in rows])
        # In the order in which they happened: of several notes the last is what one reads.
        events = {pk: found[pk] for pk in sorted(found)}
        jobs = Job.objects.in_bulk({event.job_id for event in events.values() if event.job_id})
        Delivery.objects.bulk_create(
            [
                Delivery(event_id=event.pk, event_created_at=event.created_at, subscriber=task)
                for event in events.values()
                for task in subscribers_of(event, jobs.get(event.job_id or 0))
            ],
            ignore_conflicts=True,
        )
        Dispatch.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def deliver(limit: int = CHUNK) -> int:
    """Do deliveries that are due, one transaction each; return how many were tried."""
    tried = 0
    while tried < limit and _deliver_one():
        tried += 1
    return tried


def oldest_waiting() -> datetime | None:
    """Return since when the oldest event waits for a subscriber that could have it now."""
    handed = Delivery.objects.filter(next_at__lte=timezone.now(), attempts__lt=MAX_ATTEMPTS)
    found = [
        Dispatch.objects.aggregate(since=Min("created_at"))["since"],
        handed.aggregate(since=Min("next_at"))["since"],
    ]
    return min((since for since in found if since), default=None)


def _deliver_one() -> bool:
    now = timezone.now()
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update(skip_locked=True)
            .filter(next_at__lte=now, attempts__lt=MAX_ATTEMPTS)
            .order_by("next_at", "pk")
            .first()
        )
        if row is None:
            return False
        try:
            with transaction.atomic():
                _call(row)
        except Exception as failure:
            logger.exception("Delivery of event %s to %s failed", row.event_id, row.subscriber)
            row.attempts += 1
            row.next_at = now + timedelta(seconds=min(3600, 5 * 2**row.attempts))
            row.error = f"{type(failure).__name__}: {failure}"[:2000]
            row.save()
        else:
            row.delete()
    return True


def _call(row: Delivery) -> None:
    module, _dot, name = row.subscriber.rpartition(".")
    getattr(import_module(module), name)(event_id=row.event_id)
