"""What a person has to see to today, and why: sources, each with its rows and its reason.

Overdue and due today are activities. A trade adds its own sources from ``AppConfig.ready``:
sales the deals that rot and those with nothing planned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.identity.access import access_for
from crm.identity.models import Membership
from crm.identity.scopes import Scope
from crm.lib.dates import start_of_day
from crm.records import search
from crm.records.registry import service_for, type_of
from crm.timeline import selectors
from crm.timeline.models import Activity, ActivityLink, Answer, Participant
from crm.timeline.states import due_words
from crm.ui import formats

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.utils.functional import Promise

#: So many rows of a section stand on the page at first, so many more come as one scrolls down to
#: them; the list holds what is beyond.
FIRST = 12
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, when, and at whose work: "mine", that of the "team", or "all"."""

    user: Any
    at: datetime
    whose: str = "mine"

    @property
    def owned(self) -> Q:
        """The condition on whose work it is."""
        if self.whose == "all":
            return Q()
        return Q(team_id__in=self.team_ids) if self.whose == "team" else Q(owner_id=self.user.pk)

    @property
    def team_ids(self) -> list[int]:
        access = access_for(self.user)
        return sorted(access.team_ids | access.below_team_ids)

    def plans(self, model: Any) -> Exists:
        """The condition that those looked at have something open with the record at hand."""
        links = ActivityLink.objects.filter(
            type_id=model.record_type.id, record_id=OuterRef("pk"), is_open=True
        )
        if self.whose == "mine":
            links = links.filter(activity__owner_id=self.user.pk)
        elif self.whose == "team":
            links = links.filter(activity__team_id__in=self.team_ids)
        return Exists(links)

    @property
    def query(self) -> str:
        """The same for the address of a list."""
        if self.whose == "team":
            return urlencode({"team": self.team_ids}, doseq=True)
        return "owner=me" if self.whose == "mine" else ""

    @property
    def tomorrow(self) -> datetime:
        """When the viewer's day is over."""
        local = timezone.localtime(self.at)
        return start_of_day(local.date() + timedelta(days=1), timezone.get_current_timezone())


def whose_of(user: Any) -> list[str]:
    """Return at whose work a person may look: leads at that of their teams."""
    found = ["mine"]
    if Membership.objects.filter(user=user, is_lead=True).exists():
        found.append("team")
    if access_for(user).scope(Activity) is Scope.ALL:
        found.append("all")
    return found


@dataclass(frozen=True)
class TodaySource:
    """One section of Today.

    ``rows`` gives the records, unordered and not narrowed by rights; ``reason`` says why one is
    here; ``list_url`` where all of them are listed. ``type_key`` names the right it needs.
    """

    key: str
    title: str | Promise
    order: int
    type_key: str
    rows: Callable[[Looking], QuerySet[Any]]
    reason: Callable[[Any, Looking], str]
    sort: tuple[str, ...]
    list_url: Callable[[Looking], str]
    icon: str = "circle"
    tone: str = ""
    needs: tuple[str, ...] = ()
    #: Short facts of a row, such as an amount.
    facts: Callable[[Any, Looking], list[str]] = field(default=lambda _record, _looking: [])
    #: Others own these; the viewer takes part.
    is_asked: bool = False


@dataclass(slots=True)
class TodayRow:
    """One thing to see to."""

    record: Any
    title: str
    url: str
    icon: str
    reason: str
    subtitle: str = ""
    subtitle_url: str = ""
    facts: list[str] = field(default_factory=list)
    #: Whose matter it is, for grouping.
    customer: str = ""
    activity: Activity | None = None
    may_change: bool = True

    @property
    def key(self) -> str:
        """A name for the row on the page."""
        return f"a{self.record.pk}" if self.activity else f"{self.record.record_type.id}-{self.record.pk}"


@dataclass(slots=True)
class Section:
    """A source as one person sees it now."""

    source: TodaySource
    count: int
    rows: list[TodayRow]
    url: str

    @property
    def key(self) -> str:
        return self.source.key


_sources: dict[str, TodaySource] = {}


def register(source: TodaySource) -> None:
    """Add a section; from ``AppConfig.ready``."""
    _sources[source.key] = source


def sources(user: Any) -> list[TodaySource]:
    """Return the sections that a person may see, in order."""
    access = access_for(user)
    return sorted(
        (one for one in _sources.values() if access.can(one.type_key, "view")), key=lambda one: one.order
    )


def queryset(source: TodaySource, looking: Looking) -> QuerySet[Any]:
    """Return the rows of a section that the viewer may see."""
    rows = source.rows(looking)
    seen: QuerySet[Any] = rows.filter(access_for(looking.user).filter(rows.model))
    return seen if source.is_asked else seen.filter(looking.owned)


def section(source: TodaySource, looking: Looking, *, start: int = 0, end: int = SHOWN) -> Section:
    """Read one section: how many there are, and some of them."""
    rows = queryset(source, looking)
    shown = rows.select_related("owner", *source.needs).order_by(*source.sort)
    if rows.model is Activity:
        shown = selectors.with_about(shown, looking.user)
    records = list(shown[start : end + 1])
    count = start + len(records) if len(records) <= end - start else rows.count()
    return Section(
        source,
        count,
        [row_of(one, source, looking) for one in records[: end - start]],
        source.list_url(looking),
    )


