"""Work that is due at a time happens once, with any number of beats and workers.

A row per kind, key and moment; whoever locks the row does the work and marks it done in
the same transaction, so a killed worker leaves it due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from crm.identity.models import Organisation
from crm.logs import fault
from crm.records.models import DueRow

logger = logging.getLogger(__name__)

Handler = Callable[[DueRow], None]
MAX_ATTEMPTS = 8
KEEP_DONE = timedelta(days=60)

_handlers: dict[str, Handler] = {}
_daily: dict[str, time] = {}


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does due work of ``kind``, inside the claiming transaction."""

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def every_day(kind: str, *, hour: int, minute: int = 0) -> None:
    """Have ``kind`` done every day at this time of the organisation's zone; from ``AppConfig.ready``."""
    _daily[kind] = time(hour, minute)


def schedule(kind: str, key: str, at: datetime, payload: dict[str, Any] | None = None) -> None:
    """Have ``kind`` done at ``at``; asking twice for the same moment is one."""
    DueRow.objects.bulk_create(
        [DueRow(kind=kind, key=key, due_at=at, payload=payload or {})], ignore_conflicts=True
    )


def cancel(kind: str, key: str) -> None:
    """Drop what is not done yet."""
    DueRow.objects.filter(kind=kind, key=key, done_at=None).delete()


def plan_daily(now: datetime) -> None:
    """Make sure that each daily work has its next row."""
    zone = ZoneInfo(Organisation.load().time_zone)
    for kind, at in _daily.items():
        schedule(kind, "daily", next_moment(now, at, zone))


def next_moment(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return the next ``at`` of the wall clock in ``zone`` after ``now``, over clock changes too."""
    day: date = now.astimezone(zone).date()
    moment = datetime.combine(day, at, zone)
    if moment <= now:
        moment = datetime.combine(day + timedelta(days=1), at, zone)
    return moment.astimezone(ZoneInfo("UTC"))


def run_due(now: datetime | None = None, limit: int = 100) -> int:
    """Do what is due; return how many rows were done here."""
    now = now or timezone.now()
    plan_daily(now)
    done = 0
    for _turn in range(limit):
        if not _run_one(now):
            break
        done += 1
    return done


def _run_one(now: datetime) -> bool:
    with transaction.atomic():
        row = (
            DueRow.objects.select_for_update(skip_locked=True)
            .filter(done_at=None, due_at__lte=now, kind__in=list(_handlers), attempts__lt=MAX_ATTEMPTS)
            .order_by("due_at", "pk")
            .first()
        )
        if row is None:
            return False
        try:
            with transaction.atomic():
                _handlers[row.kind](row)
        except Exception as failure:
            logger.error("Due work %s failed: %r", row, failure, exc_info=fault(failure))
            row.attempts += 1
            row.error = f"{type(failure).__name__}: {failure}"[:2000]
            # Tried again a little later each time; what never succeeds stays visible in the admin.
            row.due_at = now + timedelta(seconds=30 * 2**row.attempts)
        else:
            row.done_at = timezone.now()
            row.error = ""
        row.save(update_fields=["attempts", "error", "due_at", "done_at"])
    return True


def forget_done(now: datetime) -> int:
    """Delete rows done long ago."""
    return DueRow.objects.filter(done_at__lt=now - KEEP_DONE).delete()[0]
