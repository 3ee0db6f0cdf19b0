"""The lines of a timeline: events with their activities, what changed in words, who and when.

Everything that lines need is read in sets: fifty lines cost no more statements than five.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.access import access_for
from crm.records import registry
from crm.records.fields import Field, FieldError, Kind, fields_of
from crm.records.registry import Ref
from crm.timeline import additions, selectors
from crm.timeline.mentions import marked
from crm.timeline.models import Activity
from crm.timeline.telling import Telling, telling_of
from crm.ui import formats
from crm.ui.files import FileLine, files_by_activity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crm.records.models import Event
    from crm.timeline.additions import Card
    from crm.timeline.selectors import Batch, Title

#: Changes that one person makes within so long are one line.
TOGETHER = timedelta(minutes=10)
#: Of one change so many fields are named; the rest is counted.
NAMED = 4
#: Columns that follow from others, and would only repeat them.
DERIVED = frozenset(
    {"name", "sort_name", "probability", "status", "stage_entered_at", "rate", "email", "phone"}
)

SIGNS = {
    "task": ("circle-check", "success"),
    "call": ("phone-call", "info"),
    "meeting": ("calendar-event", "accent"),
    "note": ("note", "warning"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What one field was and is."""

    label: str
    old: str
    new: str


@dataclass(slots=True)
class Entry:
    """One line of a timeline."""

    event: Event
    icon: str
    tone: str
    words: str
    is_quiet: bool = False
    facts: list[str] = field(default_factory=list)
    changes: dict[str, Change] = field(default_factory=dict)
    activity: Activity | None = None
    may_change: bool = False
    #: The record it happened to, when that is another one than the page's.
    other: tuple[str, str, str] | None = None
    files: list[FileLine] = field(default_factory=list)
    #: How an app above tells it.
    card: Card | None = None

    @property
    def who(self) -> str:
        """Who did it; of an imported activity whose it is; what nobody did, the house did."""
        if self.card is not None and self.card.who:
            return self.card.who
        if self.event.via == "import" and self.activity is not None and self.activity.owner is not None:
            return str(self.activity.owner)
        if rule := (self.event.data.get("rule") or {}).get("name"):
            return _("Rule “%(name)s”") % {"name": rule}
        if self.event.actor is not None:
            return str(self.event.actor)
        return _("Import") if self.event.via == "import" else _("Artel")

    @property
    def text(self) -> str:
        """The long text of a note, a call, a meeting."""
        if self.activity is None:
            return ""
        return self.activity.body.strip()

    @property
    def text_html(self) -> str:
        """The long text with the colleagues whom it names as links."""
        return marked(self.text, self.activity.mentions if self.activity else [])

    @property
    def shown_changes(self) -> list[Change]:
        return list(self.changes.values())[:NAMED]

    @property
    def more_changes(self) -> int:
        return max(len(self.changes) - NAMED, 0)


@dataclass(slots=True)
class Day:
    """The lines of one day in the viewer's zone."""

    label: str
    entries: list[Entry]


