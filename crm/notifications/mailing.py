"""What mail tells people: letters that were not sent, that nobody answered, that stayed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.mail import telling
from crm.notifications.kinds import Kind, register
from crm.notifications.models import Mail
from crm.notifications.services import notify

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.registry import Ref

KINDS = (
    Kind(
        telling.FAILED,
        gettext_lazy("A letter of mine could not be sent"),
        "mail-x",
        lambda one: _("Letter not sent"),
        Mail.NEVER,
        "danger",
    ),
    Kind(
        telling.DOUBTFUL,
        gettext_lazy("It is unknown whether a letter of mine was sent"),
        "mail-question",
        lambda one: _("Letter perhaps not sent"),
        Mail.NEVER,
        "warning",
    ),
    Kind(
        telling.NO_REPLY,
        gettext_lazy("Nobody has answered a letter of mine"),
        "hourglass",
        lambda one: _("No reply yet"),
        Mail.NEVER,
        "warning",
    ),
    Kind(
        telling.WITHDRAWN,
        gettext_lazy("A planned letter of mine stayed here, since the other side wrote first"),
        "mail-off",
        lambda one: _("Planned letter withdrawn: they wrote first"),
        Mail.NOW,
    ),
    Kind(
        telling.STOPPED,
        gettext_lazy("A sequence of mine has stopped for somebody"),
        "player-stop",
        lambda one: _("Sequence stopped"),
        is_joined=True,
    ),
)


def bring(
    users: Iterable[User], kind: str, *, at: datetime, title: str, key: str, ref: Ref | None, url: str
) -> None:
    """Tell people something about a letter of theirs."""
    notify(users, kind, at=at, title=title, url=url, key=f"{kind}:{key}"[:160])


def register_all() -> None:
    """Register the kinds, and bring what mail tells."""
    for kind in KINDS:
        register(kind)
    telling.register(bring)
