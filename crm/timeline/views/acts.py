"""Completing, moving, cancelling, changing and deleting one activity without leaving the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.records import registry
from crm.records.drafts import RecordErrors
from crm.timeline import services
from crm.timeline.forms import ActivityForm, CompleteForm, MoveForm, when_of
from crm.timeline.models import Activity
from crm.timeline.showing import Choices, after, parts_of
from crm.timeline.timelines import Timeline
from crm.timeline.views.base import WorkPage
from crm.ui.feedback import go_to, toast, trigger, undo_url
from crm.ui.formats import page_url
from crm.ui.forms import as_notes

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.records.drafts import Draft


class ActPage(WorkPage):
    """``activities/5/complete/`` and the like.

    ``?on=`` says from where: "deals:12" answers with that record's feed, "today" with the row
    of Today; without it the browser goes to the activity's page.
    """

    def post(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        activity = self.get_activity(pk)
        if not self.access.can(Activity, "delete" if act == "delete" else "change", activity):
            raise PermissionDenied
        acts: dict[str, Callable[[Activity], str]] = {
            "complete": self.complete,
            "outcome": self.complete,
            "reopen": self.reopen,
            "move": self.move,
            "cancel": self.cancel,
            "delete": self.delete,
        }
        if act not in acts:
            raise Http404
        try:
            text = acts[act](activity)
        except (RecordErrors, ValidationError) as refused:
            return self.refused(
                str(refused) if isinstance(refused, RecordErrors) else " ".join(refused.messages)
            )
        response = self.answer(activity, act)
        if activity.about is not None:
            after(response, registry.by_id(activity.about.type_id).model(pk=activity.about.id), request.user)
        return toast(request, response, text, undo=undo_url(activity, request.user))

    # The acts; each returns what is said afterwards.

    def common(self, activity: Activity) -> dict[str, Any]:
        return {"records": [activity], "actor": self.request.user, "at": self.at}

    def complete(self, activity: Activity) -> str:
        form = CompleteForm(self.request.POST, user=self.request.user, records=[activity])
        if not form.is_valid():
            raise ValidationError([message for errors in form.errors.values() for message in errors])
        services.complete_activities(**self.common(activity), **form.cleaned_data)
        return _("Saved.") if activity.is_done else _("Done.")

    def reopen(self, activity: Activity) -> str:
        services.reopen_activities(**self.common(activity))
        return _("Open again.")

    def move(self, activity: Activity) -> str:
        form = MoveForm(self.request.POST, user=self.request.user, records=[activity])
        if not form.is_valid():
            raise ValidationError([message for errors in form.errors.values() for message in errors])
        services.reschedule_activities(**self.common(activity), **form.cleaned_data)
        return _("Moved.")

    def cancel(self, activity: Activity) -> str:
        services.cancel_activities(**self.common(activity))
        return _("Cancelled.")

    def delete(self, activity: Activity) -> str:
        registry.service_for(Activity).delete(**self.common(activity))
        return _("Deleted.")

    # Where one goes on.

    def refused(self, text: str) -> HttpResponse:
        response = HttpResponse(status=204)
        return toast(self.request, response, text, tone="danger")

    def answer(self, activity: Activity, act: str) -> HttpResponse:
        on = self.request.GET.get("on", "")
        if on == "today":
            return self.on_today(activity, act)
        slug, _colon, pk = on.partition(":")
        if pk.isdecimal():
            return self.on_record(self.get_target(slug, int(pk)), activity, act)
        url = page_url(activity) if act != "delete" else self.list_url()
        return go_to(self.request, url)

    def list_url(self) -> str:
        return reverse("timeline:activity_list")

    def on_record(self, record: Any, activity: Activity, act: str) -> HttpResponse:
        timeline = Timeline(record, self.request.user, self.at)
        context = parts_of(timeline, self.request)
        if act in ("complete", "outcome"):
            context["just"] = self.get_activity(activity.pk)
        return self.show("timeline/feed.html", context)

    def on_today(self, activity: Activity, act: str) -> HttpResponse:
        fresh = Activity.all_objects.select_related("owner", "outcome").get(pk=activity.pk)
        context = {
            "activity": fresh,
            "act": act,
            "record": self.about(fresh),
            "choices": Choices(self.request.user, self.at),
        }
        return trigger(self.show("timeline/today/acted.html", context), "todayChanged", {})

    def about(self, activity: Activity) -> Any:
        """Return the record that the activity is about, if the viewer sees it."""
        if activity.about is None:
            return None
        record_type = registry.by_id(activity.about.type_id)
        try:
            return self.get_target(record_type.slug, activity.about.id)
        except Http404:
            return None


class ActivityMenu(WorkPage):
    """``activities/5/do/menu/?on=``: what can be done with one activity, fetched when its menu opens."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.get_activity(pk)
        if not self.access.can(Activity, "change", activity):
            raise PermissionDenied
        on = request.GET.get("on", "")
        query = f"?{urlencode({'on': on})}"
        acts = ("move", "cancel", "reopen", "delete")
        context = {
            "activity": activity,
            "urls": {act: reverse("timeline:act", args=[pk, act]) + query for act in acts},
            "target": f"#today-a{pk}" if on == "today" else "#timeline-feed",
            "days": Choices(request.user, self.at).days if activity.is_open else (),
            "may_delete": self.access.can(Activity, "delete", activity),
        }
        return self.show("timeline/menu.html", context)


