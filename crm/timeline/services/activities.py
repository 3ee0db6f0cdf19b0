"""Writing activities: whose they are, when they are due or done, and what follows for their records."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.identity.models import Membership, Organisation, User
from crm.lib.dates import end_of_day
from crm.records import copying
from crm.records.events import Happening, emit_many
from crm.records.fields import Field, Kind
from crm.records.files import services as files
from crm.records.services import RecordService
from crm.timeline import keeping, linking, mentions
from crm.timeline.models import Activity, ActivityLink, CallOutcome
from crm.timeline.services import invitations, taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db import models

    from crm.records.drafts import Draft, WriteContext
    from crm.records.registry import Ref

#: Clocks differ a little; nobody has done anything later than this.
AHEAD = timedelta(minutes=10)
#: Columns on which next activity and last touch depend.
WEIGHTY = frozenset(
    {"done_at", "cancelled_at", "deleted_at", "due_at", "outcome_id", "kind", "about_type_id", "about_id"}
)
LOGGED = {"task": "task.done", "call": "call.logged", "meeting": "meeting.held", "note": "note.added"}
#: A call that reached nobody is told, but is no touch.
TRIED = "call.tried"
MENTIONED = "activity.mentioned"

MINUTES = Field(
    name="minutes",
    label=gettext_lazy("minutes"),
    kind=Kind.NUMBER,
    virtual=True,
    synonyms=("duration minutes", "duration min", "минуты", "длительность мин"),
)
SYNONYMS: dict[str, tuple[str, ...]] = {
    "kind": ("type", "activity type", "тип", "вид"),
    "subject": ("title", "topic", "summary", "тема", "заголовок"),
    "body": ("note", "notes", "text", "comment", "description", "текст", "комментарий", "заметка"),
    "due_at": ("due date", "deadline", "date", "start", "срок", "дата", "начало"),
    "ends_at": ("end", "end date", "конец", "окончание"),
    "done_at": ("done date", "completed", "completed at", "closed at", "выполнено", "завершено"),
    "seconds": ("duration", "duration seconds", "duration sec", "длительность", "длительность сек"),
    "outcome": ("result", "disposition", "результат", "итог"),
    "direction": ("call direction", "направление"),
    "owner": ("assignee", "исполнитель"),
    "location": ("location", "where", "место", "адрес встречи"),
    "meeting_url": ("meeting link", "join url", "ссылка на встречу"),
}


class ActivityService(RecordService[Activity]):
    """The one way in which activities are written."""

    model = Activity
    # A note without a subject is called by its first line.
    titled: ClassVar[frozenset[str]] = frozenset({"subject", "body"})
    searched: ClassVar[frozenset[str] | None] = frozenset({"subject", "body"})
    internal: ClassVar[frozenset[str]] = frozenset({"about_type_id", "about_id", "mentions"})
    synonyms: ClassVar[Mapping[str, tuple[str, ...]]] = SYNONYMS

    def extra_fields(self) -> Sequence[Field]:
        return (MINUTES, *linking.about_fields())

    def prepare(self, drafts: Sequence[Draft[Activity]], ctx: WriteContext) -> None:
        self._give_team(drafts)
        zones = Zones(drafts)
        for draft in drafts:
            place(draft)
            settle_kind(draft, ctx)
            settle_times(draft, ctx, zones)
            settle_mentions(draft, ctx)

    def after_save(self, drafts: Sequence[Draft[Activity]], ctx: WriteContext) -> None:
        weighty = [one for one in drafts if one.is_new or not WEIGHTY.isdisjoint(one.before)]
        moved = [
            one for one in drafts if one.is_new or "about_id" in one.before or "about_type_id" in one.before
        ]
        settled = [one.record for one in weighty if not one.is_new]
        before = self._refs_of(settled)
        follow_files(drafts)
        keeping.untouch([one.pk for one in settled])
        self._link(moved)
        links = self._settle([one.record for one in weighty], before)
        self._tell(weighty, links, ctx)
        tell_mentions(drafts, ctx)
        invitations.follow(drafts, ctx.at)
        taken.follow(drafts, ctx.at)

    def taken_back(self, records: Sequence[Activity], *, removed: bool) -> None:
        before = self._refs_of(records)
        keeping.untouch([one.pk for one in records])
        if removed:
            ActivityLink.objects.filter(activity__in=records).delete()
            keeping.settle_next_due(before)
        else:
            self._settle(records, before)

    def search_text(self, record: Activity) -> str:
        return f"{record.subject} {record.body}"[:5000]

    def subtitle(self, record: Activity) -> str:
        return str(Activity.Kind(record.kind).label)

    def for_search(self, records: models.QuerySet[Activity]) -> models.QuerySet[Activity]:
        return records.select_related("outcome")

    # What belongs to an activity in other tables.

    def _refs_of(self, records: Sequence[Activity]) -> list[Ref]:
        found = ActivityLink.objects.filter(activity__in=[one.pk for one in records]) if records else ()
        return [link.ref for link in found]

    def _link(self, drafts: Sequence[Draft[Activity]]) -> None:
        """Link activities to what they are about, and to those whose pages show that."""
        again = [draft.record.pk for draft in drafts if not draft.is_new]
        named: dict[int, list[Ref]] = defaultdict(list)
        if again:
            old = ActivityLink.objects.filter(activity__in=again)
            for link in old.filter(is_named=True):
                named[link.activity_id].append(link.ref)
            old.delete()
        near = linking.neighbours(linking.abouts([draft.record for draft in drafts]))
        rows = []
        for draft in drafts:
            about = draft.record.about
            own = near.get(about, (about,)) if about else ()
            more = (*linking.asked_refs(draft.changes), *named[draft.record.pk])
            rows += [
                ActivityLink(
                    activity=draft.record, type_id=ref.type_id, record_id=ref.id, is_named=ref not in own
                )
                for ref in dict.fromkeys((*own, *more))
            ]
        copying.insert(ActivityLink, rows)

    def _settle(self, records: Sequence[Activity], before: Iterable[Ref]) -> list[ActivityLink]:
        """Bring links, next activity and last touch in line; ``before`` was linked until now."""
        gone = missing(linking.abouts(records))
        with_outcomes(records)
        links = keeping.settle_links(records, gone)
        keeping.touch(links)
        planned = [link.ref for link in links if link.is_open]
        keeping.settle_next_due([*before, *planned])
        return links

    def _tell(
        self, drafts: Sequence[Draft[Activity]], links: Sequence[ActivityLink], ctx: WriteContext
    ) -> None:
        """Tell the record it is about, and so its company and people, what was done."""
        near: dict[int, list[Ref]] = defaultdict(list)
        for link in links:
            near[link.activity_id].append(link.ref)
        happenings = []
        for draft in drafts:
            activity, told = draft.record, happened(draft)
            if told is not None and activity.about is not None:
                name, at = told
                happenings.append(
                    Happening(name, activity.about, str(activity), at, facts_of(activity), near[activity.pk])
                )
        # Last touches were settled above, together with what they were before.
        emit_many(
            happenings,
            actor=ctx.actor,
            via=ctx.via,
            job=ctx.job,
            run_rules=ctx.is_told,
            touches=False,
        )

    def _give_team(self, drafts: Sequence[Draft[Activity]]) -> None:
        """Let the team follow the owner, unless somebody named one."""
        following = [
            draft
            for draft in drafts
            if draft.record.owner_id and "team" not in draft.changes and draft.has_changed("owner")
        ]
        owners = {draft.record.owner_id for draft in following}
        rows = Membership.objects.filter(user__in=owners, team__is_active=True) if owners else None
        teams = (
            dict(rows.order_by("is_primary", "-pk").values_list("user_id", "team_id"))
            if rows is not None
            else {}
        )
        for draft in following:
            draft.record.team_id = teams.get(draft.record.owner_id or 0)


class Zones:
    """The zones in which the people of a set count their days."""

    def __init__(self, drafts: Sequence[Draft[Activity]]) -> None:
        owners = {one.record.owner_id for one in drafts if one.record.due_at and one.record.owner_id}
        rows = User.objects.filter(pk__in=owners).values_list("pk", "time_zone") if owners else ()
        self.known = dict(rows)
        self.house = ""

    def of(self, owner_id: int | None) -> ZoneInfo:
        """Return the zone of a person, or of the house."""
        if not (name := self.known.get(owner_id or 0)):
            self.house = self.house or Organisation.load().time_zone
            name = self.house
        return ZoneInfo(name)


def zone_of(user: User | None) -> ZoneInfo:
    """Return the zone in which a person counts days; the company's where they chose none."""
    return ZoneInfo(user.time_zone if user and user.time_zone else Organisation.load().time_zone)


