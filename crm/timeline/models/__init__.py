"""What people do with customers, and when they work."""

from crm.timeline.models.activities import (
    ALIVE,
    IN_BIN,
    OPEN,
    Activity,
    ActivityLink,
    CallOutcome,
)
from crm.timeline.models.booking import BookedHost, Booking, BookingPage
from crm.timeline.models.meetings import (
    Absence,
    ActivityPlan,
    Answer,
    Feed,
    Occasion,
    Participant,
    PlanStep,
    Series,
)
from crm.timeline.models.outside import OutsideCalendar, OutsideEvent
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
    "Absence",
    "Activity",
    "ActivityLink",
    "ActivityPlan",
    "Answer",
    "BookedHost",
    "Booking",
    "BookingPage",
    "CalendarException",
    "CalendarInterval",
    "CalendarVersion",
    "CallOutcome",
    "Feed",
    "Occasion",
    "OutsideCalendar",
    "OutsideEvent",
    "Participant",
    "PlanStep",
    "Series",
    "WorkCalendar",
]
