"""Two systems kept alike: many rows in one request, found by our id or by theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from contacts.models import Company
from crm.records import registry
from crm.records.models import Event, ExternalId
from tests.api.test_rest import Program

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db
BATCH = "/api/v1/companies/batch/"
BY = "/api/v1/companies/by/erp/K-17/"


@pytest.fixture
def program(root: User) -> Program:
    return Program(root, "read", "write")


def batch(program: Program, *rows: dict[str, Any], **options: Any) -> Any:
    return program.send("post", BATCH, {"rows": list(rows), **options})


def company(name: str, owner: User) -> Company:
    service = registry.service_for(Company)
    made = service.create([{"name": name, "owner": owner}], actor=None, at=timezone.now())
    record: Company = made[0].record
    return record


def test_rows_are_made_and_then_known_by_their_outside_id(program: Program) -> None:
    rows = [{"outside_id": "K-1", "name": "Sever"}, {"outside_id": "K-2", "name": "Yug"}]
    first = batch(program, *rows, source="erp").json()
    again = batch(program, *rows, source="erp").json()
    changed = batch(program, {"outside_id": "K-2", "name": "Yug & Sons"}, source="erp").json()

    assert (first["created"], again["unchanged"], changed["updated"]) == (2, 2, 1)
    assert set(Company.objects.values_list("name", flat=True)) == {"Sever", "Yug & Sons"}
    assert Event.objects.filter(name="company.updated").count() == 1


def test_one_refused_row_holds_back_all(program: Program) -> None:
    answer = batch(program, {"name": "Sever"}, {"name": "Yug", "employees": "many"})

    assert answer.status_code == 400
    assert answer.json()["results"][1]["errors"].keys() == {"employees"}
    assert not Company.objects.exists()


def test_good_rows_are_kept_when_asked(program: Program) -> None:
    answer = batch(program, {"name": "Sever"}, {"name": ""}, partial=True)

    assert answer.status_code == 200
    assert answer.json()["created"] == 1
    assert answer.json()["error"] == 1
    assert Company.objects.get().name == "Sever"


def test_an_outside_id_twice_in_one_request_is_said(program: Program) -> None:
    rows = [{"outside_id": "K-1", "name": "Sever"}, {"outside_id": "K-1", "name": "Yug"}]

    answer = batch(program, *rows, source="erp")

    assert "outside_id" in answer.json()["results"][1]["errors"]
    assert not Company.objects.exists()


def test_a_record_gets_an_outside_id_when_named_with_both(program: Program, root: User) -> None:
    known = company("Sever", root)

    batch(program, {"id": known.pk, "outside_id": "K-9"}, source="erp")

    assert ExternalId.objects.get(source="erp", value="K-9").record_id == known.pk


def test_nobody_changes_what_they_may_not_see(ann: User, bob: User) -> None:
    hidden = company("Bob's", bob)

    answer = batch(Program(ann, "read", "write"), {"id": hidden.pk, "name": "Mine"})

    assert answer.status_code == 400
    assert answer.json()["results"][0]["errors"] == {"__all__": ["You may not change this record."]}
    hidden.refresh_from_db()
    assert hidden.name == "Bob's"


def test_one_record_by_the_other_systems_id(program: Program) -> None:
    missing = program.get(BY)
    made = program.send("put", BY, {"name": "Sever"})
    same = program.send("put", BY, {"name": "Sever"})
    read = program.get(BY)

    assert missing.status_code == 404
    assert made.status_code == 201
    assert same.status_code == 200
    assert read.json()["id"] == made.json()["id"]
    assert Company.objects.count() == 1


@pytest.mark.parametrize("rows", [None, {}, [], [1], "text", [[]]])
def test_what_is_no_list_of_rows_is_refused(program: Program, rows: Any) -> None:
    answer = program.send("post", BATCH, {"rows": rows})

    assert answer.status_code == 400
    assert "rows" in answer.json()["errors"]
