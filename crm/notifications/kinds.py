"""The kinds of things people are told: their words, their sign, and how they come unless somebody chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.notifications.models import Mail

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from crm.notifications.models import Notification

MENTION, ASSIGNED, SHARED, REMINDER = "mention", "assigned", "shared", "reminder"
INVITED, ANSWERED = "invited", "answered"
NOTE, FOLLOWED, JOB_DONE, JOB_FAILED, IMPORTED, RULE = (
    "note",
    "followed",
    "job_done",
    "job_failed",
    "imported",
    "rule",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. ``words`` say what happened, without who did it: "Mention", "3 notes"."""

    key: str
    label: str | Promise
    icon: str
    words: Callable[[Notification], str]
    mail: str = Mail.DIGEST
    tone: str = ""
    #: Several about one record are one line while they are unread.
    is_joined: bool = False


_known: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a kind, from ``AppConfig.ready``."""
    _known[kind.key] = kind


def kind_of(key: str) -> Kind:
    """Return a kind; one that is no longer known is told by its title alone."""
    return _known.get(key) or Kind(key, key, "bell", lambda one: "")


def all_kinds() -> list[Kind]:
    return list(_known.values())


def assigned(one: Notification) -> str:
    if one.count > 1:
        text = ngettext("%(count)d record given to you", "%(count)d records given to you", one.count)
        return text % {"count": one.count}
    return _("Given to you")


def noted(one: Notification) -> str:
    if one.count > 1:
        return ngettext("%(count)d note", "%(count)d notes", one.count) % {"count": one.count}
    return _("Note")


def followed(one: Notification) -> str:
    """Say what happened to a followed record; of several things, how many."""
    if one.count > 1:
        return ngettext("%(count)d change", "%(count)d changes", one.count) % {"count": one.count}
    said: dict[str, Any] = {
        "won": _("Won"),
        "lost": _("Lost"),
        "reopened": _("Opened again"),
        "stage_changed": _("Moved to another stage"),
        "logged": _("Call"),
        "held": _("Meeting"),
        "added": _("File added"),
    }
    return str(said.get(one.data.get("verb", ""), _("Changed")))


def replied(one: Notification) -> str:
    """Say what somebody answers to an invitation."""
    words = {
        "accepted": _("%(who)s comes"),
        "tentative": _("%(who)s comes perhaps"),
        "declined": _("%(who)s does not come"),
    }
    return words.get(one.data.get("answer", ""), "%(who)s") % {"who": one.data.get("who", "")}


#: The kinds of the house itself.
KINDS = (
    Kind(MENTION, gettext_lazy("Somebody mentions me"), "at", lambda one: _("Mention"), Mail.NOW, "accent"),
    Kind(ASSIGNED, gettext_lazy("A record or an activity is given to me"), "user-check", assigned, Mail.NOW),
    Kind(
        SHARED,
        gettext_lazy("A record is shared with me"),
        "users",
        lambda one: _("Shared with you"),
        Mail.NOW,
    ),
    Kind(
        REMINDER,
        gettext_lazy("An activity of mine is due"),
        "clock",
        lambda one: _("Due soon") if not one.data.get("all_day") else _("Due today"),
        Mail.NEVER,
        "warning",
    ),
    Kind(
        INVITED,
        gettext_lazy("I am asked to a meeting"),
        "calendar",
        lambda one: _("Invitation"),
        Mail.NOW,
        "accent",
    ),
    Kind(ANSWERED, gettext_lazy("Somebody answers my invitation"), "calendar", replied, Mail.DIGEST),
    Kind(NOTE, gettext_lazy("A note on a record that I own or follow"), "note", noted, is_joined=True),
    Kind(
        FOLLOWED,
        gettext_lazy("Something happens to a record that I follow"),
        "eye",
        followed,
        is_joined=True,
    ),
    Kind(
        IMPORTED,
        gettext_lazy("An import of mine has ended"),
        "database-import",
        lambda one: _("Import done"),
    ),
    Kind(
        JOB_DONE,
        gettext_lazy("Long work of mine has ended"),
        "circle-check",
        lambda one: _("Done"),
        Mail.NEVER,
    ),
    Kind(
        JOB_FAILED,
        gettext_lazy("Long work of mine has failed"),
        "alert-triangle",
        lambda one: _("Failed"),
        Mail.NOW,
        "danger",
    ),
    Kind(RULE, gettext_lazy("A rule tells me something"), "robot", lambda one: _("Rule"), Mail.NOW),
)


def register_all() -> None:
    """Register the kinds of the house itself."""
    for kind in KINDS:
        register(kind)