class ChangeActivity(WorkPage):
    """``activities/5/change/``: the short form of one activity, in the side panel."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.allowed(pk)
        initial = {
            "kind": activity.kind,
            "subject": activity.subject,
            "body": activity.body,
            "when": when_of(activity),
            "direction": activity.direction,
            "outcome": activity.outcome_id,
            "minutes": activity.minutes,
            "owner": activity.owner_id,
            "priority": activity.priority,
        }
        return self.dialog(activity, ActivityForm(user=request.user, activity=activity, initial=initial))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        activity = self.allowed(pk)
        form = ActivityForm(
            {**request.POST.dict(), "kind": activity.kind}, user=request.user, activity=activity
        )
        if not form.is_valid():
            return self.dialog(activity, form, status=422)
        try:
            draft = change(activity, form, request.user, self.at)
        except (RecordErrors, ValidationError) as refused:
            for name, messages in as_notes(refused).items():
                for message in messages:
                    form.add_error(name if name in form.fields else None, message)
            return self.dialog(activity, form, status=422)
        response = HttpResponse(status=204)
        trigger(response, "recordsChanged", {})
        if draft.outcome == "unchanged":
            return toast(request, response, _("Nothing was changed."))
        return toast(request, response, _("Saved."), undo=undo_url(activity, request.user))

    def allowed(self, pk: int) -> Activity:
        activity = self.get_activity(pk)
        if not self.access.can(Activity, "change", activity):
            raise PermissionDenied
        return activity

    def dialog(self, activity: Activity, form: ActivityForm, *, status: int = 200) -> HttpResponse:
        context = {"activity": activity, "form": form, "choices": Choices(self.request.user, self.at)}
        return self.show("timeline/change.html", context, status=status)


def change(activity: Activity, form: ActivityForm, user: Any, at: Any) -> Draft[Activity]:
    """Write what the short form says."""
    given = form.cleaned_data
    changes: dict[str, Any] = {"subject": given["subject"], "body": given["body"]}
    if activity.kind == Activity.Kind.CALL:
        changes |= {"direction": given["direction"] or activity.direction, "outcome": given["outcome"]}
    if activity.kind in (Activity.Kind.CALL, Activity.Kind.MEETING) and given["minutes"] != activity.minutes:
        changes["minutes"] = given["minutes"]
    if activity.kind != Activity.Kind.NOTE:
        changes["priority"] = given["priority"] or activity.priority
    if given["owner"] is not None and given["owner"].pk != activity.owner_id:
        changes["owner"] = given["owner"]
    due = form.due
    if not activity.is_done and due != when_of(activity):
        zone = services.zone_of(given["owner"] or activity.owner or user)
        changes |= {"due_at": due.moment(zone) if due else None, "all_day": bool(due and due.clock is None)}
    return registry.service_for(Activity).update([activity], changes, actor=user, at=at)[0]
