"""Conditions: what each shape of a tree finds, says, and refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Company, Person
from crm.timeline.models import Activity
from crm.ui.conditions import ConditionError, parse, read
from sales.models import Deal
from tests.factories.contacts import CompanyFactory, EmploymentFactory, PersonFactory, made_company
from tests.factories.sales import made_deal
from tests.factories.timeline import call, planned

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Json = dict[str, Any]


def asks(name: str, *value: str) -> Json:
    return {"filter": name, "value": list(value)}


def some(relation: str, where: Json | None = None) -> Json:
    return {"related": relation, "which": "some", **({"where": where} if where else {})}


def none(relation: str, where: Json | None = None) -> Json:
    return {**some(relation, where), "which": "none"}


def least(count: int, relation: str, where: Json | None = None) -> Json:
    return {**some(relation, where), "which": {"at_least": count}}


def found(model: Any, data: Json, user: User | None = None) -> set[str]:
    tree = parse(model, data, user=user)
    rows = model.objects.all() if user is None else model.objects.visible_to(user)
    return {str(row) for row in rows.filter(tree.q(user, AT))}


WON, LOST, OPEN = asks("status", "won"), asks("status", "lost"), asks("status", "open")
QUIET = none("activities", asks("done", "last_30_days"))


@pytest.fixture
def house(ann: User, bob: User) -> None:
    """Four companies: Acme won a deal, Bolt lost two, Cask has an open one, Dune none at all."""
    kinds = {"Acme": "customer", "Bolt": "prospect", "Cask": "prospect", "Dune": "partner"}
    sizes = {"Acme": 500, "Bolt": 40, "Cask": None, "Dune": 5}
    firms = {
        name: made_company(
            name=name,
            owner=bob if name == "Cask" else ann,
            kind=kind,
            employees=sizes[name],
            tags=["vip"] if name in ("Acme", "Dune") else [],
            at=AT - timedelta(days=400 if name == "Dune" else 5),
        )
        for name, kind in kinds.items()
    }
    deals = {
        "a1": ("Acme", "Won", ann, 1000, None),
        "b1": ("Bolt", "Lost", ann, 300, None),
        "b2": ("Bolt", "Lost", bob, 9000, None),
        "c1": ("Cask", "Prospecting", bob, 50, AT.date() + timedelta(days=10)),
    }
    for name, (firm, stage, owner, amount, expected) in deals.items():
        made_deal(
            name=name, company=firms[firm], stage=stage, owner=owner, amount=amount, currency="USD",
            expected_on=expected, at=AT - timedelta(days=3),
        )  # fmt: skip
    for name, firm, day in (("Ada", "Acme", None), ("Ben", "Acme", 2), ("Cid", "Bolt", None)):
        person = PersonFactory(first_name=name, last_name="", name=name, company=firms[firm])
        ended = AT.date() - timedelta(days=day) if day else None
        EmploymentFactory(person=person, company=firms[firm], ended_on=ended, is_primary=not day)
    CompanyFactory(name="Acme North", parent=firms["Acme"], owner=ann)
    call(firms["Acme"], at=AT - timedelta(days=2))
    call(firms["Bolt"], at=AT - timedelta(days=60))
    planned(firms["Cask"], at=AT, days=1)


COMPANIES: list[tuple[Json, str]] = [
    ({"all": []}, "Acme Bolt Cask Dune North"),
    (asks("kind", "prospect"), "Bolt Cask North"),
    (asks("kind", "customer", "partner"), "Acme Dune"),
    ({"not": asks("kind", "prospect")}, "Acme Dune"),
    ({"all": [asks("kind", "prospect"), asks("employees", "1..100")]}, "Bolt"),
    ({"any": [asks("kind", "customer"), asks("employees", "1..10")]}, "Acme Dune"),
    # Cask and North have no number of employees: they are not among "from 1", so they are among its contrary.
    ({"not": asks("employees", "1..")}, "Cask North"),
    ({"not": {"not": asks("employees", "1..")}}, "Acme Bolt Dune"),
    ({"not": {"any": [asks("kind", "customer"), asks("tags", "vip")]}}, "Bolt Cask North"),
    ({"not": {"all": [asks("kind", "customer"), asks("tags", "vip")]}}, "Bolt Cask Dune North"),
    (asks("tags", "vip"), "Acme Dune"),
    (asks("created", "last_7_days"), "Acme Bolt Cask"),
    (some("deals"), "Acme Bolt Cask"),
    (none("deals"), "Dune North"),
    (some("deals", WON), "Acme"),
    (none("deals", WON), "Bolt Cask Dune North"),
    (least(2, "deals"), "Bolt"),
    (least(1, "deals"), "Acme Bolt Cask"),
    (least(2, "deals", asks("amount", "1000..")), ""),
    (some("deals", {"any": [WON, OPEN]}), "Acme Cask"),
    (some("deals", {"not": LOST}), "Acme Cask"),
    ({"all": [some("deals"), none("deals", {"not": LOST})]}, "Bolt"),
    (some("deals", asks("expected", "next_30_days")), "Cask"),
    (some("people"), "Acme Bolt"),
    (least(2, "people"), ""),
    (some("subsidiaries"), "Acme"),
    (some("parent", some("deals", WON)), "North"),
    (some("activities"), "Acme Bolt Cask"),
    (QUIET, "Bolt Cask Dune North"),
    ({"all": [none("deals", WON), QUIET]}, "Bolt Cask Dune North"),
    ({"all": [asks("kind", "prospect"), {"any": [QUIET, none("deals")]}]}, "Bolt Cask North"),
    (some("people", some("deals")), ""),
    (some("activities", asks("state", "open")), "Cask"),
    ({"not": some("activities", asks("kind", "call"))}, "Cask Dune North"),
    ({"any": [none("people"), some("deals", asks("amount", "..400"))]}, "Bolt Cask Dune North"),
]


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(("data", "names"), COMPANIES)
def test_a_condition_finds_its_companies(data: Json, names: str) -> None:
    answer = found(Company, data)

    assert {name.replace("Acme North", "North") for name in answer} == set(names.split())


OTHERS: list[tuple[Any, Json, str]] = [
    (Person, some("company", asks("kind", "customer")), "Ada Ben"),
    (Person, some("companies", asks("kind", "customer")), "Ada Ben"),
    (Person, none("deals"), "Ada Ben Cid"),
    (Deal, some("company", QUIET), "b1 b2 c1"),
    (Deal, {"all": [some("company", some("people")), LOST]}, "b1 b2"),
    (Deal, none("people"), "a1 b1 b2 c1"),
]


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(("model", "data", "names"), OTHERS)
def test_a_condition_finds_records_of_other_types(model: Any, data: Json, names: str) -> None:
    assert found(model, data) == set(names.split())


@pytest.mark.usefixtures("house")
def test_activities_are_found_by_whom_they_are_with() -> None:
    tree = parse(Activity, some("company", asks("kind", "customer")), user=None)

    kinds = Activity.objects.filter(tree.q(None, AT)).values_list("kind", flat=True)

    assert list(kinds) == ["call"]


@pytest.mark.usefixtures("house")
def test_related_rows_count_only_where_the_viewer_sees_them(ann: User) -> None:
    two_deals = least(2, "deals")

    assert found(Company, two_deals) == {"Bolt"}
    assert found(Company, two_deals, ann) == set()


@pytest.mark.usefixtures("house")
def test_one_record_can_be_asked(ann: User) -> None:
    acme = Company.objects.get(name="Acme")
    tree = parse(Company, some("deals", WON), user=ann)

    assert tree.matches(acme, ann, AT)
    assert not tree.matches(Company.objects.get(name="Dune"), ann, AT)


@pytest.mark.usefixtures("house")
def test_me_is_nobody_to_the_system() -> None:
    assert found(Company, asks("owner", "me")) == set()


SENTENCES: list[tuple[Json, str]] = [
    ({"all": []}, "all companies"),
    (
        {"all": [none("deals", WON), QUIET]},
        "companies with no deal (Won) and with no activity (done in the last 30 days)",
    ),
    (
        {"any": [asks("kind", "customer"), {"all": [asks("owner", "me"), asks("tags", "vip")]}]},
        "companies: kind: Customer or (owner: me and tags: vip)",
    ),
    (least(3, "people"), "companies with at least 3 people"),
    ({"not": asks("owner", "nobody", "none")}, "companies: not (owner: nobody)"),
]


@pytest.mark.parametrize(("data", "text"), SENTENCES)
def test_a_condition_reads_as_a_sentence(ann: User, data: Json, text: str) -> None:
    tree = parse(Company, data, user=ann)

    assert tree.sentence(AT) == text


@pytest.mark.parametrize(("data", "_names"), COMPANIES)
def test_a_condition_is_written_as_it_was_read(data: Json, _names: str) -> None:
    tree = parse(Company, data, user=None)

    assert parse(Company, tree.to_json(), user=None) == tree


REFUSED: list[tuple[Any, str]] = [
    ([], ""),
    ({}, ""),
    ({"all": {}}, "all"),
    ({"any": []}, "any"),
    ({"all": [asks("kind", "prospect"), asks("nose", "x")]}, "all.1.filter"),
    (asks("kind", "nonsense"), "value"),
    (asks("kind"), "value"),
    ({"filter": "kind", "value": {"a": 1}}, "value"),
    ({"filter": ["kind"], "value": ["x"]}, "filter"),
    (asks("created", "someday"), "value"),
    (some("enemies"), "related"),
    (some("deals", asks("industry", "1")), "where.filter"),
    ({"related": "deals", "which": "many"}, "which"),
    ({"related": "deals", "which": {"at_least": 0}}, "which"),
    ({"related": "deals", "which": {"at_least": True}}, "which"),
    ({**asks("kind", "prospect"), "not": {"all": []}}, "filter"),
    ({"all": [{"all": []}] * 100}, "all.59"),
]


@pytest.mark.parametrize(("data", "path"), REFUSED)
def test_what_is_unclear_is_refused_with_its_place(ann: User, data: Any, path: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(Company, data, user=ann)

    assert refused.value.path == path
    assert refused.value.message


@pytest.mark.parametrize("text", ["", "{", "[" * 20_000, "null", '{"all": [' + " " * 7000 + "]}"])
def test_text_that_is_no_condition_is_refused(ann: User, text: str) -> None:
    with pytest.raises(ConditionError):
        read(Company, text, user=ann)


def test_conditions_are_not_nested_without_end(ann: User) -> None:
    data: Json = asks("kind", "prospect")
    for _turn in range(10):
        data = {"not": data}

    with pytest.raises(ConditionError, match="deeply"):
        parse(Company, data, user=ann)