def place(draft: Draft[Activity]) -> None:
    """Set what an activity is about, from the field of whichever type was named."""
    if not linking.names_about(draft.changes):
        return
    activity = draft.record
    refs = linking.asked_refs(draft.changes)
    types = {one.id: (rank, name) for rank, (name, one) in enumerate(linking.about_types().items())}
    present = activity.about
    if present and types.get(present.type_id, (0, ""))[1] not in draft.changes:
        refs.append(present)
    chosen = min(refs, key=lambda ref: types.get(ref.type_id, (99, ""))[0], default=None)
    activity.about_type_id = chosen.type_id if chosen else None
    activity.about_id = chosen.id if chosen else None


def settle_kind(draft: Draft[Activity], ctx: WriteContext) -> None:
    """Give each kind what it has, and refuse what it can't have."""
    activity = draft.record
    if "minutes" in draft.changes:
        minutes = draft.changes["minutes"]
        activity.seconds = None if minutes in (None, "") else round(Decimal(str(minutes)) * 60)
    is_call = activity.kind == Activity.Kind.CALL
    if is_call and not activity.direction and (draft.is_new or draft.has_changed("kind")):
        activity.direction = Activity.Direction.OUTGOING
    if not is_call:
        activity.direction = ""
        if activity.outcome_id and "outcome" in draft.changes:
            draft.error("outcome", _("Only a call has an outcome."))
        activity.outcome = None
    if not activity.subject.strip() and not activity.body.strip():
        if activity.kind == Activity.Kind.TASK:
            draft.error("subject", _("Say what is to be done."), code="required")
        elif activity.kind == Activity.Kind.NOTE:
            draft.error("body", _("The note is empty."), code="required")
    is_past = (
        ctx.via == "import" and draft.is_new and activity.due_at is None and activity.cancelled_at is None
    )
    if activity.kind == Activity.Kind.NOTE or (is_past and activity.kind != Activity.Kind.TASK):
        activity.done_at = activity.done_at or ctx.at


