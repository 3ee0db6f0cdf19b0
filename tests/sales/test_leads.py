"""Leads: cleaned and named as they come in, dropped with a reason, converted with their history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import ValidationError

from contacts.models import Company, Person
from crm.records import journal
from crm.records.drafts import RecordErrors
from crm.records.models import Event, EventLink
from crm.records.registry import service_for
from crm.timeline.services import add_note, plan_activity
from sales.models import Deal, Lead, LeadStatus
from sales.services import LeadIsConverted, Wish, convert_lead, drop_leads, take_leads
from tests.factories.leads import drop_reason, made_lead
from tests.factories.sales import NOON, made_deal, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db

ALL_NEW = Wish(new_company={}, new_person={}, new_deal={})


def service() -> Any:
    return service_for(Lead)


def test_a_lead_is_named_after_who_it_is(ann: User) -> None:
    lead = made_lead(owner=ann)

    assert lead.name == "Maria Sokolova · Northwood"
    assert (lead.status, lead.is_live) == (LeadStatus.NEW, True)
    assert lead.team_id == ann.primary_team.pk
    assert lead.assigned_at == NOON


def test_a_lead_of_whom_nothing_is_known_is_refused(ann: User) -> None:
    with pytest.raises(RecordErrors) as refused:
        service().create([{"message": "hello"}], actor=ann, at=NOON)

    assert "Give a name" in refused.value.errors["person_name"][0].message


def test_an_address_that_is_none_is_refused_beside_its_field(ann: User) -> None:
    with pytest.raises(RecordErrors) as refused:
        service().create([{"email": "maria(at)northwood"}], actor=ann, at=NOON)

    assert list(refused.value.errors) == ["email"]


def test_whoever_takes_a_lead_that_is_nobodys_owns_it(root: User) -> None:
    lead = made_lead()

    take_leads(records=[lead], actor=root, at=NOON)

    assert refreshed(lead).owner == root
    assert refreshed(lead).status == LeadStatus.WORKING


def test_a_lead_is_dropped_only_with_a_reason(ann: User) -> None:
    lead = made_lead(owner=ann)

    with pytest.raises(RecordErrors) as refused:
        service().update([lead], {"status": LeadStatus.DROPPED}, actor=ann, at=NOON)
    drop_leads(records=[lead], actor=ann, at=NOON, drop_reason=drop_reason())

    assert refused.value.errors["drop_reason"][0].message == "Say why the lead is dropped."
    assert refreshed(lead).status == LeadStatus.DROPPED


def test_no_door_marks_a_lead_converted_without_converting_it(
    ann: User, client_for: Callable[[User], Client]
) -> None:
    lead = made_lead(owner=ann)
    board = client_for(ann).post("/sales/leads/board/move/", {"id": lead.pk, "to": "converted"})

    with pytest.raises(RecordErrors) as refused:
        service().update([lead], {"status": LeadStatus.CONVERTED}, actor=ann, at=NOON)

    assert "its own page" in refused.value.errors["status"][0].message
    assert board.status_code >= 400
    assert refreshed(lead).status == LeadStatus.NEW


def test_a_lead_becomes_a_company_a_person_and_a_deal(ann: User) -> None:
    lead = made_lead(owner=ann, website="northwood.example")

    done, _job = convert_lead(lead=lead, wish=ALL_NEW, actor=ann, at=NOON)

    assert done.status == LeadStatus.CONVERTED
    assert done.company is not None
    assert done.company.domains == ["northwood.example"]
    assert done.person is not None
    assert (done.person.name, done.person.company) == ("Maria Sokolova", done.company)
    assert done.deal is not None
    assert (done.deal.company, done.deal.person, done.deal.owner) == (done.company, done.person, ann)
    assert done.deal.description == "What does an assembly line cost?"


def test_a_lead_joins_the_person_and_the_deal_that_are_known(ann: User) -> None:
    deal = made_deal(owner=ann, company=company("Northwood"))
    maria = person("Maria", company=deal.company, owner=ann)
    lead = made_lead(owner=ann)

    done, _job = convert_lead(
        lead=lead, wish=Wish(person=maria, company=deal.company, deal=deal), actor=ann, at=NOON
    )

    assert Deal.objects.count() == 1
    assert done.deal == deal
    assert list(deal.people.all()) == [maria]
    assert {point.value for point in maria.contact_points.all()} == {
        "maria@northwood.example",
        "+1 212-555-0123",
    }


def test_somebody_elses_person_is_joined_but_not_changed(ann: User, bob: User) -> None:
    maria = person("Maria", owner=bob)
    lead = made_lead(owner=ann)

    done, _job = convert_lead(lead=lead, wish=Wish(person=maria, new_deal={}), actor=ann, at=NOON)

    assert done.person == maria
    assert not maria.contact_points.exists()


def test_lead_and_deal_share_one_timeline(ann: User) -> None:
    lead = made_lead(owner=ann)
    add_note(records=[lead], body="She is in a hurry", actor=ann, at=NOON)

    done, _job = convert_lead(lead=lead, wish=ALL_NEW, actor=ann, at=NOON)
    assert done.deal is not None
    add_note(records=[done.deal], body="Price sent", actor=ann, at=NOON)

    of_deal = {event.name for event in told_of(done.deal)}
    of_lead = [event.name for event in told_of(lead)]
    assert {"lead.created", "lead.converted", "note.added", "deal.created"} <= of_deal
    assert of_lead.count("note.added") == 2


def test_what_was_planned_with_the_lead_is_planned_with_the_deal(ann: User) -> None:
    lead = made_lead(owner=ann)
    plan_activity(records=[lead], kind="call", subject="Call back", due_at=NOON, actor=ann, at=NOON)

    done, _job = convert_lead(lead=lead, wish=ALL_NEW, actor=ann, at=NOON)

    assert refreshed(done.deal).next_due_at == NOON


def test_a_conversion_is_undone_as_if_it_had_never_been(ann: User) -> None:
    lead = made_lead(owner=ann)
    deal = made_deal(owner=ann)
    done, job = convert_lead(
        lead=lead, wish=Wish(new_person={}, new_company={}, deal=deal), actor=ann, at=NOON
    )
    assert done.is_converted

    result = journal.undo(job=job, actor=ann, at=NOON)

    again = refreshed(lead)
    assert result.kept == []
    assert (again.status, again.deal, again.person, again.company) == (LeadStatus.NEW, None, None, None)
    assert (Person.objects.count(), Company.objects.filter(name="Northwood").count()) == (0, 0)
    assert "lead.created" not in {event.name for event in told_of(deal)}


def test_a_converted_lead_is_not_converted_again(ann: User) -> None:
    lead = made_lead(owner=ann)
    convert_lead(lead=lead, wish=ALL_NEW, actor=ann, at=NOON)

    with pytest.raises(LeadIsConverted):
        convert_lead(lead=lead, wish=ALL_NEW, actor=ann, at=NOON)
    with pytest.raises(ValidationError):
        take_leads(records=[refreshed(lead)], actor=ann, at=NOON)

    assert Deal.objects.count() == 1


def test_the_page_offers_who_is_known_and_converts_onto_them(
    ann: User, client_for: Callable[[User], Client]
) -> None:
    maria = person("Maria Sokolova", email="maria@northwood.example", owner=ann)
    lead = made_lead(owner=ann)
    browser = client_for(ann)
    page = browser.get(f"/sales/leads/{lead.pk}/convert/").content.decode()

    answer = browser.post(
        f"/sales/leads/{lead.pk}/convert/",
        {
            "company": "new",
            "company_name": "Northwood Ltd",
            "person": str(maria.pk),
            "deal": "new",
            "stage": stage("Prospecting").pk,
            "amount": "1200",
            "currency": "USD",
        },
    )

    assert "same e-mail" in page
    deal = Deal.objects.get()
    assert answer.headers["Location"] == f"/sales/deals/{deal.pk}/"
    assert (deal.person, str(deal.company), deal.amount) == (maria, "Northwood Ltd", 1200)


def test_nothing_chosen_is_said_beside_the_form(ann: User, client_for: Callable[[User], Client]) -> None:
    lead = made_lead(owner=ann)

    answer = client_for(ann).post(
        f"/sales/leads/{lead.pk}/convert/", {"company": "none", "person": "none", "deal": "none"}
    )

    assert answer.status_code == 422
    assert "Choose at least one" in answer.content.decode()


def test_a_lead_of_another_team_is_not_there(
    bob: User, ann: User, client_for: Callable[[User], Client]
) -> None:
    lead = made_lead(owner=ann)

    answer = client_for(bob).get(f"/sales/leads/{lead.pk}/convert/")

    assert answer.status_code == 404


def refreshed(record: Any) -> Any:
    """Return a record as it is stored now."""
    return type(record).all_objects.get(pk=record.pk)


def told_of(record: Any) -> list[Event]:
    """Return what stands on the timeline of a record."""
    links = EventLink.objects.filter(type_id=record.record_type.id, record_id=record.pk)
    return list(Event.objects.filter(pk__in=links.values("event_id")))


def company(name: str) -> Company:
    found: Any = service_for(Company)
    made: Company = found.create([{"name": name}], actor=None, at=NOON)[0].record
    return made


def person(name: str, **values: Any) -> Person:
    found: Any = service_for(Person)
    made: Person = found.create([{"name": name, **values}], actor=None, at=NOON)[0].record
    return made
