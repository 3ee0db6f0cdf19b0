"""Letters about notifications: one at once, or one a day with all that is still unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.accounts.letters import send
from crm.identity.models import Organisation, User
from crm.notifications.models import Mail, Notification
from crm.notifications.selectors import visible
from crm.notifications.showing import Line

if TYPE_CHECKING:
    from datetime import datetime

#: A letter names so many; the rest is counted.
MOST = 50
SETTINGS = "/settings/notifications/"


def send_one(pk: int, at: datetime) -> bool:
    """Send the letter of one notification, if it is still unread and its record still seen."""
    rows = Notification.objects.select_related("user", "actor").filter(
        pk=pk, read_at=None, mailed_at=None, mail=Mail.NOW
    )
    found = rows.first()
    return found is not None and send_to(found.user, [found], at)


def send_digest(user: User, at: datetime) -> bool:
    """Send one letter with everything that waits for it and is still unread."""
    rows = Notification.objects.select_related("actor").filter(
        user=user, mail=Mail.DIGEST, mailed_at=None, read_at=None
    )
    return send_to(user, list(rows.order_by("-at")[:200]), at)


def waiting_for_digest() -> list[int]:
    """Return the users for whom something waits."""
    rows = Notification.objects.filter(mail=Mail.DIGEST, mailed_at=None, read_at=None)
    return list(rows.order_by().values_list("user_id", flat=True).distinct())


def send_to(user: User, rows: list[Notification], at: datetime) -> bool:
    """Write to ``user`` in their language and time; tell whether a letter went."""
    if not user.is_active or not user.email:
        return False
    seen = visible(rows, user)
    Notification.objects.filter(pk__in=[one.pk for one in rows]).update(mailed_at=at)
    if not seen:
        return False
    company = Organisation.load()
    with (
        translation.override(user.language or company.language),
        timezone.override(user.time_zone or company.time_zone),
    ):
        lines = [Line(one) for one in seen]
        send(
            "notifications",
            subject=subject_of(lines),
            to=user.email,
            context=context_of(lines, user),
            headers={"List-Unsubscribe": f"<{settings.BASE_URL.rstrip('/')}{SETTINGS}>"},
        )
    return True


def subject_of(lines: list[Line]) -> str:
    if len(lines) == 1:
        one = lines[0]
        return ": ".join(part for part in (one.words, one.title) if part) or _("News in Artel")
    text = ngettext("%(count)d thing is new in Artel", "%(count)d things are new in Artel", len(lines))
    return text % {"count": len(lines)}


def context_of(lines: list[Line], user: User) -> dict[str, Any]:
    base = settings.BASE_URL.rstrip("/")
    return {
        "lines": lines[:MOST],
        "more": max(len(lines) - MOST, 0),
        "user": user,
        "base": base,
        "settings_url": f"{base}{SETTINGS}",
    }