def settle_times(draft: Draft[Activity], ctx: WriteContext, zones: Zones) -> None:
    """Keep due, end and done in order."""
    activity = draft.record
    if ctx.via == "import" and activity.due_at is not None and "all_day" not in draft.changes:
        # Files name days; read as instants they are the midnight at which the day begins.
        activity.all_day = activity.due_at.astimezone(zones.of(None)).time() == time.min
    if activity.due_at is None:
        activity.all_day = False
    elif activity.all_day and (draft.has_changed("due_at") or draft.has_changed("all_day")):
        zone = zones.of(activity.owner_id)
        named_in = zones.of(None) if ctx.via == "import" else zone
        activity.due_at = end_of_day(activity.due_at.astimezone(named_in).date(), zone)
    if draft.is_new and activity.kind == Activity.Kind.MEETING and activity.due_at and activity.seconds:
        planned_end = activity.due_at + timedelta(seconds=activity.seconds)
        activity.ends_at = activity.ends_at or (None if activity.all_day else planned_end)
    if activity.ends_at and activity.due_at and not draft.is_new and draft.has_changed("due_at"):
        was = draft.snapshot["due_at"]
        if was is not None and not draft.has_changed("ends_at"):
            # A meeting that is moved keeps its length.
            activity.ends_at = activity.due_at + (activity.ends_at - was)
    if activity.ends_at and activity.due_at and activity.ends_at < activity.due_at:
        draft.error("ends_at", _("It ends before it begins."))
    if activity.done_at is not None and activity.done_at > ctx.at + AHEAD and draft.has_changed("done_at"):
        draft.error("done_at", _("Nothing is done in the future. Plan it instead."))
    if activity.done_at is not None and activity.cancelled_at is not None:
        if draft.has_changed("done_at"):
            activity.cancelled_at = None
        else:
            draft.error("__all__", _("What is done can't be cancelled."))


