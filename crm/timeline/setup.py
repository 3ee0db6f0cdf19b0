"""The call outcomes and list views that every installation starts with, named in its language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from crm.identity.models import Organisation
from crm.records.models import SavedView
from crm.timeline.models import Activity, CallOutcome, WorkCalendar
from crm.timeline.services import worktime

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
    tables = connection.introspection.table_names()
    if CallOutcome._meta.db_table in tables:
        ensure_defaults()
    if WorkCalendar._meta.db_table in tables:
        worktime.ensure_default(at=timezone.now())


#: Tabs of the list that everybody starts with: English and Russian name, address.
VIEWS = (
    ("To do", "К выполнению", "state=open&owner=me&sort=due_at"),
    ("Done", "Сделано", "state=done&sort=-done_at"),
    ("Calls", "Звонки", "kind=call&sort=-done_at"),
)


def ensure_defaults() -> None:
    """Make the first outcomes and views where there are none."""
    if CallOutcome.objects.exists():
        return
    is_russian = "ru" in (Organisation.load().language, settings.LANGUAGE_CODE[:2])
    SavedView.objects.bulk_create(
        SavedView(
            type_id=Activity.record_type.id,
            name=russian if is_russian else english,
            query=query,
            is_shared=True,
            position=place,
        )
        for place, (english, russian, query) in enumerate(VIEWS, start=1)
    )
    CallOutcome.objects.bulk_create(
        CallOutcome(name=russian if is_russian else english, is_contact=is_contact, position=place)
        for place, (english, russian, is_contact) in enumerate(OUTCOMES, start=1)
    )


def rename_defaults(language: str) -> None:
    """Name in ``language`` what still carries its first name in another one."""
    outcomes = [(english, russian) for english, russian, _is_contact in OUTCOMES]
    views = [(english, russian) for english, russian, _query in VIEWS]
    own = SavedView.objects.filter(type_id=Activity.record_type.id, owner=None)
    for rows, names in ((CallOutcome.objects.all(), outcomes), (own, views)):
        for english, russian in names:
            old, new = (english, russian) if language == "ru" else (russian, english)
            if not rows.filter(name__iexact=new).exists():
                rows.filter(name=old).update(name=new)
