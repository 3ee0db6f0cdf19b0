"""A program that asks twice because an answer was lost changes nothing twice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from contacts.models import Company
from crm.api.models import KeptAnswer
from crm.records.models import Event
from tests.api.test_rest import Program

if TYPE_CHECKING:
    from crm.identity.models import User

COMPANIES = "/api/v1/companies/"


@pytest.fixture
def program(db: None, root: User) -> Program:
    return Program(root, "read", "write")


def send(program: Program, key: str, **data: Any) -> Any:
    return program.send("post", COMPANIES, data, **{"Idempotency-Key": key})


def test_the_same_key_makes_one_record(program: Program) -> None:
    first = send(program, "order-1", name="Sever")
    second = send(program, "order-1", name="Sever")

    assert first.status_code == second.status_code == 201
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Company.objects.count() == 1
    assert Event.objects.filter(name="company.created").count() == 1


def test_a_key_serves_one_request_only(program: Program) -> None:
    send(program, "order-1", name="Sever")

    other = send(program, "order-1", name="Yug")

    assert other.status_code == 422
    assert "Idempotency-Key" in other.json()["errors"]
    assert Company.objects.count() == 1


def test_a_refused_request_may_come_again_under_its_key(program: Program) -> None:
    refused = send(program, "order-1", name="")
    mended = send(program, "order-1", name="Sever")

    assert refused.status_code == 400
    assert mended.status_code == 201
    assert KeptAnswer.objects.count() == 1


def test_keys_of_two_people_do_not_meet(program: Program, ann: User) -> None:
    send(program, "order-1", name="Sever")

    other = send(Program(ann, "read", "write"), "order-1", name="Yug")

    assert other.status_code == 201
    assert Company.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_make_one_record(root: User) -> None:
    program = Program(root, "read", "write")
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(send(program, "order-1", name="Sever"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Company.objects.count() == 1
