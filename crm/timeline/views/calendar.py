"""``/calendar/``: by day, week, month, agenda and team; planning, moving and answering on it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.identity.models import Team, User
from crm.lib.hours import midnight_of
from crm.records.drafts import RecordErrors
from crm.timeline import calendars
from crm.timeline.calendars import Showing
from crm.timeline.meetingforms import MeetingForm, initial_of, refuse_wrong, visible_record
from crm.timeline.models import Activity, Answer, Participant
from crm.timeline.selectors import about_line, with_about
from crm.timeline.services import invitations, meetings, participants
from crm.timeline.services.meetings import Plan, Times
from crm.timeline.services.occasions import SPANS, occasion_of
from crm.timeline.views.base import WorkPage
from crm.ui.feedback import toast, trigger, undo_url
from crm.ui.forms import as_notes

if TYPE_CHECKING:
    from crm.timeline.services.occasions import Span

VIEWS = ("day", "week", "month", "agenda", "team")
#: Nobody looks at more at once.
WIDEST = timedelta(days=100)


class CalendarBase(WorkPage):
    """What calendar pages share."""

    def span(self) -> Span:
        wanted = self.request.POST.get("span", "one")
        return next((one for one in SPANS if one == wanted), "one")

    def changed(self, activity: Activity, text: str, *, undoable: bool) -> HttpResponse:
        """Answer an act: the calendar reads anew, and a toast says what came of it."""
        response = HttpResponse(status=204)
        trigger(response, "recordsChanged", {})
        undo = undo_url(activity, self.request.user) if undoable else ""
        return toast(self.request, response, text, undo=undo)

    def editable(self, pk: int) -> Activity:
        activity = self.get_activity(pk)
        if not self.access.can(Activity, "change", activity):
            raise PermissionDenied
        return activity


class CalendarPage(CalendarBase):
    """The page; with ``view=team`` who does what on which day."""

    def get(self, request: HttpRequest) -> HttpResponse:
        view = request.GET.get("view", "")
        if chosen := [one for one in request.GET.getlist("p") if one.isdecimal()]:
            return redirect(
                calendar_url(view=view, who=f"people:{','.join(chosen)}", date=request.GET.get("date", ""))
            )
        whose = request.GET.get("who", "me")
        day = day_of(request.GET.get("date", "")) or timezone.localtime(self.at).date()
        context: dict[str, Any] = {
            "view": view if view in VIEWS else "",
            "whose": whose,
            "day": day,
            "now": timezone.localtime(self.at).replace(tzinfo=None).isoformat(timespec="seconds"),
            "language": translation.get_language() or "en",
            "teams": teams_of(request.user),
            "people": colleagues_of(request.user, whose),
            "may_add": self.access.can(Activity, "add"),
            "kinds": [(one.value, one.label) for one in calendars.KINDS],
        }
        if view == "team":
            return self.show("timeline/calendar/team.html", context | self.team(day, whose))
        return self.show("timeline/calendar/page.html", context)

    def team(self, day: date, whose: str) -> dict[str, Any]:
        """Return a week of the chosen people, of one's own teams by default."""
        zone = timezone.get_current_timezone()
        monday = day - timedelta(days=day.weekday())
        people = calendars.people_of(self.request.user, whose)
        if whose == "me":
            teams = Team.objects.filter(memberships__user=self.request.user.pk, is_active=True)
            people = (
                people
                if not teams
                else list(
                    User.objects.filter(memberships__team__in=teams, is_active=True)
                    .distinct()
                    .order_by("full_name")[: calendars.MOST_PEOPLE]
                )
            )
        start, end = midnight_of(monday, zone), midnight_of(monday + timedelta(days=7), zone)
        showing = Showing(self.request.user, start, end, people)
        return {
            "rows": calendars.team_rows(showing),
            "days": [monday + timedelta(days=number) for number in range(7)],
            "today": timezone.localtime(self.at).date(),
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7),
        }


def teams_of(user: Any) -> list[Team]:
    """Return the teams of a person, each with the word by which an address names it."""
    teams = list(Team.objects.filter(memberships__user=user.pk, is_active=True).distinct().order_by("name"))
    for team in teams:
        team.wanted = f"team:{team.pk}"  # type: ignore[attr-defined]
    return teams


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def colleagues_of(user: Any, whose: str) -> list[tuple[User, bool]]:
    """Return colleagues whose calendar one can look at, and whether each is chosen."""
    rows = list(
        User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("full_name", "username")[:200]
    )
    chosen = {one.pk for one in calendars.people_of(user, whose)} if whose.startswith("people:") else set()
    return [(one, one.pk in chosen) for one in rows]


