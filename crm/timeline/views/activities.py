"""The pages of activities as records: the list, one of them, the forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.records import registry
from crm.timeline import services
from crm.timeline.filters import ActivityFilters
from crm.timeline.forms import CompleteForm, MentionText, MoveForm, WhenField, WhenWidget, when_of
from crm.timeline.linking import about_types
from crm.timeline.models import Activity
from crm.timeline.selectors import about_line, with_about
from crm.timeline.tables import ActivityTable
from crm.ui.actions import Action
from crm.ui.forms import RecordForm
from crm.ui.layouts import Fields, Layout, Part
from crm.ui.viewset import RecordViews

if TYPE_CHECKING:
    from django.http import HttpRequest

    from crm.lib.dates import When


class ActivityRecordForm(RecordForm):
    """An activity with all its fields; when it is due is written as people say it."""

    due = WhenField(
        label=_("Due"),
        widget=WhenWidget,
        help_text=_("A day, with a time if it has one: tomorrow 15:00, fri, +3d, 2026-12-31."),
    )

    class Meta:
        model = Activity
        fields = (
            "kind",
            "subject",
            "due",
            "ends_at",
            "owner",
            "priority",
            *about_types(),
            "body",
            "done_at",
            "direction",
            "outcome",
            "minutes",
            "team",
            "tags",
        )
        sections = (
            (_("About"), tuple(about_types())),
            (_("What came of it"), ("done_at", "direction", "outcome", "minutes")),
            (_("More"), ("team", "tags")),
        )
        quick = ("kind", "subject", "due", "owner", *about_types())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record is not None and "due" in self.fields:
            self.initial["due"] = when_of(self.record)
        if self.record is not None and "body" in self.fields:
            text = self.fields["body"].widget = MentionText(self.fields["body"].widget.attrs)
            text.url = reverse("timeline:activity_mentions", args=[self.record.pk])

    def changes(self) -> dict[str, Any]:
        found = super().changes()
        due: When | None = self.cleaned_data.get("due")
        if "due" in self.fields and due != (when_of(self.record) if self.record else None):
            zone = services.zone_of(self.cleaned_data.get("owner") or self.user)
            found |= {"due_at": due.moment(zone) if due else None, "all_day": bool(due and due.clock is None)}
        return found


def body_of(activity: Activity, request: HttpRequest) -> dict[str, Any]:
    """Return text and record of an activity for its page."""
    seen = with_about(Activity.objects.filter(pk=activity.pk), request.user).first()
    title, url = about_line(seen) if seen else ("", "")
    icon = registry.by_id(activity.about_type_id).icon if activity.about_type_id else ""
    return {"activity": activity, "about_title": title, "about_url": url, "about_icon": icon}


class Activities(RecordViews):
    """Everything that was done or is to be done, of all colleagues whose work one sees."""

    model, form, filters, table = Activity, ActivityRecordForm, ActivityFilters, ActivityTable
    search = ("subject", "body")
    needs = ("owner", "outcome")
    layout = Layout(
        head=("due_at", "done_at", "owner"),
        main=[Part("timeline/activity.html", body_of)],
        facts=[
            Fields(
                "kind", "subject", "due_at", "all_day", "ends_at", "owner", "priority", title=_("Activity")
            ),
            Fields("done_at", "direction", "outcome", "minutes", "cancelled_at", title=_("What came of it")),
            Fields("team", "tags", "created_by", "created_at", title=_("More")),
        ],
    )
    actions = (
        Action(
            "complete",
            services.complete_activities,
            _("Done"),
            icon="check",
            form=CompleteForm,
            when=lambda activity: activity.is_open,
            bulk=True,
            tone="green",
            done=_("Done."),
        ),
        Action(
            "move",
            services.reschedule_activities,
            _("Move"),
            icon="calendar-due",
            form=MoveForm,
            when=lambda activity: activity.is_open,
            bulk=True,
            done=_("Moved."),
        ),
        Action(
            "cancel",
            services.cancel_activities,
            _("Call off"),
            icon="calendar-off",
            when=lambda activity: activity.is_open,
            bulk=True,
            confirm=_("Call it off? It stays in the history."),
            done=_("Called off."),
        ),
        Action(
            "reopen",
            services.reopen_activities,
            _("Reopen"),
            icon="rotate",
            when=lambda activity: not activity.is_open and activity.kind != Activity.Kind.NOTE,
            bulk=True,
            done=_("Open again."),
        ),
    )

    @classmethod
    def creates_at(cls, request: HttpRequest) -> dict[str, Any]:
        """A new one is a task of one's own, unless the address says otherwise."""
        return {"kind": Activity.Kind.TASK, "owner": request.user.pk, **super().creates_at(request)}

    empty_title = _("No activities yet")
    empty_text = _(
        "Calls, meetings, tasks and notes with your customers. Log them on the page of a deal or a person."
    )
