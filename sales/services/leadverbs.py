"""What people do with leads: take them on, put them off, drop them, hand them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.records.registry import service_for
from sales.models import DropReason, Lead, LeadStatus
from sales.services.leads import ASSIGN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crm.identity.models import User
    from crm.records.drafts import Draft
    from crm.records.models import Job


def take_leads(
    *, records: Sequence[Lead], actor: User, at: datetime, via: str = "", job: Job | None = None
) -> list[Draft[Lead]]:
    """Take leads on: they are in work now, and whoever takes one that is nobody's owns it."""
    refuse_converted(records)
    changes = [
        {"status": LeadStatus.WORKING, **({} if lead.owner_id else {"owner": actor})} for lead in records
    ]
    return write(records, changes, actor=actor, at=at, via=via, job=job)


def drop_leads(
    *,
    records: Sequence[Lead],
    actor: User | None,
    at: datetime,
    drop_reason: DropReason,
    drop_note: str = "",
    via: str = "",
    job: Job | None = None,
) -> list[Draft[Lead]]:
    """Give leads up, for a reason of the list and with a note."""
    refuse_converted(records)
    change = {"status": LeadStatus.DROPPED, "drop_reason": drop_reason, "drop_note": drop_note}
    return write(records, [change] * len(records), actor=actor, at=at, via=via, job=job)


def reopen_leads(
    *, records: Sequence[Lead], actor: User | None, at: datetime, via: str = "", job: Job | None = None
) -> list[Draft[Lead]]:
    """Take leads up again that were dropped or put off."""
    refuse_converted(records)
    change = {"status": LeadStatus.WORKING}
    return write(records, [change] * len(records), actor=actor, at=at, via=via, job=job)


def assign_leads(
    *,
    records: Sequence[Lead],
    owners: Sequence[User],
    reasons: Sequence[str],
    actor: User | None,
    at: datetime,
    via: str = "automation",
    job: Job | None = None,
) -> list[Draft[Lead]]:
    """Give each lead to its owner, and note why it was this one."""
    changes = [{"owner": owner, ASSIGN: reason} for owner, reason in zip(owners, reasons, strict=True)]
    return write(records, changes, actor=actor, at=at, via=via, job=job)


def refuse_converted(records: Sequence[Lead]) -> None:
    """Refuse what makes no sense any more once a lead has become a deal.

    Raises:
        ValidationError: with the name of the first such lead.
    """
    for lead in records:
        if lead.is_converted:
            raise ValidationError(_("“%(name)s” is converted already.") % {"name": lead.name})


def write(
    records: Sequence[Lead], changes: Sequence[dict[str, Any]], *, job: Job | None, via: str, **door: Any
) -> list[Draft[Lead]]:
    """Hand the changes to the lead service; a job without a named door is a bulk action."""
    service: Any = service_for(Lead)
    drafts: list[Draft[Lead]] = service.update(
        records, changes, job=job, via=via or ("bulk" if job else "page"), **door
    )
    return drafts
