"""The state of a next activity in a word and a colour: none, overdue, today, later.

Days are the viewer's: what is due at 20:00 UTC is tomorrow's in Yekaterinburg.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.ui import formats
from crm.ui.templatetags.ui import drawn

if TYPE_CHECKING:
    from datetime import date, datetime, time

    from django.utils.safestring import SafeString

    from crm.timeline.models import Activity

ICONS = {"overdue": "alert-circle", "today": "clock", "later": "calendar", "none": "calendar-off"}


def state_of(due: datetime | None, at: datetime) -> str:
    """Return "none", "overdue", "today" or "later", as the viewer counts days."""
    if due is None:
        return "none"
    if due < at:
        return "overdue"
    return "today" if timezone.localtime(due).date() == timezone.localtime(at).date() else "later"


def due_words(due_on: date, clock: time | None, at: datetime) -> str:
    """Write a due day shortly; ``clock`` is None for a whole day."""
    now = timezone.localtime(at)
    days = (due_on - now.date()).days
    if days < 0:
        return ngettext("%(count)d day late", "%(count)d days late", -days) % {"count": -days}
    text = {0: _("Today"), 1: _("Tomorrow")}.get(days) or formats.text_day(due_on, now.date())
    return text if clock is None else f"{text} {clock:%H:%M}"


def sign(state: str, words: str, due: datetime | None = None) -> SafeString:
    """Write a state as a small coloured sign."""
    if due is None:
        return format_html('<span class="due due-{}">{}</span>', state, words)
    return format_html(
        '<time class="due due-{}" datetime="{}" title="{}">{}{}</time>',
        state,
        due.isoformat(),
        formats.text_moment(due),
        drawn(ICONS[state]),
        words,
    )


def due_html(activity: Activity, at: datetime) -> SafeString:
    """Write when an activity is due."""
    due, due_on = activity.due_at, activity.due_on()
    if due is None or due_on is None:
        return sign("none", _("No day"))
    clock = None if activity.all_day else timezone.localtime(due).time()
    state = state_of(due, at)
    if state == "later" and due_on == timezone.localtime(at).date():
        state = "today"
    return sign(state, due_words(due_on, clock, at), due)
