"""Leads that nobody owns are handed out by rules: in turn or to whoever has least, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from crm.automation import rehearsing
from crm.automation.models import Assignment, Rotation, Rule
from crm.records.registry import service_for
from sales.models import Lead, LeadStatus
from sales.services import drop_leads
from tests.factories.automation import made_rule, rotation, step, work
from tests.factories.leads import drop_reason

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
NOBODYS = {"filter": "owner", "value": ["none"]}


def handing_out(author: User, turns: Rotation, **parts: Any) -> Rule:
    """A rule that gives new leads of nobody to the next of a rotation."""
    given = step("assign", to="rotation", rotation=turns.pk)
    return made_rule(
        author, **{"name": "New leads", "type": "leads", "condition": NOBODYS, "steps": [given], **parts}
    )


def came(name: str, **values: Any) -> Lead:
    """A lead comes in by a form."""
    service: Any = service_for(Lead)
    row = {"person_name": name, **values}
    lead: Lead = service.create([row], actor=None, at=timezone.now(), via="form")[0].record
    return lead


def now(lead: Lead) -> Lead:
    return Lead.objects.get(pk=lead.pk)


def test_new_leads_of_nobody_go_round_and_say_why(root: User, ann: User, bob: User) -> None:
    turns = rotation(ann, bob)
    handing_out(root, turns)

    leads = [came(name) for name in ("Vera", "Oleg", "Nina")]
    work()

    assert [now(lead).owner for lead in leads] == [ann, bob, ann]
    assert now(leads[0]).assigned_why == "Rule “New leads”: next in turn"
    assert now(leads[0]).assigned_at is not None
    assert now(leads[0]).team_id == ann.primary_team.pk
    assert Assignment.objects.count() == 3


def test_a_lead_that_has_an_owner_keeps_them(root: User, ann: User, bob: User) -> None:
    handing_out(root, rotation(bob))

    lead = came("Vera", owner=ann)
    work()

    assert now(lead).owner == ann
    assert now(lead).assigned_why == ""


def test_least_loaded_counts_open_leads_only(root: User, ann: User, bob: User) -> None:
    dropped = [came(f"Old {number}", owner=bob) for number in range(3)]
    drop_leads(records=dropped, actor=root, at=timezone.now(), drop_reason=drop_reason())
    came("Open", owner=ann)
    handing_out(root, rotation(ann, bob, by="load"))

    lead = came("Vera")
    work()

    assert now(lead).owner == bob
    assert "has least open (0)" in now(lead).assigned_why


def test_who_pauses_or_is_full_for_today_is_passed_over(root: User, ann: User, bob: User) -> None:
    turns = rotation(ann, bob)
    turns.seats.filter(user=ann).update(is_paused=True)
    turns.seats.filter(user=bob).update(most_a_day=1)
    handing_out(root, turns)

    first, second = came("Vera"), came("Oleg")
    work()

    assert now(first).owner == bob
    assert "Ann North pauses" in now(first).assigned_why
    assert now(second).owner is None


def test_the_first_rule_that_fits_hands_out(root: User, ann: User, bob: User) -> None:
    spring = {"all": [NOBODYS, {"filter": "campaign", "value": ["spring"]}]}
    handing_out(root, rotation(bob), name="Spring", condition=spring)
    handing_out(root, rotation(ann), name="The rest")

    of_spring, other = came("Vera", utm_campaign="spring"), came("Oleg")
    work()

    assert (now(of_spring).owner, now(other).owner) == (bob, ann)
    assert now(of_spring).assigned_why.startswith("Rule “Spring”")


def test_a_rehearsal_gives_nothing_away(root: User, ann: User) -> None:
    lead = came("Vera")
    rule = handing_out(root, rotation(ann), on=False)

    found = rehearsing.rehearse(rule, lead, timezone.now())

    assert found.fits
    assert "Ann North" in str(found.steps)
    assert now(lead).owner is None
    assert not Assignment.objects.exists()


def test_a_rule_takes_leads_on(root: User, ann: User) -> None:
    made_rule(root, type="leads", steps=[step("sales.lead.take")])

    lead = came("Vera", owner=ann)
    work()

    assert now(lead).status == LeadStatus.WORKING