class EntryMaker:
    """Makes the lines of one record's timeline for one viewer."""

    def __init__(self, ref: Ref, user: Any) -> None:
        self.ref = ref
        self.user = user
        self.access = access_for(user)

    def make(self, batch: Batch, found: list[Entry], limit: int) -> Event | None:
        """Add the lines of visible events, newest first, until there are ``limit``.

        What is no news any more is left out. Returns the event at which it stopped for want of room.
        """
        events = batch.events
        activities, actors = selectors.activities_of(events), selectors.actors_of(events)
        files = files_by_activity(
            list(activities), [event.data["file"] for event in events if "file" in event.data]
        )
        cards = additions.cards_of(events, self.ref, self.user)
        for event in events:
            event.actor = actors.get(event.actor_id or 0)
            entry = self.of_card(event, cards) if additions.is_told(event) else self.one(event, activities)
            if entry is None:
                continue
            self.add_files(entry, files)
            if found and join(found[-1], entry):
                continue
            if len(found) == limit:
                return event
            if event.ref != self.ref:
                entry.other = self.other(event, batch.titles.get(event.ref))
            elif "other" in event.data:
                entry.other = self.related(Ref(*event.data["other"]), batch)
            found.append(entry)
        return None

    def related(self, ref: Ref, batch: Batch) -> tuple[str, str, str] | None:
        """Return the other end of a relation, if the viewer sees it."""
        row = batch.titles.get(ref)
        if row is None or not selectors.sees(self.user, row):
            return None
        record_type = registry.by_id(ref.type_id)
        return record_type.icon, row.title, formats.page_url(record_type.model(pk=ref.id))

    def add_files(self, entry: Entry, files: dict[int, list[FileLine]]) -> None:
        """Show the files of a note below it; name the file that was added or deleted, with a link to it."""
        data = entry.event.data
        if entry.activity is not None:
            entry.files = files.get(entry.activity.pk, [])
        elif "file" in data:
            line = next(iter(files.get(-data["file"], [])), None)
            if line is not None and entry.event.ref == self.ref:
                entry.other = (line.icon, line.attachment.name, line.url)
            else:
                entry.facts = [data.get("file_name", "")]

    def one(self, event: Event, activities: dict[int, Activity]) -> Entry | None:
        if "activity" in event.data:
            return self.of_activity(event, activities.get(event.data["activity"]))
        telling = telling_of(event)
        changes = self.changes(event) if telling.shows_changes else {}
        words = telling.words(event)
        if not words and not changes:
            return None
        return Entry(event, telling.icon, telling.tone, words, telling.is_quiet, changes=changes)

    def of_card(self, event: Event, cards: dict[int, Card]) -> Entry | None:
        """Tell what an app above tells; what it leaves out is no news here."""
        card = cards.get(event.pk)
        if card is None:
            return None
        return Entry(event, card.icon, card.tone, card.words, card.is_quiet, card=card)

    def of_activity(self, event: Event, activity: Activity | None) -> Entry | None:
        """Tell an activity as it is now; an event that is no longer true is left out."""
        if activity is None or activity.about != event.ref:
            return None
        if event.name.endswith(".cancelled"):
            if activity.cancelled_at != event.at:
                return None
            words = _("%(kind)s cancelled") % {"kind": Activity.Kind(activity.kind).label}
            return Entry(
                event, "calendar-off", "", words, True, facts=[activity.subject] if activity.subject else []
            )
        if activity.done_at != event.at:
            return None
        icon, tone = SIGNS[activity.kind]
        if activity.direction == Activity.Direction.INCOMING:
            icon = "phone-incoming"
        if not activity.touches:
            tone = "neutral"
        entry = Entry(event, icon, tone, words_of(activity), facts=facts_of(activity), activity=activity)
        entry.may_change = self.access.can(Activity, "change", activity)
        return entry

    def other(self, event: Event, row: Title | None) -> tuple[str, str, str]:
        """Return (icon, title, address) of the record that the event happened to."""
        record_type = registry.by_id(event.type_id)
        url = formats.page_url(record_type.model(pk=event.record_id))
        return record_type.icon, row.title if row else record_type.label, url

    def changes(self, event: Event) -> dict[str, Change]:
        """Return the changes that the viewer may see, in words."""
        known = fields_of(registry.by_id(event.type_id).model)
        raw: dict[str, Any] = event.data.get("changes") or {}
        names = [name for name in raw if name not in DERIVED or len(raw) == 1]
        return {
            name: change_of(name, raw[name], known.get(name)) for name in names if isinstance(raw[name], dict)
        }


