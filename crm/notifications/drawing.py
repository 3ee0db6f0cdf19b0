"""What notifications put into the frame and onto pages of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from crm.notifications import live, selectors
from crm.notifications.services import read_about
from crm.ui import slots

if TYPE_CHECKING:
    from django.http import HttpRequest


def bell(request: HttpRequest, **context: Any) -> str:
    return render_to_string("notifications/bell.html", {})


def state(request: HttpRequest, **context: Any) -> str:
    """Return "version:unread:last", from which the bell begins to ask."""
    if not request.user.is_authenticated:
        return ""
    found = live.state_of(request.user)
    return f"{found.version}:{found.unread}:{found.last}"


def follow_button(request: HttpRequest, *, record: Any = None, **context: Any) -> str:
    """Return the button by which one follows a record; opening its page reads what was told of it."""
    if record is None or not request.user.is_authenticated:
        return ""
    user: Any = request.user
    if live.state_of(user).unread and not getattr(request, "viewer", None):
        read_about(user=user, ref=record.ref, at=timezone.now())
    args = [record.record_type.slug, record.pk]
    following = selectors.is_following(user, record)
    return render_to_string(
        "notifications/follow.html",
        {"following": following, "url": reverse("notifications:follow", args=args)},
        request,
    )


def settings_entry(request: HttpRequest, **context: Any) -> str:
    return render_to_string("notifications/settings_entry.html", {"current": context.get("current", "")})


def fill_slots() -> None:
    """Put the bell, the state of the page, the follow button and the settings entry into their places."""
    slots.fill("topbar", "bell", bell)
    slots.fill("live", "notifications", state)
    slots.fill("record_head", "follow", follow_button)
    slots.fill("settings", "notifications", settings_entry)
