"""When a field is shown and when it has to be filled in: in the service, in forms, on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contacts.models import Company, Person
from crm.records.customfields import conditions, known
from crm.records.drafts import RecordErrors
from crm.records.registry import service_for
from sales.models import Deal, Stage
from tests.factories.contacts import NOON, made_company
from tests.factories.customfields import made_field
from tests.factories.sales import made_deal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from crm.identity.models import User

LIST = "/contacts/companies/"
CUSTOMER = {"match": "all", "rules": [{"field": "kind", "op": "is", "value": "customer"}]}


def body(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize(
    ("op", "value", "held", "passes"),
    [
        ("is", "gold", ["gold"], True),
        ("is", "gold", ["Gold"], True),
        ("is", "gold", [], False),
        ("is_not", "gold", ["silver"], True),
        ("is_not", "gold", [], True),
        ("is_not", "gold", ["silver", "gold"], False),
        ("any_of", ["gold", "silver"], ["silver"], True),
        ("any_of", ["gold", "silver"], ["bronze"], False),
        ("filled", "", ["x"], True),
        ("filled", "", [], False),
        ("empty", "", [], True),
        ("more", "9", ["10"], True),
        ("more", "10", ["10.0"], False),
        ("less", "2026-05-01", ["2026-04-30"], True),
        ("less", "5", [], False),
        ("is", "10", ["10.00"], True),
    ],
)
def test_each_question(op: str, value: Any, held: list[str], passes: bool) -> None:
    condition = {"match": "all", "rules": [{"field": "it", "op": op, "value": value}]}

    assert conditions.holds(condition, lambda _name: held) is passes


def test_all_and_any() -> None:
    rules = [{"field": "a", "op": "filled"}, {"field": "b", "op": "filled"}]

    def read(name: str) -> list[str]:
        return ["x"] if name == "a" else []

    assert conditions.holds({"match": "any", "rules": rules}, read)
    assert not conditions.holds({"match": "all", "rules": rules}, read)
    assert conditions.holds({"match": "all", "rules": []}, read)


@pytest.mark.django_db
class TestInTheService:
    def test_a_required_field_is_asked_for_in_new_records(self, root: User) -> None:
        made_field(Company, "text", key="code", label="Code", is_required=True)

        with pytest.raises(RecordErrors) as refused:
            made_company(actor=root)

        assert [note.code for note in refused.value.errors["cf_code"]] == ["required"]

    def test_the_house_itself_is_asked_for_nothing(self) -> None:
        made_field(Company, "text", key="code", label="Code", is_required=True)

        assert made_company().pk

    def test_an_older_record_may_be_edited_elsewhere(self, root: User) -> None:
        company = made_company()
        made_field(Company, "text", key="code", label="Code", is_required=True)

        service_for(Company).update([company], {"name": "New name"}, actor=root, at=NOON)

        assert Company.objects.get().name == "New name"

    def test_what_was_there_can_not_be_emptied(self, root: User) -> None:
        made_field(Company, "text", key="code", label="Code", is_required=True)
        company = made_company(cf_code="A")

        with pytest.raises(RecordErrors):
            service_for(Company).update([company], {"cf_code": ""}, actor=root, at=NOON)

    def test_the_change_that_makes_it_due_asks(self, root: User) -> None:
        made_field(Company, "date", key="until", label="Until", required_when=CUSTOMER)
        company = made_company(actor=root, kind="prospect")

        with pytest.raises(RecordErrors) as refused:
            service_for(Company).update([company], {"kind": "customer"}, actor=root, at=NOON)

        assert list(refused.value.errors) == ["cf_until"]

    def test_what_is_not_shown_is_not_required(self, root: User) -> None:
        made_field(Company, "text", key="code", label="Code", is_required=True, shown_when=CUSTOMER)

        assert made_company(actor=root, kind="prospect").pk

    def test_a_drop_on_the_board_asks_for_it_in_place(
        self, boss: User, client_for: Callable[[User], Client]
    ) -> None:
        deal = made_deal(actor=boss)
        goal = Stage.objects.filter(pipeline=deal.pipeline, kind="open").exclude(pk=deal.stage_id)[0]
        rules = [{"field": "stage", "op": "is", "value": str(goal.pk)}]
        made_field(Deal, "text", key="why", label="Why now", required_when={"match": "all", "rules": rules})
        client = client_for(boss)
        url, move = "/sales/deals/board/move/", {"id": deal.pk, "to": goal.pk, "before": "", "after": ""}

        asked = client.post(url, move, headers={"HX-Request": "true"})
        done = client.post(
            url, {**move, "fields": ["cf_why"], "cf_why": "Budget"}, headers={"HX-Request": "true"}
        )

        assert asked.status_code == 422
        assert "Why now" in body(asked)
        assert done.status_code in (200, 204)
        assert Deal.objects.get().custom == {"why": "Budget"}


@pytest.mark.django_db
class TestInForms:
    @pytest.fixture
    def client(self, boss: User, client_for: Callable[[User], Client]) -> Client:
        made_field(Company, "choice", key="tier", label="Tier", is_required=True, shown_when=CUSTOMER)
        return client_for(boss)

    def test_a_hidden_field_is_not_asked_for(self, client: Client) -> None:
        answer = client.post(f"{LIST}new/", {"name": "Acme", "kind": "prospect"})

        assert answer.status_code == 303

    def test_a_shown_one_is(self, client: Client) -> None:
        answer = client.post(f"{LIST}new/", {"name": "Acme", "kind": "customer"})

        assert answer.status_code == 422
        assert "This field is required." in body(answer)

    def test_a_hidden_value_is_left_alone(self, client: Client, boss: User) -> None:
        company = made_company(actor=boss, kind="customer", cf_tier="gold")

        client.post(f"{LIST}{company.pk}/edit/", {"name": "Acme", "kind": "partner", "cf_tier": ""})

        assert Company.objects.get().kind == "partner"
        assert Company.objects.get().custom == {"tier": "gold"}

    def test_the_browser_is_told_the_condition(self, client: Client) -> None:
        page = body(client.get(f"{LIST}new/"))

        assert "<when-field" in page
        assert "&quot;customer&quot;" in page

    def test_the_page_leaves_it_out(self, client: Client, boss: User) -> None:
        company = made_company(actor=boss, kind="prospect", cf_tier="gold")
        customer = made_company(actor=boss, name="C", kind="customer", cf_tier="gold")

        pages = [
            body(client.get(f"{LIST}{one.pk}/")).split("record-custom")[1] for one in (company, customer)
        ]

        assert ["Tier" in page for page in pages] == [False, True]

    def test_the_short_form_has_what_is_required_always(self, client: Client) -> None:
        made_field(Company, "text", key="code", label="Code", is_required=True)

        page = body(client.get(f"{LIST}quick/", headers={"HX-Request": "true"}))

        assert 'name="cf_code"' in page
        assert 'name="cf_tier"' not in page


@pytest.mark.django_db
class TestFirstValues:
    def test_new_records_begin_with_it(self, ann: User) -> None:
        made_field(Person, "choice", key="channel", label="Channel", default="gold")
        made_field(Person, "date", key="since", label="Since", default="today")
        made_field(Person, "user", key="by", label="By", default="me")

        service = service_for(Person)
        person = service.create([{"name": "Anna Lee"}], actor=ann, at=NOON)[0].record

        assert person.custom == {"channel": "gold", "since": "2026-03-02", "by": ann.pk}

    def test_one_who_empties_it_means_it(self, boss: User, client_for: Callable[[User], Client]) -> None:
        made_field(Company, "choice", key="tier", label="Tier", default="gold")
        client = client_for(boss)

        page = body(client.get(f"{LIST}new/"))
        client.post(f"{LIST}new/", {"name": "Acme", "kind": "prospect", "cf_tier": ""})

        assert '<option value="gold" selected>' in page
        assert Company.objects.get().custom == {}

    def test_what_is_written_besides_stays(self, ann: User) -> None:
        made_field(Company, "choice", key="tier", label="Tier", default="gold")

        assert made_company(actor=ann, cf_tier="silver").custom == {"tier": "silver"}
        assert known.made_of(Company)["cf_tier"].required is False
