"""What lists, cards and exports show of activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from crm.records.fields import Kind
from crm.timeline import selectors
from crm.timeline.drawing import KIND_ICONS
from crm.timeline.models import Activity
from crm.timeline.states import due_html
from crm.ui import formats
from crm.ui.tables import Column, Table
from crm.ui.templatetags.ui import drawn

if TYPE_CHECKING:
    from django.db import models
    from django.utils.safestring import SafeString

PRIORITY_TONES = {Activity.Priority.HIGH: "red"}


def title_html(activity: Activity) -> SafeString:
    """Write the sign of the kind and the title."""
    mark = drawn(KIND_ICONS[activity.kind])
    return format_html('{} <a class="row-link" href="{}">{}</a>', mark, formats.page_url(activity), activity)


def about_html(activity: Activity) -> SafeString:
    """Write what it is about as a link; nothing where the viewer does not see that."""
    title, url = selectors.about_line(activity)
    return format_html('<a href="{}">{}</a>', url, title) if title else formats.EMPTY


def due_cell(activity: Activity) -> SafeString:
    """Write when it is due: as a sign of urgency while it is open, plainly afterwards."""
    if activity.due_at is None:
        return formats.EMPTY
    now = timezone.now()
    return due_html(activity, now) if activity.is_open else formats.html_moments(now)(activity.due_at)


def state_of(activity: Activity) -> str:
    """Name the state in a word."""
    if activity.cancelled_at is not None:
        return str(_("Cancelled"))
    return str(_("Done")) if activity.done_at is not None else pgettext("activity", "Open")


class ActivityTable(Table):
    """Activities of all kinds."""

    model = Activity
    columns = (
        Column("title", label=_("activity"), value=str, render=title_html, sort=False, link=True),
        Column("kind"),
        Column(
            "about",
            label=_("about"),
            value=lambda activity: selectors.about_line(activity)[0],
            render=about_html,
            sort=False,
        ),
        Column("due_at", render=due_cell),
        Column("owner"),
        Column("done_at"),
        Column("outcome"),
        Column("minutes", sort="seconds"),
        Column("priority", tones=PRIORITY_TONES),
        Column("body", label=_("text")),
        Column("subject"),
        Column("state", label=_("state"), kind=Kind.TEXT, value=state_of, sort=False),
        Column("direction"),
        Column("ends_at"),
        Column("all_day"),
        Column("cancelled_at"),
        Column("seconds"),
        Column("team"),
        Column("tags"),
        Column("created_by"),
        Column("created_at"),
        Column("updated_at"),
    )
    default = ("title", "about", "due_at", "owner", "done_at", "outcome")
    default_sort = "-due_at"

    def prepare(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        rows = super().prepare(rows).defer(None)
        return selectors.with_about(rows, self.viewer)

    def __init__(self, *, user: Any, **kwargs: Any) -> None:
        self.viewer = user
        super().__init__(user=user, **kwargs)
