"""REST: signing in by token, paging by key, strict questions, honest answers."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.accounts.tokens import issue_token, revoke_token
from crm.records import registry
from crm.records.models import Event
from tests.contract.samples import make

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db

PEOPLE = "/api/v1/people/"
DEALS = "/api/v1/deals/"


class Program:
    """A program that calls with a token."""

    def __init__(self, user: User, *scopes: str) -> None:
        self.token, key = issue_token(user=user, name="test", scopes=scopes, at=timezone.now(), actor=user)
        self.client = Client(headers={"Authorization": f"Bearer {key}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query)

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        return getattr(self.client, method)(path, data, content_type="application/json", headers=headers)


@pytest.fixture
def program(root: User) -> Program:
    return Program(root, "read", "write")


def people(owner: User, *names: str) -> None:
    service = registry.service_for(registry.by_slug("people").model)
    service.create([{"last_name": name, "owner": owner} for name in names], actor=None, at=timezone.now())


def test_a_token_opens_the_door(program: Program) -> None:
    assert program.get(PEOPLE).json() == {"results": [], "next": None}


def test_a_revoked_token_opens_nothing(program: Program, root: User) -> None:
    revoke_token(token=program.token, actor=root, at=timezone.now())

    response = program.get(PEOPLE)

    assert response.status_code == 401
    assert list(response.json()["errors"]) == ["__all__"]


def test_a_token_for_reading_writes_nothing(root: User) -> None:
    response = Program(root, "read").send("post", PEOPLE, {"last_name": "Quill"})

    assert response.status_code == 403


def test_pages_follow_each_other_by_key(program: Program, root: User) -> None:
    people(root, *"ABCDE")

    first = program.get(PEOPLE, page_size=2, sort="name").json()
    second = program.client.get(first["next"]).json()
    third = program.client.get(second["next"]).json()

    rows = [row["title"] for page in (first, second, third) for row in page["results"]]
    assert rows == list("ABCDE")
    assert third["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"nonsense": "1"}, "nonsense"),
        ({"created": "someday"}, "created"),
        ({"sort": "password"}, "sort"),
        ({"page_size": "5000"}, "page_size"),
        ({"after": "~"}, "after"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(program: Program, query: Any, field: str) -> None:
    response = program.get(PEOPLE, **query)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]


def test_making_a_record_answers_it(program: Program) -> None:
    response = program.send(
        "post", PEOPLE, {"first_name": "Ada", "last_name": "Quill", "email": "ada@quill.example"}
    )

    assert response.status_code == 201
    assert response.json()["title"] == "Ada Quill"
    assert response.json()["email"] == "ada@quill.example"


def test_a_wrong_field_is_named(program: Program) -> None:
    response = program.send("post", PEOPLE, {"last_name": "Quill", "email": "no address", "shoe_size": 9})

    assert response.status_code == 400
    assert "email" in response.json()["errors"]


def test_an_unknown_field_is_named(program: Program) -> None:
    response = program.send("post", PEOPLE, {"last_name": "Quill", "shoe_size": 9})

    assert list(response.json()["errors"]) == ["shoe_size"]


def test_two_programs_don_t_overwrite_each_other(program: Program, root: User) -> None:
    person = make(registry.by_slug("people"), owner=root)
    program.send("patch", f"{PEOPLE}{person.pk}/", {"job_title": "Buyer"}, **{"If-Match": "1"})

    response = program.send("patch", f"{PEOPLE}{person.pk}/", {"job_title": "Owner"}, **{"If-Match": "1"})

    assert response.status_code == 409
    person.refresh_from_db()
    assert person.job_title == "Buyer"


def test_a_deal_is_won_by_its_action(program: Program, root: User) -> None:
    deal = make(registry.by_slug("deals"), owner=root)

    response = program.send("post", f"{DEALS}{deal.pk}/win/", {})

    assert response.status_code == 200, response.content
    deal.refresh_from_db()
    assert deal.is_won
    assert Event.objects.get(name="deal.won").via == "rest"


def test_losing_needs_a_reason_here_too(program: Program, root: User) -> None:
    deal = make(registry.by_slug("deals"), owner=root)

    response = program.send("post", f"{DEALS}{deal.pk}/lose/", {})

    assert response.status_code == 400
    assert "lost_reason" in response.json()["errors"]


def test_money_travels_as_text(program: Program, root: User) -> None:
    deal = make(registry.by_slug("deals"), owner=root)

    assert Decimal(program.get(f"{DEALS}{deal.pk}/").json()["amount"]) == Decimal("100.00")


def test_deleting_puts_into_the_bin(program: Program, root: User) -> None:
    person = make(registry.by_slug("people"), owner=root)

    assert program.send("delete", f"{PEOPLE}{person.pk}/").status_code == 204
    assert program.get(f"{PEOPLE}{person.pk}/").status_code == 404
    assert type(person).all_objects.get(pk=person.pk).is_deleted


def test_the_search_finds_all_types(program: Program, root: User) -> None:
    for slug in ("people", "companies", "deals"):
        make(registry.by_slug(slug), owner=root)

    found = program.get("/api/v1/search/", q="quillf").json()["results"]

    assert {row["type"] for row in found} >= {"people", "companies", "deals"}


def test_the_fields_of_a_type_are_told(program: Program) -> None:
    found = {one["name"]: one for one in program.get(f"{DEALS}fields/").json()["fields"]}

    assert found["amount"]["kind"] == "money"
    assert [one["label"] for one in found["stage"]["choices"]][:2] == ["Prospecting", "Engaging"]


def test_the_schema_is_whole(program: Program) -> None:
    response = program.client.get("/api/v1/schema/", headers={"Accept": "application/json"})

    assert response.status_code == 200
    assert "/api/v1/deals/{id}/" in response.content.decode()


def test_too_many_calls_are_told_to_wait(
    program: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rest_framework.throttling import UserRateThrottle

    monkeypatch.setattr(UserRateThrottle, "rate", "2/min", raising=False)
    answers = [program.get(PEOPLE) for _turn in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize("data", [[], [1], "text", 5, None])
def test_nonsense_is_refused_not_broken(program: Program, root: User, data: Any) -> None:
    deal = make(registry.by_slug("deals"), owner=root)

    answers = [
        program.client.post(path, json.dumps(data), content_type="application/json")
        for path in (DEALS, f"{DEALS}{deal.pk}/lose/")
    ]

    assert [one.status_code for one in answers] == [400, 400]
