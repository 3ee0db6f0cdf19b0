"""Opening one record to a colleague or a team beyond what their roles give, and closing it again.

Whoever may change a record may share it, with no more than they may do themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.identity import access
from crm.identity.access import access_for
from crm.identity.models import Share, Team, User
from crm.records import due, registry
from crm.records.events import emit
from crm.records.registry import Ref

if TYPE_CHECKING:
    from datetime import datetime

    from crm.records.models import DueRow, Record

END = "share.end"


def may_share(user: Any, record: Record) -> bool:
    """Tell whether ``user`` may open ``record`` to others."""
    return access_for(user).can(type(record), "change", record)


def shares_of(record: Record) -> list[Share]:
    """Return to whom ``record`` is open, the latest first; what has run out is left out."""
    rows = Share.objects.filter(type_id=record.ref.type_id, record_id=record.pk)
    found = rows.select_related("user", "team", "created_by").order_by("-created_at")
    now = timezone.now()
    return [one for one in found if one.expires_at is None or one.expires_at > now]


@transaction.atomic
def share_record(
    *,
    record: Record,
    whom: User | Team,
    can_edit: bool,
    actor: User,
    at: datetime,
    reason: str = "",
    until: datetime | None = None,
) -> Share:
    """Open ``record`` to ``whom``; a share that exists already is changed.

    Raises:
        PermissionDenied: when ``actor`` may not change the record.
        ValidationError: when it would end before it begins, or ``whom`` is switched off.
    """
    if not may_share(actor, record):
        raise PermissionDenied
    if until is not None and until <= at:
        raise ValidationError({"until": _("This day is over.")})
    if not whom.is_active:
        raise ValidationError({"whom": _("This account or team is switched off.")})
    share, _made = Share.objects.update_or_create(
        type_id=record.ref.type_id,
        record_id=record.pk,
        user=whom if isinstance(whom, User) else None,
        team=whom if isinstance(whom, Team) else None,
        defaults={
            "can_edit": can_edit,
            "reason": reason[:200],
            "expires_at": until,
            "created_by": actor,
            "created_at": at,
        },
    )
    due.cancel(END, str(share.pk))
    if until is not None:
        due.schedule(END, str(share.pk), until)
    tell("shared", share, actor, at)
    return share


@transaction.atomic
def unshare_record(*, share: Share, record: Record, actor: User, at: datetime) -> None:
    """Close ``record`` again to those to whom ``share`` opened it.

    Raises:
        PermissionDenied: when ``actor`` may not change the record.
    """
    if not may_share(actor, record):
        raise PermissionDenied
    due.cancel(END, str(share.pk))
    end(share, actor, at)


def end(share: Share, actor: User | None, at: datetime) -> None:
    """Take a share back, and tell of it on the record."""
    tell("unshared", share, actor, at)
    share.delete()


def tell(verb: str, share: Share, actor: User | None, at: datetime) -> None:
    """Write who was shown what, and forget cached rights."""
    model: Any = registry.by_id(share.type_id).model
    record = model.all_objects.filter(pk=share.record_id).first()
    access.changed()
    if record is None:
        return
    data: dict[str, Any] = {
        "whom": str(share.user or share.team),
        "user": share.user_id,
        "team": share.team_id,
        "can_edit": share.can_edit,
        "reason": share.reason,
    }
    if share.expires_at:
        data["until"] = share.expires_at.isoformat()
    emit(
        f"{model._meta.model_name}.{verb}",
        ref=Ref(share.type_id, share.record_id),
        title=str(record),
        actor=actor,
        at=at,
        data=data,
    )


@due.handler(END)
def end_share(row: DueRow) -> None:
    """Take back a share whose time is over."""
    share = Share.objects.filter(pk=row.key, expires_at__lte=row.due_at).first()
    if share is not None:
        end(share, None, row.due_at)
