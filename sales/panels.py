"""Pieces of pages: the stage bar and the people of a deal, the deals of a company or a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from contacts.models import Company
from crm.identity.access import access_for
from crm.identity.models import Organisation
from crm.lib.money import format_minor
from crm.ui.formats import text_number
from crm.ui.panels import RelatedPanel
from crm.ui.panels import register as register_panel
from sales.gates import required_fields
from sales.models import Deal, DealPerson, Stage, StageChange, StageKind
from sales.selectors import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest

SHOWN = 6
DAY = 86_400
STATES = (StageKind.OPEN, StageKind.WON, StageKind.LOST)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the bar: whether the deal was there, is there, and for how long."""

    stage: Stage
    state: str
    days: int | None = None

    @property
    def is_current(self) -> bool:
        return self.state == "current"

    @property
    def css(self) -> str:
        """The class that paints the step: done, or the colour of an ending."""
        if self.is_current and not self.stage.is_open:
            return "tone-success" if self.stage.kind == StageKind.WON else "tone-danger"
        return "done" if self.state == "past" else ""

    @property
    def days_text(self) -> str:
        return text_of_days(self.days or 0)

    @property
    def hint(self) -> str:
        """What a click would do, and what the stage asks for."""
        if self.is_current:
            return gettext("The deal is here.")
        asked = required_fields(self.stage)
        if not asked:
            return gettext("Move the deal here.")
        labels = ", ".join(str(Deal._meta.get_field(name).verbose_name) for name in asked)  # type: ignore[union-attr]
        return gettext("Move the deal here. Needs: %(fields)s.") % {"fields": labels}


def text_of_days(days: int) -> str:
    """Write a time in days, months or years, whichever is easiest to read."""
    if days < 1:
        return gettext("today")
    if days < 60:
        return gettext("%(count)d d") % {"count": days}
    if days < 730:
        return gettext("%(count)d mo") % {"count": days // 30}
    return gettext("%(count)d y") % {"count": days // 365}


def stage_bar(record: Deal, request: HttpRequest) -> dict[str, Any]:
    """Return the stages of the deal's pipeline with the days spent in each."""
    seconds = seconds_in_stages(record, timezone.now())
    steps = steps_of(record, catalogue().of(record.pipeline_id), seconds)
    return {
        "steps": steps,
        "may_move": access_for(request.user).can(Deal, "change", record),
    }


def seconds_in_stages(record: Deal, now: datetime) -> dict[int, int]:
    """Return how long the deal has stood in each stage, the present stay running to ``now``."""
    found: dict[int, int] = {}
    stays = StageChange.objects.filter(deal=record).values_list("to_stage_id", "seconds", "entered_at")
    for stage_id, seconds, entered_at in stays:
        spent = seconds if seconds is not None else int((now - entered_at).total_seconds())
        found[stage_id] = found.get(stage_id, 0) + max(spent, 0)
    return found


def steps_of(record: Deal, stages: Iterable[Stage], seconds: dict[int, int]) -> list[Step]:
    """Say of each stage whether the deal is past it, in it, or has it ahead."""
    steps, is_past = [], True
    for stage in stages:
        is_current = stage.pk == record.stage_id
        is_past = is_past and not is_current
        state = "current" if is_current else "past" if is_past and record.is_open else "ahead"
        if not record.is_open and stage.is_open:
            state = "past" if stage.pk in seconds or record.is_won else "ahead"
        days = seconds[stage.pk] // DAY if stage.pk in seconds else None
        # A closed deal stands still: days since its closing tell nothing.
        steps.append(Step(stage, state, days if stage.is_open else None))
    return steps


def people_of(record: Deal, request: HttpRequest) -> dict[str, Any]:
    """Return the people who have a say in the deal, the contact person first."""
    rows = DealPerson.objects.filter(deal=record, person__deleted_at=None).select_related("person")
    people = sorted(rows, key=lambda row: (row.person_id != record.person_id, row.pk))
    may_edit = access_for(request.user).can(Deal, "change", record)
    add_url = reverse("sales:deal_people", args=[record.pk]) if may_edit else ""
    return {"people": people, "may_edit": may_edit, "add_url": add_url}


def deals_of_company(record: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the deals of a company, with what is open and what was won."""
    return summed(record, Q(company=record.pk), f"company={record.pk}", request)


def deals_of_product(record: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the deals about a product."""
    return summed(record, Q(product=record.pk), f"product={record.pk}", request)


def deals_of_person(record: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the deals in which a person has a say."""
    named = DealPerson.objects.filter(person=record.pk).values("deal_id")
    # A union and no "or": each half has an index of its own.
    theirs = Deal.objects.filter(person=record.pk).order_by().values("pk").union(named)
    return summed(record, Q(pk__in=theirs), f"person={record.pk}", request)


def summed(record: Any, which: Q, address: str, request: HttpRequest) -> dict[str, Any]:
    """Return the newest deals that the viewer sees, open ones first, and sums by state."""
    access = access_for(request.user)
    rows: QuerySet[Deal] = Deal.objects.visible_to(request.user).filter(which)
    sums = {
        row["status"]: row
        for row in rows.order_by().values("status").annotate(count=Count("pk"), total=Sum("base_minor"))
    }
    currency = Organisation.load().base_currency
    tells_money = access.field_level(Deal, "amount") != "hidden"
    shown = rows.only("name", "amount", "currency", "stage_id").order_by(
        "-is_open", "-stage_entered_at", "-pk"
    )[:SHOWN]
    stages = catalogue().stages
    list_url = reverse("sales:deal_list")
    return {
        "deals": [
            {"deal": deal, "title": short_title(deal.name, record), "stage": stages[deal.stage_id]}
            for deal in shown
        ],
        "sums": [
            {
                "text": counted(status, sums[status]["count"]),
                "url": f"{list_url}?{address}&status={status}",
                "total": format_minor(sums[status]["total"] or None, currency) if tells_money else "",
            }
            for status in STATES
            if status in sums
        ],
        "count": text_number(sum(row["count"] for row in sums.values())) or "0",
        "more_url": f"{list_url}?{address}" if sums else "",
        "add_url": f"{reverse('sales:deal_quick')}?{address}" if access.can(Deal, "add") else "",
    }


def counted(status: str, count: int) -> str:
    """Say how many deals are in a state."""
    if status == StageKind.WON:
        text = ngettext("%(count)s won", "%(count)s won", count)
    elif status == StageKind.LOST:
        text = ngettext("%(count)s lost", "%(count)s lost", count)
    else:
        text = ngettext("%(count)s open", "%(count)s open", count)
    return text % {"count": text_number(count)}


def short_title(name: str, record: Any) -> str:
    """Return a deal's name without the company's, on the page of that company."""
    return name.removeprefix(f"{record.name} · ") if isinstance(record, Company) else name


def register() -> None:
    """Put the deals on the pages of companies and people."""
    for key, context in (("contacts.company", deals_of_company), ("contacts.person", deals_of_person)):
        register_panel(
            on=key,
            panel=RelatedPanel(
                key="deals",
                title=_("Deals"),
                template="sales/deals_panel.html",
                context=context,
                permission="sales.deal",
                order=20,
            ),
        )
