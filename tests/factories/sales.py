"""Pipelines, products and deals, as few as a test needs. ``made_deal`` goes through the service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import factory
from factory.django import DjangoModelFactory

from crm.records.models import CurrencyRate
from crm.records.registry import service_for
from sales import setup
from sales.models import Deal, LostReason, Pipeline, Product, Stage, StageKind
from sales.services import DealService

if TYPE_CHECKING:
    from crm.identity.models import User

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class PipelineFactory(DjangoModelFactory):
    """A pipeline of its own, with three stages: Talk, Yes, No."""

    class Meta:
        model = Pipeline
        skip_postgeneration_save = True

    name = factory.Sequence(lambda number: f"Pipeline {number}")
    position = 10

    @factory.post_generation
    def stages(self: Pipeline, create: bool, _given: Any) -> None:  # type: ignore[misc]
        StageFactory(pipeline=self, name="Talk", probability=30, position=1)
        StageFactory(pipeline=self, name="Yes", kind=StageKind.WON, probability=100, position=2)
        StageFactory(pipeline=self, name="No", kind=StageKind.LOST, probability=0, position=3)


class StageFactory(DjangoModelFactory):
    class Meta:
        model = Stage

    name = factory.Sequence(lambda number: f"Stage {number}")


class ProductFactory(DjangoModelFactory):
    """A bare row: no events, no search row."""

    class Meta:
        model = Product

    name = factory.Sequence(lambda number: f"Product {number}")
    sort_name = factory.LazyAttribute(lambda product: product.name.lower())
    currency = "USD"


def stage(name: str) -> Stage:
    """Return a stage of the pipeline that every installation starts with."""
    setup.ensure_defaults()
    return Stage.objects.get(name=name, pipeline__is_default=True)


def needs(name: str, *fields: str) -> Stage:
    """Have a stage ask for ``fields`` and nothing else."""
    found = stage(name)
    found.required_fields = list(fields)
    found.save()
    return found


def reason(name: str = "Price") -> LostReason:
    """Return a lost reason."""
    setup.ensure_defaults()
    return LostReason.objects.get(name=name)


def rate(currency: str, value: str, on: date = date(2026, 1, 1)) -> CurrencyRate:
    """Say what a currency is worth in the base currency from a day on."""
    found: CurrencyRate = CurrencyRate.objects.create(currency=currency, on=on, rate=Decimal(value))
    return found


def made_deal(*, actor: User | None = None, at: datetime = NOON, via: str = "page", **values: Any) -> Deal:
    """Make a deal by the service, in the stage ``stage`` (a name) or the first one."""
    setup.ensure_defaults()
    if isinstance(values.get("stage"), str):
        values["stage"] = stage(values["stage"])
        if values["stage"].kind == StageKind.LOST:
            values.setdefault("lost_reason", reason())
    values.setdefault("name", "A deal")
    return DealService().create([values], actor=actor, at=at, via=via)[0].record


def changed(deal: Deal, *, actor: User | None = None, at: datetime = NOON, **values: Any) -> Deal:
    """Change a deal by the service and return it as it is now."""
    service: Any = service_for(Deal)
    service.update([deal], values, actor=actor, at=at)
    return refreshed(deal)


def refreshed(deal: Deal) -> Deal:
    """Return the deal as the database has it."""
    return Deal.all_objects.get(pk=deal.pk)
