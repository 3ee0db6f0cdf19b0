"""The likelihood on pages: learned from the pipeline's own deals, told with reasons, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from contacts.models import Source
from crm.identity.models import FieldRule
from crm.records.registry import service_for
from sales import likelihood
from sales.models import Deal, ScoreModel
from tests.factories.identity import rights_changed
from tests.factories.leads import made_lead
from tests.factories.sales import NOON, made_deal, reason, refreshed, stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def sources() -> list[Source]:
    return [Source.objects.create(name="Word of mouth"), Source.objects.create(name="Cold list")]


def close(sources: list[Source], owner: User, count: int = 200) -> None:
    """Close deals: of those by word of mouth nine in ten are won, of the cold list one."""
    stage("Won")
    rows = []
    for number in range(count):
        warm = number % 2 == 0
        is_odd_one_out = number % 20 >= 18
        won = warm is not is_odd_one_out
        closed = {"stage": stage("Won")} if won else {"stage": stage("Lost"), "lost_reason": reason()}
        rows.append(
            {
                "name": f"Deal {number}",
                "source": sources[0 if warm else 1],
                "owner": owner,
                "closed_at": NOON - timedelta(hours=count - number),
                **closed,
            }
        )
    service: Any = service_for(Deal)
    service.create(rows, actor=None, at=NOON, via="import")


def page_of(browser: Client, record: Any) -> str:
    return browser.get(record.get_absolute_url()).content.decode()


def test_an_open_deal_tells_its_likelihood_and_what_helps(
    sources: list[Source], ann: User, client_for: Callable[[User], Client]
) -> None:
    close(sources, ann)
    deal = made_deal(owner=ann, source=sources[0])

    likelihood.learn_all(timezone.now())
    page = page_of(client_for(ann), deal)

    assert ScoreModel.objects.get().has_skill
    assert "Likelihood" in page
    assert "Source: Word of mouth" in page


def test_a_hidden_source_is_no_reason(
    sources: list[Source], ann: User, client_for: Callable[[User], Client]
) -> None:
    close(sources, ann)
    deal = made_deal(owner=ann, source=sources[0])
    likelihood.learn_all(timezone.now())
    FieldRule.objects.create(role=ann.roles.get(), record_type="sales.deal", field="source", level="hidden")
    rights_changed()

    page = page_of(client_for(ann), deal)

    assert "Likelihood" in page
    assert "Word of mouth" not in page


def test_a_pipeline_without_history_is_silent(ann: User, client_for: Callable[[User], Client]) -> None:
    deal = made_deal(owner=ann)

    likelihood.learn_all(timezone.now())
    browser = client_for(ann)

    assert "Likelihood" not in page_of(browser, deal)
    assert "too few deals" in browser.get("/sales/likelihood/").content.decode()


def test_open_leads_are_scored_at_night(sources: list[Source], ann: User) -> None:
    close(sources, ann)
    warm = made_lead(owner=ann, source=sources[0])
    cold = made_lead(owner=ann, source=sources[1])

    likelihood.learn_all(timezone.now())
    likelihood.follow_leads()

    found = {lead.pk: type(lead).objects.get(pk=lead.pk).likelihood for lead in (warm, cold)}
    assert found[warm.pk] > 60 > 40 > found[cold.pk]


def test_a_closed_deal_has_no_likelihood(
    sources: list[Source], ann: User, client_for: Callable[[User], Client]
) -> None:
    close(sources, ann)
    likelihood.learn_all(timezone.now())

    page = page_of(client_for(ann), refreshed(Deal.objects.filter(is_open=False)[0]))

    assert "Likelihood" not in page


def test_a_rep_may_look_but_not_learn_anew(ann: User, client_for: Callable[[User], Client]) -> None:
    browser = client_for(ann)

    assert browser.get("/sales/likelihood/").status_code == 200
    assert browser.post("/sales/likelihood/").status_code == 403
