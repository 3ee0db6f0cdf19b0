"""The call outcomes that every installation starts with, named in its language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from crm.identity.models import Organisation
from crm.timeline.models import CallOutcome

if TYPE_CHECKING:
    from django.apps import AppConfig

#: English and Russian name, and whether somebody was reached.
OUTCOMES = (
    ("Reached", "Поговорили", True),
    ("Asked to call back", "Просили перезвонить", True),
    ("Not interested", "Неинтересно", True),
    ("No answer", "Не ответили", False),
    ("Busy", "Занято", False),
    ("Left a message", "Оставили сообщение", False),
    ("Wrong number", "Неверный номер", False),
)


def after_migrate(sender: AppConfig, **_kwargs: Any) -> None:
    """Run once per ``migrate``; not when the tables were just taken away."""
    if CallOutcome._meta.db_table in connection.introspection.table_names():
        ensure_defaults()


def ensure_defaults() -> None:
    """Make the first outcomes where there are none."""
    if CallOutcome.objects.exists():
        return
    is_russian = "ru" in (Organisation.load().language, settings.LANGUAGE_CODE[:2])
    CallOutcome.objects.bulk_create(
        CallOutcome(name=russian if is_russian else english, is_contact=is_contact, position=place)
        for place, (english, russian, is_contact) in enumerate(OUTCOMES, start=1)
    )