def counts(looking: Looking) -> dict[str, int]:
    """Return how many there are in each section."""
    return {one.key: queryset(one, looking).count() for one in sources(looking.user)}


def row_of(record: Any, source: TodaySource, looking: Looking) -> TodayRow:
    """Return one line of a section."""
    access = access_for(looking.user)
    row = TodayRow(
        record=record,
        title=str(record),
        url=formats.page_url(record),
        icon=source.icon,
        reason=source.reason(record, looking),
        facts=source.facts(record, looking),
    )
    if isinstance(record, Activity):
        row.activity = record
        row.may_change = access.can(Activity, "change", record)
        row.subtitle, row.subtitle_url = selectors.about_line(record)
        row.customer = selectors.customer_of(record)
    else:
        is_limited = search.is_limited(looking.user, type_of(record))
        subtitle = "" if is_limited else service_for(record).subtitle(record)
        # What is named after its customer need not say it twice.
        row.customer = subtitle or row.title
        row.subtitle = "" if subtitle.casefold() in row.title.casefold() else subtitle
        row.may_change = access.can(Activity, "add")
    return row


# What is always there: activities that are late, and those due today.


def late_reason(activity: Activity, looking: Looking) -> str:
    """Say how late something is."""
    due_on, today = activity.due_on(), timezone.localtime(looking.at).date()
    days = (today - due_on).days if due_on else 0
    if days < 1 and activity.due_at is not None:
        return _("Was due at %(time)s") % {"time": f"{timezone.localtime(activity.due_at):%H:%M}"}
    return ngettext("%(count)d day late", "%(count)d days late", days) % {"count": days}


def due_reason(activity: Activity, looking: Looking) -> str:
    """Say at what time something is due."""
    if activity.all_day or activity.due_at is None:
        return _("Today")
    return _("Today at %(time)s") % {"time": f"{timezone.localtime(activity.due_at):%H:%M}"}


def activity_list(state: str) -> Callable[[Looking], str]:
    def url(looking: Looking) -> str:
        query = f"state={state}&{looking.query}".rstrip("&")
        return f"{reverse('timeline:activity_list')}?{query}"

    return url


OVERDUE = TodaySource(
    key="overdue",
    title=gettext_lazy("Overdue"),
    order=10,
    type_key="timeline.activity",
    rows=lambda looking: selectors.still_open(Activity.objects.filter(due_at__lt=looking.at)),
    reason=late_reason,
    sort=("due_at", "pk"),
    list_url=activity_list("overdue"),
    icon="alert-circle",
    tone="danger",
    needs=("outcome",),
)
DUE_TODAY = TodaySource(
    key="today",
    title=gettext_lazy("Due today"),
    order=20,
    type_key="timeline.activity",
    rows=lambda looking: selectors.still_open(
        Activity.objects.filter(due_at__gte=looking.at, due_at__lt=looking.tomorrow)
    ),
    reason=due_reason,
    sort=("due_at", "-priority", "pk"),
    list_url=activity_list("today"),
    icon="clock",
    tone="warning",
    needs=("outcome",),
)


def asked_of(looking: Looking, **conditions: Any) -> QuerySet[Activity]:
    """Return open activities of others to which the viewer is asked."""
    mine = Participant.objects.filter(user=looking.user.pk, **conditions)
    rows = selectors.still_open(Activity.objects.filter(pk__in=mine.values("activity_id")))
    return rows.exclude(owner=looking.user.pk)


def asked_reason(activity: Activity, looking: Looking) -> str:
    """Say who asks, and for when."""
    when = due_words(activity.due_on() or looking.at.date(), clock_of(activity), looking.at)
    return _("%(who)s asks you: %(when)s") % {"who": activity.owner or _("Somebody"), "when": when}


def clock_of(activity: Activity) -> Any:
    if activity.all_day or activity.due_at is None:
        return None
    return timezone.localtime(activity.due_at).time()


def calendar_list(looking: Looking) -> str:
    return reverse("timeline:calendar")


INVITED = TodaySource(
    key="invited",
    title=gettext_lazy("Invitations to answer"),
    order=24,
    type_key="timeline.activity",
    rows=lambda looking: asked_of(looking, answer=Answer.WAITING).filter(due_at__gte=looking.at),
    reason=asked_reason,
    sort=("due_at", "pk"),
    list_url=calendar_list,
    icon="calendar",
    tone="accent",
    is_asked=True,
)
MEETINGS = TodaySource(
    key="meetings",
    title=gettext_lazy("Meetings of others today"),
    order=22,
    type_key="timeline.activity",
    rows=lambda looking: asked_of(looking, answer__in=(Answer.ACCEPTED, Answer.TENTATIVE)).filter(
        due_at__gte=looking.at, due_at__lt=looking.tomorrow
    ),
    reason=asked_reason,
    sort=("due_at", "pk"),
    list_url=calendar_list,
    icon="calendar",
    is_asked=True,
)
