"""What rules may know of deals and leads: what happens, what can be done, and rules ready to be taken."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.automation.catalogue import (
    Address,
    Example,
    Happening,
    register_addresses,
    register_examples,
    register_happenings,
    register_load,
    register_steps,
)
from crm.automation.steps.records import DoVerb
from sales.models import Deal, Lead

DEAL = "sales.deal"
LEAD = "sales.lead"


def task(subject: str, days: int, who: str = "owner", kind: str = "task") -> dict[str, Any]:
    given = {"kind": kind, "subject": subject, "days": days, "working": True, "who": who}
    return {"step": "plan", "with": given}


def notice(text: str, who: str) -> dict[str, Any]:
    return {"step": "notify", "with": {"who": who, "text": text}}


EXAMPLES = (
    Example(
        key="sales.won",
        trade="sales",
        name=gettext_lazy("After a won deal: ask how it went"),
        note=gettext_lazy("Five working days after the deal is won its owner calls the customer."),
        icon="trophy",
        build=lambda: {
            "type": "deals",
            "trigger": "event",
            "when": {"events": ["deal.won"]},
            "steps": [task(_("Ask {{ company | the customer }} how it went"), 5, kind="call")],
        },
    ),
    Example(
        key="sales.big",
        trade="sales",
        name=gettext_lazy("Tell the lead of a big deal"),
        note=gettext_lazy("A deal over 10,000 is created: the lead of the team hears of it."),
        icon="currency-dollar",
        build=lambda: {
            "type": "deals",
            "trigger": "created",
            "condition": {"filter": "amount", "value": ["10000.."]},
            "steps": [notice(_("A big deal of {{ owner.name }}: {{ title }}, {{ amount }}"), "lead")],
        },
    ),
    Example(
        key="sales.late",
        trade="sales",
        name=gettext_lazy("The expected close has passed"),
        note=gettext_lazy("The day after the expected close of an open deal its owner sets it right."),
        icon="calendar-event",
        build=lambda: {
            "type": "deals",
            "trigger": "date",
            "when": {"field": "expected_on", "days": 1, "side": "after", "at": "09:00"},
            "condition": {"filter": "status", "value": ["open"]},
            "steps": [task(_("{{ title }}: close it or move the date"), 1)],
        },
    ),
    Example(
        key="sales.lost",
        trade="sales",
        name=gettext_lazy("Try a lost deal again after half a year"),
        note=gettext_lazy("A deal is lost: its owner gets a call to make in 130 working days."),
        icon="refresh",
        build=lambda: {
            "type": "deals",
            "trigger": "event",
            "when": {"events": ["deal.lost"]},
            "steps": [
                task(_("{{ company | The customer }} said no half a year ago: ask again"), 130, kind="call")
            ],
        },
    ),
    Example(
        key="sales.handover",
        trade="sales",
        name=gettext_lazy("A button that hands a deal over to the lead"),
        note=gettext_lazy("The button stands on the deal; the lead becomes the owner and gets a task."),
        icon="user-share",
        build=lambda: {
            "type": "deals",
            "trigger": "button",
            "when": {"label": _("Hand over to the lead"), "icon": "user-check", "who": "owner"},
            "steps": [
                {"step": "assign", "with": {"to": "lead"}},
                task(_("Take over {{ title }}"), 1),
            ],
        },
    ),
)


def email_of(deal: Any) -> str:
    """Return the address of a deal's contact person, unless they want no mail; else the company's."""
    if deal.person is not None:
        return "" if deal.person.do_not_contact else str(deal.person.email or "")
    return str(deal.company.email or "") if deal.company is not None else ""


def lead_email(lead: Any) -> str:
    """Return a lead's address, unless it belongs to somebody who wants no mail."""
    if lead.person is not None and lead.person.do_not_contact:
        return ""
    return str(lead.email)


def register() -> None:
    register_happenings(
        DEAL,
        Happening("deal.won", gettext_lazy("a deal is won")),
        Happening("deal.lost", gettext_lazy("a deal is lost")),
        Happening("deal.reopened", gettext_lazy("a deal is reopened")),
        Happening("deal.stage_changed", gettext_lazy("a deal moves to another stage")),
    )
    register_steps(
        DoVerb(Deal, "win", label=gettext_lazy("Win the deal"), icon="trophy"),
        DoVerb(Deal, "lose", label=gettext_lazy("Lose the deal"), icon="thumb-down"),
        DoVerb(Deal, "reopen", label=gettext_lazy("Reopen the deal"), icon="rotate"),
    )
    register_load(DEAL, Q(is_open=True))
    register_addresses(DEAL, Address("person", gettext_lazy("contact person, or else the company"), email_of))
    register_examples(EXAMPLES)
    register_leads()


def register_leads() -> None:
    register_happenings(
        LEAD,
        Happening("lead.converted", gettext_lazy("a lead is converted")),
        Happening("lead.dropped", gettext_lazy("a lead is dropped")),
    )
    register_steps(
        DoVerb(Lead, "take", label=gettext_lazy("Take the lead on"), icon="user-check"),
        DoVerb(Lead, "drop", label=gettext_lazy("Drop the lead"), icon="thumb-down"),
        DoVerb(Lead, "reopen", label=gettext_lazy("Take the lead up again"), icon="rotate"),
    )
    register_load(LEAD, Q(is_live=True))
    register_addresses(LEAD, Address("lead", gettext_lazy("whoever showed interest"), lead_email))
