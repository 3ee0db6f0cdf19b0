"""Telling colleagues something: through whatever notifier there is, else by letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from crm.automation.models import RuleLetter
from crm.identity.models import User
from crm.identity.roles import ROLES
from crm.lib import queue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

ADMINISTRATOR = "administrator"
assert ADMINISTRATOR in ROLES


class Notifier(Protocol):
    """Brings a text to people. Called inside a transaction; asked twice for a key, it tells once."""

    def __call__(
        self, users: Sequence[User], *, text: str, record: Any, url: str, key: str, at: datetime
    ) -> None: ...


_notifiers: list[Notifier] = []


def register_notifier(notifier: Notifier) -> None:
    """Have ``notifier`` bring what rules tell, from ``AppConfig.ready``."""
    _notifiers[:] = [notifier]


def tell(
    users: Sequence[User], *, text: str, at: datetime, key: str, record: Any = None, url: str = ""
) -> None:
    """Tell ``users`` something about a record or a page."""
    where = url or (record.get_absolute_url() if record is not None else "")
    notifier = _notifiers[0] if _notifiers else by_letter
    notifier(users, text=text, record=record, url=where, key=key, at=at)


def by_letter(users: Sequence[User], *, text: str, record: Any, url: str, key: str, at: datetime) -> None:
    """Write to each of them; used while nothing better is registered."""
    subject = str(record) if record is not None else _("A rule needs you")
    RuleLetter.objects.bulk_create(
        RuleLetter(
            to=one.email,
            subject=subject[:300],
            body=f"{text}\n\n{settings.BASE_URL}{url}",
            created_at=at,
            next_at=at,
        )
        for one in users
        if one.email
    )
    queue.enqueue("crm.automation.tasks.send_letters")


def tell_administrators(text: str, *, at: datetime, key: str, url: str, also: Sequence[User] = ()) -> None:
    """Tell those who can put a rule or a hook right."""
    people = User.objects.filter(is_active=True, roles__key=ADMINISTRATOR) | User.objects.filter(
        is_active=True, is_superuser=True
    )
    users = {one.pk: one for one in [*people.distinct(), *also] if one.is_active}
    tell(list(users.values()), text=text, at=at, key=key, url=url)
