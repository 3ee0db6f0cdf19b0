"""What a new deal starts with."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.identity.models import Organisation
from crm.records.drafts import RecordErrors
from crm.records.models import Event, EventLink
from sales.models import Deal, DealPerson, StageChange
from sales.services import DealService
from tests.factories.contacts import CompanyFactory, PersonFactory
from tests.factories.identity import join
from tests.factories.sales import NOON, PipelineFactory, ProductFactory, made_deal, stage

if TYPE_CHECKING:
    from crm.identity.models import Team, User

pytestmark = pytest.mark.django_db


def test_a_new_deal_stands_in_the_first_stage_of_the_default_pipeline(ann: User) -> None:
    deal = made_deal(actor=ann, name="Lathes")

    assert deal.stage == stage("Prospecting")
    assert (deal.status, deal.is_open, deal.probability) == ("open", True, 10)
    assert deal.stage_entered_at == NOON
    assert deal.opened_on == date(2026, 3, 2)


def test_a_new_deal_belongs_to_its_maker_and_the_makers_main_team(ann: User, team_a: Team) -> None:
    deal = made_deal(actor=ann)

    assert (deal.owner, deal.team) == (ann, team_a)


def test_the_team_follows_a_new_owner(ann: User, bob: User, team_b: Team, root: User) -> None:
    deal = made_deal(actor=ann)

    DealService().update([deal], {"owner": bob}, actor=root, at=NOON)

    assert Deal.objects.get().team == team_b


def test_of_several_teams_the_main_one_counts(ann: User, team_a: Team, team_b: Team) -> None:
    join(ann, team_b, primary=False)

    assert made_deal(actor=ann).team == team_a


def test_deals_are_numbered_one_after_the_other() -> None:
    first, second = made_deal(), made_deal()

    assert second.number == first.number + 1


def test_a_deal_without_a_name_is_called_by_company_and_product() -> None:
    company, product = CompanyFactory(name="Cancity"), ProductFactory(name="GTX Pro")

    assert made_deal(name="", company=company, product=product).name == "Cancity · GTX Pro"
    assert made_deal(name="", product=product).name.startswith("GTX Pro · ")


def test_a_deal_is_in_the_currency_of_its_pipeline_or_of_the_house() -> None:
    organisation = Organisation.load()
    organisation.base_currency = "EUR"
    organisation.save()

    assert made_deal().currency == "EUR"
    assert made_deal(pipeline=PipelineFactory(currency="GBP")).currency == "GBP"


def test_the_contact_person_is_among_the_people_of_the_deal() -> None:
    person = PersonFactory()

    deal = made_deal(person=person)

    assert DealPerson.objects.get().person == person
    assert list(deal.people.all()) == [person]


def test_a_deal_shows_on_the_timelines_of_its_company_and_person() -> None:
    company, person = CompanyFactory(), PersonFactory()

    deal = made_deal(company=company, person=person)

    event = Event.objects.get()
    assert event.name == "deal.created"
    links = set(EventLink.objects.values_list("type_id", "record_id"))
    assert links == {(4, deal.pk), (2, company.pk), (1, person.pk)}


def test_a_pipeline_of_other_teams_is_refused(ann: User, team_b: Team) -> None:
    pipeline = PipelineFactory(name="Theirs")
    pipeline.teams.add(team_b)

    with pytest.raises(RecordErrors) as refused:
        made_deal(actor=ann, pipeline=pipeline)

    assert refused.value.is_forbidden


def test_another_pipeline_starts_with_its_own_first_stage() -> None:
    pipeline = PipelineFactory()

    assert made_deal(pipeline=pipeline).stage.name == "Talk"


def test_a_stage_alone_names_its_pipeline() -> None:
    pipeline = PipelineFactory()

    assert made_deal(stage=pipeline.stages.get(name="Yes")).pipeline == pipeline


def test_a_deal_changes_its_pipeline_and_keeps_its_kind_of_stage(root: User) -> None:
    deal, pipeline = made_deal(stage="Won"), PipelineFactory()

    DealService().update([deal], {"pipeline": pipeline}, actor=root, at=NOON)

    assert Deal.objects.get().stage.name == "Yes"


def test_an_amount_below_zero_is_refused() -> None:
    with pytest.raises(RecordErrors) as refused:
        made_deal(amount=Decimal(-1))

    assert "amount" in refused.value.errors


def test_a_deal_opened_in_the_past_entered_its_stage_then() -> None:
    deal = made_deal(opened_on=date(2026, 2, 1))

    assert deal.stage_entered_at.date() == date(2026, 2, 1)
    assert StageChange.objects.get().entered_at == deal.stage_entered_at


def test_five_hundred_deals_cost_no_more_statements_than_sixty(ann: User) -> None:
    made_deal(actor=ann)
    company = CompanyFactory()
    counts = []
    for many in (60, 500):
        rows = [
            {"name": f"Deal {number}", "company": company, "amount": Decimal(5)} for number in range(many)
        ]
        with CaptureQueriesContext(connection) as caught:
            DealService().create(rows, actor=ann, at=NOON)
        counts.append(len(caught))

    assert counts[0] == counts[1]


def test_moving_five_hundred_deals_costs_no_more_statements_than_sixty(root: User) -> None:
    rows = [{"name": f"Deal {number}"} for number in range(560)]
    deals = [draft.record for draft in DealService().create(rows, actor=root, at=NOON)]
    counts = []
    for part in (deals[:60], deals[60:]):
        with CaptureQueriesContext(connection) as caught:
            DealService().update(part, {"stage": stage("Engaging")}, actor=root, at=NOON + timedelta(days=1))
        counts.append(len(caught))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("via", ["page", "rest"])
def test_a_deal_by_hand_needs_a_name_or_a_customer(root: User, via: str) -> None:
    row = {"name": " ", "stage": stage("Prospecting"), "product": ProductFactory()}

    with pytest.raises(RecordErrors, match="Give the deal a name, a company or a person"):
        DealService().create([row], actor=root, at=NOON, via=via)


def test_a_file_may_bring_a_deal_that_only_names_its_product() -> None:
    row = {"stage": stage("Prospecting"), "product": ProductFactory(name="GTX Pro")}

    deal = DealService().create([row], actor=None, at=NOON, via="import")[0].record

    assert deal.name == f"GTX Pro · {deal.number}"


def test_a_name_may_be_taken_away_while_a_customer_is_left(ann: User, root: User) -> None:
    company = CompanyFactory(name="Acme", owner=root)
    deal = made_deal(actor=root, name="Licences", company=company)

    DealService().update([deal], {"name": ""}, actor=root, at=NOON)

    assert Deal.objects.get().name == f"Acme · {deal.number}"
