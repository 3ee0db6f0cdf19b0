"""What administrators set up, and how deals follow it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from contacts.services import CompanyService
from crm.identity.models import FieldRule, Organisation, Role
from crm.records import jobs, search
from crm.records.models import Event
from sales import setup, tasks
from sales.models import LostReason, Pipeline, Stage, StageKind
from tests.factories.contacts import CompanyFactory
from tests.factories.identity import rights_changed
from tests.factories.sales import NOON, PipelineFactory, made_deal, rate, refreshed, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

    SignIn = Callable[[User], Client]

pytestmark = pytest.mark.django_db


def emptied() -> None:
    Stage.objects.all().delete()
    Pipeline.objects.all().delete()
    LostReason.objects.all().delete()


def test_a_new_house_has_one_pipeline_from_prospecting_to_lost() -> None:
    setup.ensure_defaults()

    stages = Stage.objects.order_by("position").values_list("name", "kind", "probability")
    assert list(stages) == [
        ("Prospecting", "open", 10),
        ("Engaging", "open", 40),
        ("Proposal", "open", 60),
        ("Negotiation", "open", 80),
        ("Won", "won", 100),
        ("Lost", "lost", 0),
    ]
    assert LostReason.objects.get(counted=False).name == "Not recorded"


def test_a_russian_house_names_its_stages_in_russian() -> None:
    emptied()
    Organisation.objects.update_or_create(pk=1, defaults={"language": "ru"})

    setup.ensure_defaults()

    assert Stage.objects.get(kind=StageKind.WON).name == "Выиграна"
    assert "Won" in Stage.objects.get(kind=StageKind.WON).also_called


def test_first_names_follow_a_new_language_and_own_names_stay() -> None:
    setup.ensure_defaults()
    Stage.objects.filter(name="Proposal").update(name="Our offer")

    setup.rename_defaults("ru")

    assert Pipeline.objects.get(is_default=True).name == "Продажи"
    names = set(Stage.objects.filter(pipeline__is_default=True).values_list("name", flat=True))
    assert {"Новая", "В работе", "Our offer", "Переговоры"} <= names


def test_a_stage_may_not_change_its_kind_once_deals_stood_there(root: User, client_for: SignIn) -> None:
    deal = made_deal()

    answer = client_for(root).post(
        f"/admin/sales/stage/{deal.stage_id}/change/",
        {"name": "Prospecting", "kind": "won", "position": 1, "probability": 100, "color": "blue"},
    )

    assert "Deals stand or stood in this stage" in answer.content.decode()


def stage_rows(pipeline: Pipeline, **changed: Any) -> dict[str, Any]:
    """Return the page of a pipeline as a browser would send it."""
    stages = list(pipeline.stages.order_by("position"))
    rows: dict[str, Any] = {
        "name": pipeline.name,
        "position": pipeline.position,
        "is_default": "on" if pipeline.is_default else "",
        "is_active": "on",
        "stages-TOTAL_FORMS": len(stages),
        "stages-INITIAL_FORMS": len(stages),
    }
    for number, one in enumerate(stages):
        values = {
            "id": one.pk,
            "pipeline": pipeline.pk,
            "name": one.name,
            "kind": one.kind,
            "position": one.position,
            "probability": one.probability,
            "rot_days": one.rot_days or "",
            "color": one.color,
        }
        rows |= {f"stages-{number}-{name}": value for name, value in values.items()}
    return rows | changed


def test_deals_follow_a_new_probability_of_their_stage(root: User, client_for: SignIn) -> None:
    deal = made_deal()
    page = stage_rows(deal.pipeline, **{"stages-0-probability": 25})

    client_for(root).post(f"/admin/sales/pipeline/{deal.pipeline_id}/change/", page)
    jobs.start("stage_probabilities", actor=root, title="Follow", now=True)

    assert Stage.objects.get(pk=deal.stage_id).probability == 25
    assert (refreshed(deal).probability, refreshed(deal).version) == (25, 1)


def test_a_pipeline_keeps_a_way_to_win_and_to_lose(root: User, client_for: SignIn) -> None:
    pipeline = PipelineFactory()
    page = stage_rows(pipeline, **{"stages-1-DELETE": "on"})

    answer = client_for(root).post(f"/admin/sales/pipeline/{pipeline.pk}/change/", page)

    assert "at least one open, one won and one lost stage" in answer.content.decode()
    assert pipeline.stages.count() == 3


def test_what_a_stage_asks_for_is_ticked(root: User, client_for: SignIn) -> None:
    engaging = stage("Engaging")

    client_for(root).post(
        f"/admin/sales/stage/{engaging.pk}/change/",
        {
            "name": engaging.name,
            "kind": "open",
            "position": 2,
            "probability": 40,
            "color": "azure",
            "required_fields": ["amount", "person"],
        },
    )

    assert Stage.objects.get(pk=engaging.pk).required_fields == ["amount", "person"]


def test_a_rate_entered_by_an_administrator_reaches_open_deals(root: User, client_for: SignIn) -> None:
    rate("EUR", "1.10")
    deal = made_deal(amount=Decimal(100), currency="EUR")

    client_for(root).post(
        "/admin/records/currencyrate/add/", {"currency": "EUR", "on": "2026-02-01", "rate": "1.30"}
    )
    tasks.on_rates_changed(event_id=Event.objects.get(name="currencyrate.created").pk)

    assert refreshed(deal).base_minor == 13_000


def test_a_deal_is_found_by_the_new_name_of_its_company(root: User) -> None:
    company = CompanyFactory(name="Oldname")
    made_deal(name="Lathes", company=company)
    CompanyService().update([company], {"name": "Brandnew"}, actor=root, at=NOON)

    tasks.on_customer_changed(event_id=Event.objects.get(name="company.updated").pk)

    assert [hit.title for hit in search.find(root, "brandnew") if hit.ref.type_id == 4] == ["Lathes"]


def test_who_may_not_see_amounts_sees_none(ann: User, client_for: SignIn) -> None:
    role = Role.objects.get(key="sales_rep")
    FieldRule.objects.create(role=role, record_type="sales.deal", field="amount", level="hidden")
    rights_changed()
    company = CompanyFactory(owner=ann)
    values = {"owner": ann, "company": company, "amount": Decimal(777777)}
    deal = made_deal(**values, closed_at=datetime(2026, 1, 5, tzinfo=UTC), stage="Won")
    made_deal(**values)
    client = client_for(ann)

    pages = (
        "/sales/deals/?cols=name,amount,base_minor,weighted",
        "/sales/deals/count/",
        "/sales/deals/board/",
        deal.get_absolute_url(),
        company.get_absolute_url(),
        f"/api/v1/deals/{deal.pk}/",
        "/sales/deals/export/?format=csv",
    )
    shown = {address: b"".join(client.get(address)) for address in pages}
    assert [address for address, page in shown.items() if b"777,777" in page or b"777777" in page] == []
