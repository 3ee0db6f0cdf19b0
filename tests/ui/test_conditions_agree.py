"""Conditions against a naive reading of the same words, over worlds made up at random."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Company
from crm.ui.conditions import parse
from sales import setup
from sales.models import Deal, LostReason, Stage
from tests.factories.contacts import CompanyFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Json = dict[str, Any]
KINDS, STATUSES, TAGS = ("prospect", "customer"), ("open", "won", "lost"), ("red", "blue")


@dataclass
class FakeDeal:
    status: str
    days: int | None
    owned: bool


@dataclass
class FakeCompany:
    kind: str
    employees: int | None
    tags: list[str]
    parent: int | None
    deals: list[FakeDeal] = field(default_factory=list)


deals = st.builds(
    FakeDeal, status=st.sampled_from(STATUSES), days=st.none() | st.integers(-40, 40), owned=st.booleans()
)
companies = st.builds(
    FakeCompany,
    kind=st.sampled_from(KINDS),
    employees=st.none() | st.integers(1, 9),
    tags=st.lists(st.sampled_from(TAGS), unique=True),
    parent=st.none() | st.integers(0, 4),
    deals=st.lists(deals, max_size=3),
)
worlds = st.lists(companies, min_size=1, max_size=5)


def asks(name: str, *value: str) -> Json:
    return {"filter": name, "value": list(value)}


company_leaves = st.one_of(
    st.sampled_from(KINDS).map(lambda kind: asks("kind", kind)),
    st.integers(1, 9).map(lambda number: asks("employees", f"{number}..")),
    st.integers(1, 9).map(lambda number: asks("employees", f"..{number}")),
    st.sampled_from(TAGS).map(lambda tag: asks("tags", tag)),
)
deal_leaves = st.one_of(
    st.sampled_from(STATUSES).map(lambda status: asks("status", status)),
    st.sampled_from(["last_30_days", "next_30_days", "none"]).map(lambda name: asks("expected", name)),
    st.just(asks("owner", "none")),
)
whiches = st.one_of(st.sampled_from(["some", "none"]), st.integers(1, 3).map(lambda n: {"at_least": n}))


def joined(inner: Any) -> Any:
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda nodes: {"all": nodes}),
        st.lists(inner, min_size=1, max_size=3).map(lambda nodes: {"any": nodes}),
        inner.map(lambda node: {"not": node}),
    )


def related(name: str, inner: Any) -> Any:
    return st.builds(lambda which, where: {"related": name, "which": which, "where": where}, whiches, inner)


deal_trees = st.recursive(deal_leaves, joined, max_leaves=4)
trees = st.recursive(
    st.one_of(company_leaves, related("deals", deal_trees)),
    lambda inner: st.one_of(joined(inner), related("subsidiaries", inner), related("parent", inner)),
    max_leaves=8,
)


def holds(node: Json, one: Any, world: list[FakeCompany]) -> bool:
    """Read a condition as a person would, one record at a time."""
    if "all" in node:
        return all(holds(part, one, world) for part in node["all"])
    if "any" in node:
        return any(holds(part, one, world) for part in node["any"])
    if "not" in node:
        return not holds(node["not"], one, world)
    if "filter" in node:
        return fits(node["filter"], node["value"][0], one)
    rows = [row for row in rows_of(node["related"], one, world) if holds(node["where"], row, world)]
    which = node["which"]
    if which == "none":
        return not rows
    return len(rows) >= (1 if which == "some" else which["at_least"])


def rows_of(relation: str, one: FakeCompany, world: list[FakeCompany]) -> list[Any]:
    if relation == "deals":
        return one.deals
    if relation == "parent":
        return [] if parent_of(one, world) is None else [parent_of(one, world)]
    return [other for other in world if parent_of(other, world) is one]


def parent_of(one: FakeCompany, world: list[FakeCompany]) -> FakeCompany | None:
    if one.parent is None or one.parent >= len(world) or world[one.parent] is one:
        return None
    return world[one.parent]


def fits(name: str, value: str, one: Any) -> bool:
    if name in ("kind", "status"):
        return bool(getattr(one, name) == value)
    if name == "tags":
        return value in one.tags
    if name == "owner":
        return not one.owned
    if name == "employees":
        first, _dots, last = value.partition("..")
        return one.employees is not None and int(first or 0) <= one.employees <= int(last or 99)
    if value == "none":
        return one.days is None
    low, high = (-29, 0) if value == "last_30_days" else (0, 30)
    return one.days is not None and low <= one.days <= high


def build(world: list[FakeCompany], owner: Any) -> list[int]:
    """Write a world into the database and return the ids of its companies."""
    rows = [
        CompanyFactory(name=f"C{number}", kind=one.kind, employees=one.employees, tags=one.tags)
        for number, one in enumerate(world)
    ]
    for row, one in zip(rows, world, strict=True):
        parent = parent_of(one, world)
        if parent is not None:
            Company.objects.filter(pk=row.pk).update(
                parent=rows[next(place for place, other in enumerate(world) if other is parent)]
            )
    stages = {stage.kind: stage for stage in Stage.objects.order_by("-position")}
    reason = LostReason.objects.first()
    Deal.objects.bulk_create(
        Deal(
            name="D", sort_name="d", number=row.pk * 100 + number, company=row,
            pipeline=stages["open"].pipeline,
            stage=stages[deal.status], stage_entered_at=AT, status=deal.status, is_open=deal.status == "open",
            closed_at=None if deal.status == "open" else AT, owner=owner if deal.owned else None,
            lost_reason=reason if deal.status == "lost" else None,
            expected_on=None if deal.days is None else date(2026, 3, 2) + timedelta(days=deal.days),
        )
        for row, one in zip(rows, world, strict=True)
        for number, deal in enumerate(one.deals)
    )  # fmt: skip
    return [row.pk for row in rows]


def depth(data: Any) -> int:
    if isinstance(data, dict):
        return 1 + max((depth(part) for part in data.values()), default=0)
    return max((depth(part) for part in data), default=0) if isinstance(data, list) else 0


def asked(data: Json, user: Any) -> list[int]:
    """Ask the database."""
    condition = parse(Company, data, user=user).q(user, AT)
    return list(Company.objects.filter(condition).values_list("pk", flat=True))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds, data=trees.filter(lambda data: depth(data) < 8))
def test_the_database_agrees_with_a_naive_reader(root: Any, world: list[FakeCompany], data: Json) -> None:
    setup.ensure_defaults()
    with transaction.atomic():
        ids = build(world, root)
        naive = {pk for pk, one in zip(ids, world, strict=True) if holds(data, one, world)}

        yes, no = asked(data, root), asked({"not": data}, root)

        assert sorted(yes) == sorted(naive)
        assert sorted(no) == sorted(set(ids) - naive)
        transaction.set_rollback(True)
