"""Writing activities."""

from crm.timeline.services.activities import ActivityService, zone_of
from crm.timeline.services.verbs import (
    add_note,
    cancel_activities,
    complete_activities,
    log_call,
    log_meeting,
    plan_activity,
    reopen_activities,
    reschedule_activities,
)

__all__ = [
    "ActivityService",
    "add_note",
    "cancel_activities",
    "complete_activities",
    "log_call",
    "log_meeting",
    "plan_activity",
    "reopen_activities",
    "reschedule_activities",
    "zone_of",
]
