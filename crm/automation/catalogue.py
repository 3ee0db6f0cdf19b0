"""What rules are put together from: happenings, steps, loads and examples, handed in by trades.

A trade calls these from ``AppConfig.ready``. What it does not hand in, no rule can use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from crm.records import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db import models
    from django.utils.functional import Promise

    from crm.automation.steps.base import Step


@dataclass(frozen=True, slots=True)
class Happening:
    """One kind of event that rules may wait for. ``label`` ends "when …": "a deal is won"."""

    name: str
    label: str | Promise


@dataclass(frozen=True, slots=True)
class Address:
    """A way from a record to an e-mail address: the person of a deal."""

    key: str
    label: str | Promise
    find: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Example:
    """A rule that is ready to be taken: ``build`` returns its parts as the service takes them."""

    key: str
    trade: str
    name: str | Promise
    note: str | Promise
    icon: str
    build: Callable[[], dict[str, Any]]


@dataclass(slots=True)
class Catalogue:
    """Everything that was handed in."""

    _happenings: dict[str, dict[str, Happening]] = field(default_factory=dict)
    _steps: dict[str, Step] = field(default_factory=dict)
    _loads: dict[str, Q] = field(default_factory=dict)
    _addresses: dict[str, list[Address]] = field(default_factory=dict)
    _examples: dict[str, Example] = field(default_factory=dict)

    def happenings(self, model: type[models.Model]) -> dict[str, Happening]:
        """Return the events of a type that rules may wait for, by name."""
        return self._happenings.get(model._meta.label_lower, {})

    def all_happenings(self) -> dict[str, str]:
        """Return the labels of all events that hooks may hear of, by name."""
        found: dict[str, str] = {}
        for record_type in registry.types():
            name = record_type.model._meta.model_name
            for verb in ("created", "updated", "deleted", "restored"):
                found[f"{name}.{verb}"] = ""
            for one in self.happenings(record_type.model).values():
                found[one.name] = str(one.label)
        return found

    def steps(self, model: type[models.Model]) -> list[Step]:
        """Return what rules over this type can do, in order."""
        return sorted(
            (one for one in self._steps.values() if one.is_offered(model)), key=lambda one: one.order
        )

    def step(self, key: str) -> Step | None:
        return self._steps.get(key)

    def load(self, model: type[models.Model]) -> Q:
        """Return which records of a type count as open work of their owner."""
        return self._loads.get(model._meta.label_lower, Q())

    def addresses(self, model: type[models.Model]) -> list[Address]:
        return self._addresses.get(model._meta.label_lower, [])

    def examples(self) -> list[Example]:
        return list(self._examples.values())

    def example(self, key: str) -> Example | None:
        return self._examples.get(key)


catalogue = Catalogue()


def register_happenings(key: str, *found: Happening) -> None:
    """Offer events of the type ``key`` ("sales.deal") to rules."""
    catalogue._happenings.setdefault(key, {}).update({one.name: one for one in found})


def register_steps(*found: Step) -> None:
    """Offer something that rules can do."""
    catalogue._steps.update({one.key: one for one in found})


def register_load(key: str, condition: Q) -> None:
    """Say which records of the type ``key`` are open work: what "least load" counts."""
    catalogue._loads[key] = condition


def register_addresses(key: str, *found: Address) -> None:
    """Say to whom letters about records of the type ``key`` may go."""
    catalogue._addresses.setdefault(key, []).extend(found)


def register_examples(found: Iterable[Example]) -> None:
    """Offer rules that are ready to be taken."""
    catalogue._examples.update({one.key: one for one in found})