class CalendarEvents(CalendarBase):
    """``calendar/events/?start=…&end=…&who=…``: what is drawn, as data."""

    def get(self, request: HttpRequest) -> HttpResponse:
        zone = timezone.get_current_timezone()
        try:
            start = calendars.read_moment(request.GET.get("start", ""), zone)
            end = calendars.read_moment(request.GET.get("end", ""), zone)
        except ValueError:
            return HttpResponseBadRequest()
        if not start < end <= start + WIDEST:
            return HttpResponseBadRequest()
        kinds = [one for one in request.GET.getlist("kind") if one in calendars.KINDS] or calendars.KINDS
        people = calendars.people_of(request.user, request.GET.get("who", "me"))
        showing = Showing(request.user, start, end, people, kinds)
        return JsonResponse(calendars.entries(showing), safe=False)


class NewMeeting(CalendarBase):
    """``calendar/new/``: plan a meeting in the side panel."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self.check()
        return self.form(MeetingForm(user=request.user, initial=self.initial()))

    def post(self, request: HttpRequest) -> HttpResponse:
        self.check()
        form = MeetingForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.form(form, status=422)
        given = form.cleaned_data
        assert form.times is not None
        plan = Plan(
            given["subject"],
            form.times,
            kind=given["kind"],
            body=given["body"],
            location=given["location"],
            meeting_url=given["meeting_url"],
            records=form.records(),
            asked=form.asked,
            rule=form.rule,
        )
        try:
            made = meetings.plan_meeting(plan=plan, actor=request.user, at=self.at)  # type: ignore[arg-type]
        except (RecordErrors, ValidationError) as refused:
            refuse_wrong(form, ValidationError(as_notes(refused)))
            return self.form(form, status=422)
        participants.remind_me(made, user=request.user, minutes=form.remind_minutes, at=self.at)
        if given["sends"]:
            invitations.send(made, at=self.at)
        return self.changed(made[0], _("Planned."), undoable=len(made) == 1)

    def check(self) -> None:
        if not self.access.can(Activity, "add"):
            raise PermissionDenied

    def initial(self) -> dict[str, Any]:
        """Return the time that was drawn, or the next full hour."""
        request, zone = self.request, timezone.get_current_timezone()
        now = timezone.localtime(self.at)
        start = (now + timedelta(hours=1)).replace(minute=0, second=0)
        end = start + timedelta(hours=1)
        all_day = request.GET.get("all_day") == "true"
        try:
            start = calendars.read_moment(request.GET.get("start", ""), zone).astimezone(zone)
            end = calendars.read_moment(request.GET.get("end", ""), zone).astimezone(zone)
        except ValueError:
            all_day = False
        last = (end - timedelta(days=1)).date() if all_day else end.date()
        found: dict[str, Any] = {
            "kind": Activity.Kind.MEETING,
            "first_on": start.date(),
            "begins": None if all_day else start.time(),
            "ends": None if all_day else end.time(),
            "last_on": last if last > start.date() else None,
            "all_day": all_day,
        }
        slug, _colon, pk = request.GET.get("about", "").partition(":")
        record = visible_record(slug, pk, request.user)
        if record is not None:
            name = str(record._meta.model_name)
            found[name if name != "person" else "people"] = record if name != "person" else [record.pk]
        return found

    def form(self, form: MeetingForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "url": reverse("timeline:calendar_new"), "title": _("Plan")}
        return self.show("timeline/calendar/form.html", context, status=status)


class EventPage(CalendarBase):
    """``calendar/5/``: one meeting in the side panel: who comes, my answer, what can be done."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.get_activity(pk)
        if not getattr(request, "htmx", False):
            response = HttpResponse(status=302)
            response.headers["Location"] = activity.get_absolute_url()
            return response
        seen = with_about(Activity.objects.filter(pk=pk), request.user).first()
        title, url = about_line(seen) if seen else ("", "")
        rows = list(Participant.objects.filter(activity=activity).select_related("user").order_by("pk"))
        mine = next((one for one in rows if one.user_id == request.user.pk), None)
        occasion = occasion_of(activity)
        context = {
            "activity": activity,
            "about_title": title,
            "about_url": url,
            "participants": rows,
            "mine": mine,
            "answers": [(one.value, one.label) for one in Answer if one != Answer.WAITING],
            "in_series": occasion.series_id is not None,
            "occasion": occasion,
            "may_change": self.access.can(Activity, "change", activity),
        }
        return self.show("timeline/calendar/event.html", context)


