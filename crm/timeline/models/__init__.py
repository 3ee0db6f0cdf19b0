"""What people do with customers, and when they work."""

from crm.timeline.models.activities import (
    ALIVE,
    IN_BIN,
    OPEN,
    Activity,
    ActivityLink,
    CallOutcome,
)
from crm.timeline.models.worktime import (
    CalendarException,
    CalendarInterval,
    CalendarVersion,
    WorkCalendar,
)

__all__ = [
    "ALIVE",
    "IN_BIN",
    "OPEN",
    "Activity",
    "ActivityLink",
    "CalendarException",
    "CalendarInterval",
    "CalendarVersion",
    "CallOutcome",
    "WorkCalendar",
]
