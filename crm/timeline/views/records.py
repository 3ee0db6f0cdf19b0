"""The timeline of a record: its parts, the composer, and the next step planned with one click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.records import files, registry
from crm.records.drafts import RecordErrors
from crm.records.sharing import may_share
from crm.timeline import mentions, services
from crm.timeline.entries import FILTERS
from crm.timeline.forms import ActivityForm, NextForm, WhenField, day_hint
from crm.timeline.models import Activity
from crm.timeline.selectors import PLAN_MORE
from crm.timeline.showing import Choices, after, parts_of
from crm.timeline.timelines import Timeline, read_place
from crm.timeline.views.base import WorkPage
from crm.ui.declaration import views_of
from crm.ui.feedback import toast, trigger, undo_url
from crm.ui.files import FileLine
from crm.ui.forms import as_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse, QueryDict

    from crm.identity.models import User
    from crm.records.drafts import Draft
    from crm.records.models import Attachment

SAID = {
    "note": lambda: _("Note saved."),
    "call": lambda: _("Call logged."),
    "meeting": lambda: _("Meeting logged."),
}


class RecordTimeline(WorkPage):
    """``timeline/deals/12/``: the whole, or a part: ``feed`` after a change, ``older`` lines."""

    def get(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        record = self.get_target(slug, pk)
        kind = request.GET.get("kind", "")
        timeline = Timeline(
            record,
            request.user,
            self.at,
            kind if kind in FILTERS else "",
            read_place(request.GET.get("before", "")),
        )
        part = request.GET.get("part", "feed")
        if part == "plan":
            start = request.GET.get("start", "")
            timeline.start = int(start) if start.isdecimal() and len(start) < 9 else 0
            timeline.size = PLAN_MORE
            return self.show("timeline/plan.html", parts_of(timeline, request))
        if part == "older":
            context = parts_of(timeline, request) | {"last_day": request.GET.get("day", "")}
            return self.show("timeline/older.html", context)
        response = self.show("timeline/feed.html", parts_of(timeline, request))
        if "kind" in request.GET:
            query = f"?timeline={timeline.kind}" if timeline.kind else "?"
            response.headers["HX-Replace-Url"] = query
        return response


class AddActivity(WorkPage):
    """``timeline/deals/12/add/``: what the composer sends."""

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        record = self.get_target(slug, pk)
        if not self.access.can(Activity, "add"):
            raise PermissionDenied
        staged = files.staged_by(request.user, request.POST.getlist("files"))
        form = ActivityForm(with_body(request.POST, staged), user=request.user)
        step = NextForm(request.POST)
        if not form.is_valid() or not step.is_valid():
            return self.refused(record, form, step, staged)
        try:
            draft = add(form, record, request.user, self.at)
            files.claim(staged, record=record, activity_id=draft.record.pk)
            if "plan_next" in request.POST and step.due:
                plan_next(step, record, request.user, self.at)
        except (RecordErrors, ValidationError) as refused:
            for name, messages in as_notes(refused).items():
                for message in messages:
                    form.add_error(name if name in form.fields else None, message)
            return self.refused(record, form, step, staged)
        return self.added(record, draft, form)

    def refused(
        self, record: Any, form: ActivityForm, step: NextForm, staged: Sequence[Attachment]
    ) -> HttpResponse:
        timeline = Timeline(record, self.request.user, self.at)
        context = parts_of(timeline, self.request) | {
            "form": form,
            "step": step,
            "staged": [FileLine(one) for one in staged],
            "shown": form.data.get("kind"),
        }
        return self.show("timeline/timeline.html", context, status=422)

    def added(self, record: Any, draft: Draft[Activity], form: ActivityForm) -> HttpResponse:
        timeline = Timeline(record, self.request.user, self.at)
        context = parts_of(timeline, self.request) | {"shown": form.chosen}
        if not form.plans and not timeline.plan:
            context["just"] = draft.record
        response = self.show("timeline/timeline.html", context)
        text = _("Planned.") if form.plans else SAID[form.chosen]()
        after(response, record, self.request.user)
        unseeing = mentions.blind(record, mentions.ids_of(draft.record.mentions))
        if unseeing:
            return self.warned(response, record, text, unseeing)
        return toast(self.request, response, text, undo=undo_url(draft.record, self.request.user))

    def warned(self, response: HttpResponse, record: Any, text: str, people: Sequence[User]) -> HttpResponse:
        """Say who was named but can't see the record; offer to share it to those who may."""
        names = ", ".join(str(one) for one in people)
        said = _("%(saved)s Not told, because they can't see this record: %(names)s.")
        detail = {"text": said % {"saved": text, "names": names}, "tone": "warning"}
        if may_share(self.request.user, record):
            detail |= {"dialog": views_of(record).url("share", record.pk), "link": _("Share…")}
        return trigger(response, "toast", detail)