def settle_mentions(draft: Draft[Activity], ctx: WriteContext) -> None:
    """Keep whom the text names; what was written elsewhere, long ago, names nobody here."""
    if ctx.via not in ("import", "demo") and draft.has_changed("body"):
        draft.record.mentions = mentions.found_in(draft.record.body)


def tell_mentions(drafts: Sequence[Draft[Activity]], ctx: WriteContext) -> None:
    """Tell of colleagues who are named now and were not before."""
    happenings = []
    for draft in drafts:
        activity = draft.record
        known = set() if draft.is_new else set(mentions.ids_of(draft.snapshot.get("mentions") or []))
        named = [pk for pk in mentions.ids_of(activity.mentions) if pk not in known]
        if named and activity.deleted_at is None:
            data = {"mentioned_in": activity.pk, "users": named, "text": activity.body[:500]}
            ref = activity.about or activity.ref
            happenings.append(Happening(MENTIONED, ref, str(activity), ctx.at, data))
    emit_many(happenings, actor=ctx.actor, via=ctx.via, job=ctx.job, touches=False)


def happened(draft: Draft[Activity]) -> tuple[str, datetime] | None:
    """Return what is to be told of a change, and when it was; None when it is no news to the record."""
    activity = draft.record
    if activity.deleted_at is not None or "deleted_at" in draft.before:
        return None
    moved = draft.is_new or "about_id" in draft.before
    if activity.done_at is not None and (moved or "done_at" in draft.before):
        if activity.kind == Activity.Kind.CALL and not activity.touches:
            return TRIED, activity.done_at
        was_planned = not draft.is_new and activity.due_at is not None
        if was_planned and activity.kind in (Activity.Kind.CALL, Activity.Kind.MEETING):
            return f"{activity.kind}.done", activity.done_at
        return LOGGED[activity.kind], activity.done_at
    if activity.cancelled_at is not None and (moved or "cancelled_at" in draft.before):
        return f"{activity.kind}.cancelled", activity.cancelled_at
    return None


def follow_files(drafts: Sequence[Draft[Activity]]) -> None:
    """Take the files of notes into the bin with them, and back."""
    for deleted_at in {one.record.deleted_at for one in drafts if "deleted_at" in one.before}:
        ids = [
            one.record.pk
            for one in drafts
            if "deleted_at" in one.before and one.record.deleted_at == deleted_at
        ]
        files.follow_activity(ids, deleted_at=deleted_at)


def facts_of(activity: Activity) -> dict[str, Any]:
    """Return what the event keeps of an activity: enough to read it without the row."""
    return {
        "activity": activity.pk,
        "kind": activity.kind,
        "subject": activity.subject,
        "body": activity.body[:500],
        "outcome": str(activity.outcome) if activity.outcome else "",
        "seconds": activity.seconds,
    }


def missing(refs: Sequence[Ref]) -> set[Ref]:
    """Return the records that lie in the bin or are gone."""
    there = {ref for ref, record in linking.records_of(refs).items() if not record.is_deleted}
    return set(refs) - there


def with_outcomes(records: Sequence[Activity]) -> None:
    """Load the outcomes of a set with one query, for those that don't know theirs yet."""
    unknown = [one for one in records if one.outcome_id and not Activity.outcome.is_cached(one)]
    if not unknown:
        return
    found = CallOutcome.objects.in_bulk({one.outcome_id for one in unknown if one.outcome_id})
    for one in unknown:
        one.outcome = found[one.outcome_id or 0]