def join(newer: Entry, older: Entry) -> bool:
    """Add an older line of changes to a newer one by the same person; tell whether it was done."""
    one, other = newer.event, older.event
    if not (newer.changes and older.changes) or newer.words or older.words:
        return False
    if (one.ref, one.actor_id, one.via) != (
        other.ref,
        other.actor_id,
        other.via,
    ) or one.at - other.at > TOGETHER:
        return False
    for name, change in older.changes.items():
        later = newer.changes.get(name)
        newer.changes[name] = Change(change.label, change.old, later.new if later else change.new)
    newer.changes = {name: one for name, one in newer.changes.items() if one.old != one.new} or newer.changes
    return True


def words_of(activity: Activity) -> str:
    """Return what was done: the subject of a task, else the kind."""
    if activity.kind == Activity.Kind.CALL:
        return _("Incoming call") if activity.direction == Activity.Direction.INCOMING else _("Outgoing call")
    if activity.kind == Activity.Kind.TASK:
        return _("Task done")
    return str(Activity.Kind(activity.kind).label)


def facts_of(activity: Activity) -> list[str]:
    """Return what one wants to know at a glance: subject, outcome, duration."""
    facts = [activity.subject, str(activity.outcome) if activity.outcome else "", lasted(activity.seconds)]
    return [fact for fact in facts if fact]


def lasted(seconds: int | None) -> str:
    """Write a duration: "45 s", "5 min", "1 h 20 min"."""
    if not seconds:
        return ""
    if seconds < 60:
        return _("%(count)d s") % {"count": seconds}
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%(count)d min") % {"count": minutes}
    if minutes % 60:
        return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
    return _("%(hours)d h") % {"hours": minutes // 60}


def change_of(name: str, raw: dict[str, Any], known: Field | None) -> Change:
    label = str(known.label) if known else name.replace("_", " ")
    old, new = (raw.get(f"{side}_text") or in_words(known, raw.get(side)) for side in ("old", "new"))
    return Change(label[:1].upper() + label[1:], old, new)


def in_words(known: Field | None, value: Any) -> str:
    """Write a value that an event keeps as JSON."""
    if value is None or value == "" or value == []:
        return ""
    if known is None:
        return str(value) if not isinstance(value, dict) else ""
    if known.kind is Kind.DATETIME and (moment := parse_datetime(str(value))):
        return formats.text_moment(moment)
    if known.kind is Kind.DATE and (day := parse_date(str(value)[:10])):
        return formats.text_day(day)
    if known.kind in (Kind.MONEY, Kind.NUMBER, Kind.INTEGER):
        try:
            return formats.text_number(known.parse(str(value)))
        except FieldError:
            return str(value)
    return known.text(value)


def by_day(entries: Iterable[Entry], now: datetime) -> list[Day]:
    """Put lines under their days, as the viewer counts days."""
    today = timezone.localtime(now).date()
    found: list[Day] = []
    last: date | None = None
    for entry in entries:
        day = timezone.localtime(entry.event.at).date()
        if day != last:
            found.append(Day(day_label(day, today), []))
            last = day
        found[-1].entries.append(entry)
    return found


def day_label(day: date, today: date) -> str:
    """Name a day: today, yesterday, the weekday within a week, else the date."""
    ago = (today - day).days
    if ago == 0:
        return _("Today")
    if ago == 1:
        return _("Yesterday")
    if ago == -1:
        return _("Tomorrow")
    text = formats.text_day(day, today)
    if 1 < ago < 7:
        weekday = date_format(day, "l")
        return f"{weekday[:1].upper()}{weekday[1:]}, {text}"
    return text


#: What a timeline can be narrowed to: label by the name in addresses.
FILTERS = {
    "": gettext_lazy("All"),
    "note": gettext_lazy("Notes"),
    "call": gettext_lazy("Calls"),
    "meeting": gettext_lazy("Meetings"),
    "task": gettext_lazy("Tasks"),
    "mail": gettext_lazy("Letters"),
    "change": gettext_lazy("Changes"),
}

__all__ = ["FILTERS", "Change", "Day", "Entry", "EntryMaker", "Telling", "by_day", "day_label", "lasted"]
