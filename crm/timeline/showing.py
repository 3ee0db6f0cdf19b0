"""What the templates of a timeline need, gathered for the page and for its parts alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from crm.identity.access import access_for
from crm.timeline import additions
from crm.timeline.forms import colleagues, quick_days, working_days
from crm.timeline.models import Activity, CallOutcome
from crm.ui.feedback import trigger
from crm.ui.navigation import forget_count
from crm.ui.printed import printed

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    from crm.timeline.timelines import Timeline

#: Where the addresses of a record come in, and its name.
ADD_HOLE, ON_HOLE = "@@address@@", "@@on@@"
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

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What tells these choices apart from those of others, beside the language and small tables."""
        return (self.user.pk, access_for(self.user).version, self.today)

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
        "choices": choices,
        "shown": "note",
        "tabs": additions.tabs(),
        "last_day": "",
    }


# What is the same on every page of a day, but for its addresses, is drawn once (crm.ui.printed).


def composer_piece(context: Mapping[str, Any]) -> SafeString:
    """Return the composer as it stands before anything is typed."""
    choices: Choices = context["choices"]
    key = (*choices.key, context["shown"])
    pieces = {"choices": choices, "add_url": ADD_HOLE, "on": ON_HOLE}
    pieces |= {"shown": context["shown"], "tabs": additions.tabs()}
    holes = {ADD_HOLE: context["add_url"], ON_HOLE: context["on"]}
    return printed("timeline/composer.html", key, pieces, context["request"], holes=holes)


def next_piece(context: Mapping[str, Any]) -> SafeString:
    """Return the strip that plans the next step where nothing is planned."""
    choices: Choices = context["choices"]
    pieces = {"choices": choices, "plan_url": ADD_HOLE, "may_add": True}
    return printed(
        "timeline/next.html",
        choices.key,
        pieces,
        context["request"],
        holes={ADD_HOLE: context["plan_url"]},
    )


def filter_piece(context: Mapping[str, Any]) -> SafeString:
    """Return the buttons that narrow a timeline to one kind."""
    timeline: Timeline = context["timeline"]
    pieces = {"filters": timeline.filters, "url": ADD_HOLE}
    return printed(
        "timeline/filter.html", timeline.kind, pieces, context["request"], holes={ADD_HOLE: context["url"]}
    )


def after(response: HttpResponse, record: Any, user: Any) -> HttpResponse:
    """Let the rest of the page know that something was done with ``record``."""
    forget_count("today", user)
    detail = {"type": record.record_type.key, "id": record.pk}
    return trigger(response, "recordChanged", detail)