class MoveMeeting(CalendarBase):
    """``calendar/5/move/``: dragged or resized. GET asks how far the change of a series reaches."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.editable(pk)
        wanted = {name: request.GET.get(name, "") for name in ("start", "end", "all_day")}
        context = {
            "activity": activity,
            "wanted": wanted,
            "url": reverse("timeline:calendar_move", args=[pk]),
        }
        return self.show("timeline/calendar/span.html", context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.editable(pk)
        zone = timezone.get_current_timezone()
        all_day = request.POST.get("all_day") == "true"
        try:
            start = calendars.read_moment(request.POST.get("start", ""), zone)
            end = calendars.read_moment(request.POST["end"], zone) if request.POST.get("end") else None
        except ValueError:
            return HttpResponseBadRequest()
        if all_day:
            # The page names the day after the last one; noon is that day in any zone of the owner.
            start += timedelta(hours=12)
            end = end - timedelta(hours=12) if end else None
        if activity.kind == Activity.Kind.TASK and not all_day:
            end = None
        span = self.span()
        try:
            meetings.change_meeting(
                activity=activity,
                changes={},
                times=Times(start, end, all_day),
                span=span,
                actor=request.user,  # type: ignore[arg-type]
                at=self.at,
            )
        except (RecordErrors, ValidationError) as refused:
            text = " ".join(message for found in as_notes(refused).values() for message in found)
            response = HttpResponse(status=204)
            trigger(response, "recordsChanged", {})
            return toast(request, response, text, tone="danger")
        return self.changed(activity, _("Moved."), undoable=span == "one")


class ChangeMeeting(CalendarBase):
    """``calendar/5/change/``: the whole form of a meeting, in the side panel."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.editable(pk)
        form = MeetingForm(user=request.user, activity=activity, initial=initial_of(activity, request.user))
        return self.form(activity, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.editable(pk)
        form = MeetingForm(
            request.POST, user=request.user, activity=activity, initial=initial_of(activity, request.user)
        )
        if not form.is_valid():
            return self.form(activity, form, status=422)
        given, span = form.cleaned_data, self.span()
        names = ("subject", "body", "location", "meeting_url")
        moved = {"first_on", "begins", "ends", "last_on", "all_day"} & set(form.changed_data)
        try:
            rows = meetings.change_meeting(
                activity=activity,
                changes={name: given[name] for name in names if name in form.changed_data},
                times=form.times if moved else None,
                span=span,
                actor=request.user,  # type: ignore[arg-type]
                at=self.at,
            )
        except (RecordErrors, ValidationError) as refused:
            refuse_wrong(form, ValidationError(as_notes(refused)))
            return self.form(activity, form, status=422)
        participants.settle(rows, form.asked, actor=request.user, at=self.at)  # type: ignore[arg-type]
        participants.remind_me(rows, user=request.user, minutes=form.remind_minutes, at=self.at)
        if given["sends"]:
            invitations.send(rows, at=self.at)
        return self.changed(activity, _("Saved."), undoable=span == "one")

    def form(self, activity: Activity, form: MeetingForm, *, status: int = 200) -> HttpResponse:
        url = reverse("timeline:calendar_change", args=[activity.pk])
        context = {"form": form, "url": url, "title": str(activity), "activity": activity}
        return self.show("timeline/calendar/form.html", context, status=status)


class CallOff(CalendarBase):
    """``calendar/5/off/``: call a meeting off, alone or with those after it."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.editable(pk)
        span = self.span()
        meetings.call_off(activity=activity, span=span, actor=request.user, at=self.at)  # type: ignore[arg-type]
        return self.changed(activity, _("Called off."), undoable=span == "one")


class AnswerMeeting(CalendarBase):
    """``calendar/5/answer/``: whether I come."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.get_activity(pk)
        mine = Participant.objects.filter(activity=activity, user=request.user.pk).first()
        if mine is None:
            raise PermissionDenied
        try:
            participants.answer(
                participant=mine,
                answer=request.POST.get("answer", ""),
                actor=request.user,  # type: ignore[arg-type]
                at=self.at,
                span=self.span(),
            )
        except ValidationError:
            return HttpResponseBadRequest()
        return self.changed(activity, _("Answered."), undoable=False)


def calendar_url(**query: str) -> str:
    return f"{reverse('timeline:calendar')}?{urlencode(query)}"
