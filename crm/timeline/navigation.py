"""Where Today and activities stand in the navigation, and how much of one's own work is late."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.timeline import selectors, today
from crm.ui.navigation import NavItem, register


def my_overdue(user: Any) -> int:
    """Count what is late of my own."""
    return selectors.overdue_count(user, timezone.now())


ITEMS = (
    NavItem(
        key="today",
        label=_("Today"),
        url_name="timeline:today",
        icon="calendar-due",
        permission="timeline.activity",
        count=my_overdue,
        order=20,
        shortcut="t",
        bottom=2,
    ),
    NavItem(
        key="calendar",
        label=_("Calendar"),
        url_name="timeline:calendar",
        icon="calendar",
        permission="timeline.activity",
        order=25,
        shortcut="k",
    ),
    NavItem(
        key="activities",
        label=_("Activities"),
        url_name="timeline:activity_list",
        icon="checklist",
        permission="timeline.activity",
        order=30,
        shortcut="a",
        quick="timeline:activity_quick",
        quick_label=_("Task"),
    ),
)


def register_items() -> None:
    """Hand in the entries of the navigation and the sections of Today."""
    for item in ITEMS:
        register(item)
    today.register(today.INVITED)
    today.register(today.OVERDUE)
    today.register(today.MEETINGS)
    today.register(today.DUE_TODAY)
