"""Reading notifications: only those about records that the person may see now."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from crm.identity.models import Membership, User
from crm.notifications.models import Follow, Notification
from crm.records import registry
from crm.records.models import Record
from crm.records.registry import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

PAGE = 40
#: The bell counts no further.
MOST_COUNTED = 100


def notifications_of(user: Any) -> QuerySet[Notification]:
    """Return what stands on the page of ``user``, newest first, with who did it."""
    rows = Notification.objects.filter(user=user, is_silent=False)
    return rows.select_related("actor").order_by("-at", "-pk")


def visible(rows: Iterable[Notification], user: Any) -> list[Notification]:
    """Leave those about records that ``user`` may see now: one query per type."""
    found = list(rows)
    wanted: dict[int, set[int]] = defaultdict(set)
    for one in found:
        if one.ref is not None:
            wanted[one.type_id].add(one.ref.id)
    seen: set[Ref] = set()
    for type_id, ids in wanted.items():
        model = model_of(type_id)
        if model is not None:
            rows_seen = model.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)
            seen.update(Ref(type_id, pk) for pk in rows_seen)
    return [one for one in found if one.ref is None or one.ref in seen]


def model_of(type_id: int) -> Any:
    try:
        model = registry.by_id(type_id).model
    except KeyError:
        return None
    return model if issubclass(model, Record) else None


def unread_count(user: Any) -> int:
    """Return how many unread notifications ``user`` has, counted up to a hundred."""
    rows = Notification.objects.filter(user=user, read_at=None, is_silent=False).order_by("-at")
    return len(visible(rows.only("type_id", "record_id", "user_id")[:MOST_COUNTED], user))


def last_of(user: Any) -> int:
    """Return the number of the latest notification of ``user``."""
    rows = Notification.objects.filter(user=user, is_silent=False).order_by("-at", "-pk")
    return max(rows.values_list("pk", flat=True)[:MOST_COUNTED], default=0)


def page_of(
    user: Any, *, kind: str = "", unread: bool = False, before: int | None = None
) -> tuple[list[Notification], int | None]:
    """Return a page of notifications and the id behind which the next one begins."""
    rows = notifications_of(user)
    if kind:
        rows = rows.filter(kind=kind)
    if unread:
        rows = rows.filter(read_at=None)
    if before is not None and (last := Notification.objects.filter(user=user, pk=before).first()):
        rows = rows.filter(at__lte=last.at).exclude(at=last.at, pk__gte=last.pk)
    found = list(rows[: PAGE + 1])
    following = found[PAGE - 1].pk if len(found) > PAGE else None
    return visible(found[:PAGE], user), following


def watchers_of(record: Any, *, owner_too: bool) -> list[User]:
    """Return those who follow a record, and its owner unless they muted it."""
    rows = Follow.objects.filter(type_id=record.ref.type_id, record_id=record.pk)
    follows = dict(rows.values_list("user_id", "is_muted"))
    ids = {pk for pk, is_muted in follows.items() if not is_muted}
    if owner_too and record.owner_id and not follows.get(record.owner_id, False):
        ids.add(record.owner_id)
    return list(User.objects.filter(pk__in=ids, is_active=True))


def is_following(user: Any, record: Any) -> bool:
    """Tell whether ``user`` hears of what happens to a record."""
    found = Follow.objects.filter(user=user, type_id=record.ref.type_id, record_id=record.pk)
    row = found.values_list("is_muted", flat=True).first()
    return record.owner_id == user.pk if row is None else not row


def members_of(team_id: int | None) -> list[int]:
    """Return who is in a team; nobody for None."""
    rows = Membership.objects.filter(team=team_id) if team_id else Membership.objects.none()
    return list(rows.values_list("user_id", flat=True))


def users_of(ids: Sequence[Any]) -> list[User]:
    return list(User.objects.filter(pk__in=[pk for pk in ids if pk], is_active=True))
