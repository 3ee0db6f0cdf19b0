"""Telling people things, reading them, choosing how to be told, following records."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F

from crm.identity.access import access_for
from crm.notifications import live
from crm.notifications.kinds import RULE, kind_of
from crm.notifications.models import Follow, Mail, Notification, Preference
from crm.records import due

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm.identity.models import User
    from crm.records.models import Record
    from crm.records.registry import Ref

MAIL = "notifications.mail"
#: Who has seen it in the bell by then needs no letter.
PATIENCE = timedelta(minutes=2)
KEEP_READ = timedelta(days=90)
KEEP = timedelta(days=365)


@transaction.atomic
def notify(
    users: Iterable[User],
    kind: str,
    *,
    at: datetime,
    record: Record | None = None,
    data: Mapping[str, Any] | None = None,
    actor: User | None = None,
    event_id: int | None = None,
    key: str = "",
    title: str = "",
    url: str = "",
) -> list[Notification]:
    """Tell ``users`` something, each as they chose; who can't see ``record`` is not told.

    Nobody is told of what they did themselves. Things with the same ``key`` are one line while unread;
    by default those of one kind about one record where the kind says so. Asked twice for an event it
    tells once.
    """
    told = []
    wanted = {one.pk: one for one in users if one.is_active and (actor is None or one.pk != actor.pk)}
    if record is not None:
        wanted = {pk: one for pk, one in wanted.items() if sees(one, record)}
    if event_id is not None and wanted:
        again = Notification.objects.filter(user__in=wanted, kind=kind, event_id=event_id)
        wanted = {
            pk: one for pk, one in wanted.items() if pk not in set(again.values_list("user_id", flat=True))
        }
    chosen = choices_of(wanted, kind)
    for user in wanted.values():
        on_page, mail = chosen.get(user.pk, (True, kind_of(kind).mail))
        if not on_page and mail == Mail.NEVER:
            continue
        row = Notification(
            user=user,
            kind=kind,
            type_id=record.ref.type_id if record is not None else 0,
            record_id=record.pk if record is not None else None,
            title=(title or (str(record) if record is not None else ""))[:300],
            url=url[:500],
            actor=actor,
            at=at,
            data=dict(data or {}),
            key=key or default_key(kind, record, event_id, at),
            event_id=event_id,
            is_silent=not on_page,
            mail=mail,
        )
        told.append(joined(row))
    for one in told:
        if one.mail == Mail.NOW and one.mailed_at is None:
            due.schedule(MAIL, str(one.pk), at + PATIENCE)
    live.changed([one.user_id for one in told])
    return told


def sees(user: User, record: Record) -> bool:
    return record.deleted_at is None and access_for(user).can(type(record), "view", record)


def choices_of(ids: Iterable[int], kind: str) -> dict[int, tuple[bool, str]]:
    """Return what people chose for a kind, by user; who chose nothing is left out."""
    rows = Preference.objects.filter(user__in=list(ids), kind=kind)
    return {pk: (on_page, mail) for pk, on_page, mail in rows.values_list("user_id", "on_page", "mail")}


def default_key(kind: str, record: Record | None, event_id: int | None, at: datetime) -> str:
    if kind_of(kind).is_joined and record is not None:
        return f"{kind}:{record.ref.type_id}:{record.pk}"
    return f"{kind}:{event_id or at.isoformat()}"


def joined(row: Notification) -> Notification:
    """Save a notification, or add it to the unread one with which it is joined."""
    known = Notification.objects.select_for_update().filter(user=row.user, key=row.key, read_at=None).first()
    if known is None:
        row.save()
        return row
    Notification.objects.filter(pk=known.pk).update(
        count=F("count") + 1,
        at=row.at,
        data=row.data,
        actor=row.actor,
        event_id=row.event_id,
        title=row.title,
        mailed_at=None,
        mail=row.mail,
    )
    known.refresh_from_db()
    return known


def tell_of_rule(users: Sequence[User], *, text: str, record: Any, url: str, key: str, at: datetime) -> None:
    """Bring what a rule tells; asked twice for a key it tells once."""
    fresh = [
        one for one in users if not Notification.objects.filter(user=one, key=f"rule:{key}"[:160]).exists()
    ]
    notify(
        fresh,
        RULE,
        at=at,
        record=record,
        data={"text": text},
        key=f"rule:{key}"[:160],
        url=url,
        title=text[:300],
    )


# Reading.


def read(*, user: User, ids: Sequence[int] | None, at: datetime) -> int:
    """Mark notifications of ``user`` as read, all of them without ``ids``; return how many were unread."""
    rows = Notification.objects.filter(user=user, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    count = rows.update(read_at=at)
    live.changed([user.pk])
    return count


def read_about(*, user: User, ref: Ref, at: datetime) -> None:
    """Mark as read what is told of a record that ``user`` has just opened."""
    rows = Notification.objects.filter(
        user=user, read_at=None, type_id=ref.type_id, record_id=ref.id, is_silent=False
    )
    if rows.update(read_at=at):
        live.changed([user.pk])


@transaction.atomic
def unread(*, user: User, pk: int) -> None:
    """Mark one notification as unread again, to come back to it."""
    row = Notification.objects.filter(user=user, pk=pk).first()
    if row is not None and not Notification.objects.filter(user=user, key=row.key, read_at=None).exists():
        Notification.objects.filter(pk=pk).update(read_at=None)
        live.changed([user.pk])


def forget(now: datetime) -> int:
    """Delete what was read long ago, and what is very old."""
    old = Notification.objects.filter(read_at__lt=now - KEEP_READ).delete()[0]
    return old + Notification.objects.filter(at__lt=now - KEEP).delete()[0]


# Choosing.


@transaction.atomic
def choose(*, user: User, choices: Mapping[str, tuple[bool, str]]) -> None:
    """Keep how ``user`` wants to be told of each kind."""
    for kind, (on_page, mail) in choices.items():
        Preference.objects.update_or_create(user=user, kind=kind, defaults={"on_page": on_page, "mail": mail})


def follow(*, user: User, record: Record, at: datetime) -> None:
    """Have ``user`` hear of what happens to a record."""
    set_follow(user, record, is_muted=False, at=at)


def unfollow(*, user: User, record: Record, at: datetime) -> None:
    """Have ``user`` hear nothing more of a record; of their own too."""
    if record.owner_id == user.pk:
        set_follow(user, record, is_muted=True, at=at)
    else:
        Follow.objects.filter(user=user, type_id=record.ref.type_id, record_id=record.pk).delete()


def set_follow(user: User, record: Record, *, is_muted: bool, at: datetime) -> None:
    Follow.objects.update_or_create(
        user=user,
        type_id=record.ref.type_id,
        record_id=record.pk,
        defaults={"is_muted": is_muted, "created_at": at},
    )
