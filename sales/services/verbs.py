"""Winning, losing, reopening and moving deals.

A deal leaves the pipeline through these or through the deal service itself, never past it, so
that the forecast, the timeline and automation always hear of it. All take a set of deals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crm.identity.models import Organisation
from crm.records.registry import service_for
from sales.models import Deal, LostReason, Stage, StageChange, StageKind
from sales.selectors import Catalogue, catalogue
from sales.valuing import noon

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from crm.identity.models import User
    from crm.records.drafts import Draft
    from crm.records.models import Job


class DealIsClosed(ValidationError):
    """The deal was won or lost already."""


class DealIsOpen(ValidationError):
    """The deal is open, so there is nothing to reopen."""


@transaction.atomic
def win_deals(
    *,
    records: Sequence[Deal],
    actor: User | None,
    at: datetime,
    closed_on: date | None = None,
    via: str = "",
    job: Job | None = None,
    **values: Any,
) -> list[Draft[Deal]]:
    """Close deals as won, today or on ``closed_on``; the rate of that day is frozen.

    ``values`` are further fields to write with it, such as ``amount``.
    """
    known = catalogue()
    refuse_unless(records, lambda deal: not deal.is_won, DealIsClosed, _("“%(name)s” is won already."))
    changes = [
        {**filled(values), "stage": goal(known, deal, StageKind.WON), **closing(closed_on, at)}
        for deal in records
    ]
    return write(records, changes, actor=actor, at=at, via=via, job=job)


@transaction.atomic
def lose_deals(
    *,
    records: Sequence[Deal],
    actor: User | None,
    at: datetime,
    lost_reason: LostReason | None,
    lost_note: str = "",
    closed_on: date | None = None,
    via: str = "",
    job: Job | None = None,
) -> list[Draft[Deal]]:
    """Close deals as lost, for a reason of the list and with a note."""
    known = catalogue()
    refuse_unless(records, lambda deal: not deal.is_lost, DealIsClosed, _("“%(name)s” is lost already."))
    changes = [
        {
            "stage": goal(known, deal, StageKind.LOST),
            "lost_reason": lost_reason,
            "lost_note": lost_note,
            **closing(closed_on, at),
        }
        for deal in records
    ]
    return write(records, changes, actor=actor, at=at, via=via, job=job)


@transaction.atomic
def reopen_deals(
    *,
    records: Sequence[Deal],
    actor: User | None,
    at: datetime,
    stage: Stage | None = None,
    via: str = "",
    job: Job | None = None,
) -> list[Draft[Deal]]:
    """Open closed deals again, in ``stage`` or in the open stage in which each stood last."""
    known = catalogue()
    refuse_unless(records, lambda deal: not deal.is_open, DealIsOpen, _("“%(name)s” is open."))
    last = last_open_stages(records, known)
    changes = [{"stage": stage or last.get(deal.pk) or goal(known, deal, StageKind.OPEN)} for deal in records]
    return write(records, changes, actor=actor, at=at, via=via, job=job)


def move_deals(
    *,
    records: Sequence[Deal],
    actor: User | None,
    at: datetime,
    stage: Stage,
    via: str = "",
    job: Job | None = None,
    **values: Any,
) -> list[Draft[Deal]]:
    """Move deals to a stage, with what it asks for in ``values``."""
    changes = {**filled(values), "stage": stage}
    return write(records, [changes] * len(records), actor=actor, at=at, via=via, job=job)


def write(
    records: Sequence[Deal], changes: Sequence[dict[str, Any]], *, job: Job | None, via: str, **door: Any
) -> list[Draft[Deal]]:
    """Hand the changes to the deal service; a job without a named door is a bulk action."""
    service: Any = service_for(Deal)
    drafts: list[Draft[Deal]] = service.update(
        records, changes, job=job, via=via or ("bulk" if job else "page"), **door
    )
    return drafts


def goal(known: Catalogue, deal: Deal, kind: StageKind) -> Stage:
    """Return the stage of a kind in the deal's pipeline.

    Raises:
        ValidationError: when the pipeline has none.
    """
    stage = known.first(deal.pipeline_id, kind)
    if stage is None:
        raise ValidationError(_("The pipeline of “%(name)s” has no such stage.") % {"name": deal.name})
    return stage


def last_open_stages(records: Sequence[Deal], known: Catalogue) -> dict[int, Stage]:
    """Return the open stage in which each deal stood last, where it still exists in its pipeline."""
    rows = StageChange.objects.filter(deal__in=[deal.pk for deal in records], to_stage__kind=StageKind.OPEN)
    pipelines = {deal.pk: deal.pipeline_id for deal in records}
    found = {}
    for deal_id, stage_id in rows.order_by("entered_at", "pk").values_list("deal_id", "to_stage_id"):
        stage = known.stages[stage_id]
        if stage.pipeline_id == pipelines[deal_id]:
            found[deal_id] = stage
    return found


def closing(closed_on: date | None, at: datetime) -> dict[str, datetime]:
    """Return when a deal closed: on the day somebody named, or now."""
    zone = ZoneInfo(Organisation.load().time_zone)
    if closed_on is None or closed_on == at.astimezone(zone).date():
        return {"closed_at": at}
    return {"closed_at": noon(closed_on, zone)}


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a dialog was not given: an empty box must not empty the deal."""
    return {name: value for name, value in values.items() if value not in (None, "")}


def refuse_unless(
    records: Sequence[Deal], fits: Callable[[Deal], bool], error: type[ValidationError], text: str
) -> None:
    """Lock the deals and refuse those that don't fit, or that somebody closed since they were read."""
    rows = Deal.all_objects.select_for_update(of=("self",)).filter(pk__in=[deal.pk for deal in records])
    now = {deal.pk: deal for deal in rows.order_by("pk")}
    for deal in records:
        if not fits(now.get(deal.pk, deal)):
            raise error(text % {"name": deal.name})
        if now[deal.pk].status != deal.status:
            raise error(_("Somebody else has just closed or reopened “%(name)s”.") % {"name": deal.name})