def with_body(data: QueryDict, staged: Sequence[Attachment]) -> QueryDict:
    """Let the names of its files be the text of a note that has no other."""
    if not staged or data.get("kind") != Activity.Kind.NOTE or data.get("body", "").strip():
        return data
    filled = data.copy()
    filled["body"] = ", ".join(one.name for one in staged)
    return filled


def add(form: ActivityForm, record: Any, user: Any, at: Any) -> Draft[Activity]:
    """Write what the composer's tab says."""
    given = form.cleaned_data
    common: dict[str, Any] = {"records": [record], "actor": user, "at": at}
    if form.plans:
        return services.plan_activity(
            **common,
            kind=form.chosen,
            when=form.due,
            owner=given["owner"],
            subject=given["subject"],
            body=given["body"],
            minutes=given["minutes"],
            priority=given["priority"] or Activity.Priority.NORMAL,
        )[0]
    if form.chosen == Activity.Kind.NOTE:
        return services.add_note(**common, body=given["body"])[0]
    common |= {
        "subject": given["subject"],
        "note": given["body"],
        "minutes": given["minutes"],
        "done_at": given["done"],
    }
    if form.chosen == Activity.Kind.MEETING:
        return services.log_meeting(**common)[0]
    return services.log_call(**common, direction=given["direction"] or "out", outcome=given["outcome"])[0]


def plan_next(step: NextForm, record: Any, user: Any, at: Any) -> Draft[Activity]:
    """Plan the step that follows."""
    kind = step.cleaned_data["next_kind"] or Activity.Kind.TASK
    return services.plan_activity(
        records=[record], actor=user, at=at, kind=kind, when=step.due, subject=step.subject
    )[0]


class PlanNext(WorkPage):
    """``timeline/deals/12/plan/``: the next step, with one click on a day; GET offers the days."""

    def get(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        record = self.get_target(slug, pk)
        context = {
            "record": record,
            "row": request.GET.get("row", ""),
            "choices": Choices(request.user, self.at),
        }
        return self.show("timeline/today/plan_menu.html", context)

    def post(self, request: HttpRequest, slug: str, pk: int) -> HttpResponse:
        record = self.get_target(slug, pk)
        if not self.access.can(Activity, "add"):
            raise PermissionDenied
        step = NextForm(request.POST)
        if not step.is_valid() or step.due is None:
            problem = " ".join(str(one) for errors in step.errors.values() for one in errors) or _(
                "Say when."
            )
            return self.answer(record, problem=problem, status=422)
        try:
            draft = plan_next(step, record, request.user, self.at)
        except (RecordErrors, ValidationError) as refused:
            return self.answer(record, problem=str(refused), status=422)
        response = self.answer(record, planned=draft.record)
        after(response, record, request.user)
        if request.GET.get("on") == "today":
            trigger(response, "todayChanged", {})
        return toast(request, response, _("Planned."), undo=undo_url(draft.record, request.user))

    def answer(
        self, record: Any, *, problem: str = "", planned: Any = None, status: int = 200
    ) -> HttpResponse:
        if self.request.GET.get("on") == "today":
            row = self.request.GET.get("row", "")
            context = {"record": record, "problem": problem, "planned": planned, "row": row}
            return self.show("timeline/today/planned.html", context, status=status)
        timeline = Timeline(record, self.request.user, self.at)
        context = parts_of(timeline, self.request) | {"problem": problem, "step": self.request.POST}
        return self.show("timeline/feed.html", context, status=status)


class ReadWhen(WorkPage):
    """``timeline/when/``: says how a typed day is understood, while one types."""

    def get(self, request: HttpRequest) -> HttpResponse:
        names = (request.GET.get("name", "when"), "next_when")
        text = next((request.GET[name] for name in names if request.GET.get(name)), "")
        try:
            found = WhenField().clean(text)
        except ValidationError:
            return self.show("timeline/when.html", {"is_unknown": True})
        said = day_hint(found.day, timezone.localtime(self.at).date()) if found else ""
        if found and found.clock:
            said = f"{said}, {found.clock:%H:%M}"
        return self.show("timeline/when.html", {"said": said})


class SuggestMentions(WorkPage):
    """``timeline/deals/12/mentions/?q=an``: colleagues to name, those who see the record first."""

    def get(self, request: HttpRequest, slug: str, pk: int) -> JsonResponse:
        return self.suggested(self.get_target(slug, pk))

    def suggested(self, record: Any) -> JsonResponse:
        text = self.request.GET.get("q", "").replace("\x00", "")[:60]
        return JsonResponse({"results": mentions.suggestions(record, text, viewer=self.request.user)})


class SuggestMentionsAgain(SuggestMentions):
    """``activities/5/do/mentions/?q=an``: whom to name when an activity's text is changed.

    The record it is about decides who is told, as when it was written.
    """

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:  # type: ignore[override]
        activity = self.get_activity(pk)
        if activity.about is None:
            return self.suggested(activity)
        about = registry.by_id(activity.about.type_id)
        return self.suggested(self.get_target(about.slug, activity.about.id))
