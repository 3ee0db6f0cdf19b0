"""What the templates of a timeline need, gathered for the page and for its parts alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from crm.timeline.forms import colleagues, quick_days, working_days
from crm.timeline.models import Activity, CallOutcome
from crm.ui.feedback import trigger
from crm.ui.navigation import forget_count

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from crm.timeline.timelines import Timeline

#: The kinds that can be planned, with their sign.
PLANNABLE = (
    (Activity.Kind.CALL, "phone"),
    (Activity.Kind.TASK, "circle-check"),
    (Activity.Kind.MEETING, "calendar-event"),
)


class Choices:
    """What can be chosen in the composer; read when a template asks."""

    def __init__(self, user: Any, at: Any) -> None:
        self.user = user
        self.today = timezone.localtime(at).date()

    @cached_property
    def days(self) -> Any:
        return quick_days(self.today, working_days())

    @cached_property
    def outcomes(self) -> Any:
        return list(CallOutcome.choices_for(self.user))

    @cached_property
    def colleagues(self) -> Any:
        return colleagues(self.user)

    @cached_property
    def kinds(self) -> Any:
        return [(kind.value, kind.label, icon) for kind, icon in PLANNABLE]


def parts_of(timeline: Timeline, request: HttpRequest) -> dict[str, Any]:
    """Return the context of a timeline and its parts."""
    args = [timeline.slug, timeline.record.pk]
    choices = Choices(timeline.user, timeline.at)
    return {
        "timeline": timeline,
        "record": timeline.record,
        "request": request,
        "at": timeline.at,
        "url": reverse("timeline:record", args=args),
        "add_url": reverse("timeline:add", args=args),
        "plan_url": reverse("timeline:plan", args=args),
        "on": f"{timeline.slug}:{timeline.record.pk}",
        "days": choices.days,
        "choices": choices,
        "shown": "note",
    }


def after(response: HttpResponse, record: Any, user: Any) -> HttpResponse:
    """Let the rest of the page know that something was done with ``record``."""
    forget_count("today", user)
    detail = {"type": record.record_type.key, "id": record.pk}
    return trigger(response, "recordChanged", detail)
