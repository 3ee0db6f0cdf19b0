"""What colleagues do to booked meetings, followed by their bookings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.timeline.models import Booking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.records.drafts import Draft
    from crm.timeline.models import Activity


def follow(drafts: Sequence[Draft[Activity]], at: datetime) -> None:
    """Follow what colleagues do to booked meetings: moved or called off, their old time is free again."""
    changed = {
        one.record.pk: one.record
        for one in drafts
        if not one.is_new and {"due_at", "ends_at", "cancelled_at", "deleted_at"} & one.before.keys()
    }
    if not changed:
        return
    for booking in Booking.objects.filter(activity__in=list(changed)):
        activity = changed[booking.activity_id or 0]
        is_off = activity.cancelled_at is not None or activity.deleted_at is not None
        booking.cancelled_at = at if is_off else None
        if activity.due_at is not None:
            booking.starts_at = activity.due_at
            booking.ends_at = activity.ends_at or activity.due_at
        booking.save(update_fields=["cancelled_at", "starts_at", "ends_at"])
        # The meeting itself takes the new time.
        booking.taken.update(is_active=False)
