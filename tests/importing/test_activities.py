"""Files of activities: each row is recognised when the file comes again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from crm.timeline.models import Activity
from tests.factories.contacts import CompanyFactory
from tests.importing.conftest import counts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = """kind,subject,company,due date,done date,text
task,Send the offer,Acme,2026-03-04,,
task,Send the offer,Acme,2026-03-05,,
task,Ring back,Acme,2026-03-04 15:30,,
call,Ring back,Acme,,2026-02-01 10:00,They were in
note,,Acme,,,Wants a discount
task,Water the plants,,2026-03-04,,
"""


@pytest.fixture
def acme(db: None) -> Any:
    return CompanyFactory(name="Acme")


def test_a_file_of_activities_that_comes_twice_changes_nothing(
    run_import: Any, write: Callable[..., Path], acme: Any
):
    path = write(FILE)
    first = run_import("activities", path)

    second = run_import("activities", path)

    assert counts(first) == {"created": 6}
    assert counts(second) == {"unchanged": 6}
    assert Activity.objects.count() == 6


def test_another_time_or_another_record_is_another_activity(
    run_import: Any, write: Callable[..., Path], acme: Any
):
    CompanyFactory(name="Initech")
    run_import("activities", write("kind,subject,company,due date\ntask,Send the offer,Acme,2026-03-04\n"))

    job = run_import(
        "activities",
        write(
            "kind,subject,company,due date\n"
            "task,Send the offer,Acme,2026-03-11\n"
            "task,Send the offer,Initech,2026-03-04\n"
            "meeting,Send the offer,Acme,2026-03-04\n"
        ),
    )

    assert counts(job) == {"created": 3}


def test_a_row_that_says_more_changes_the_activity_it_means(
    run_import: Any, write: Callable[..., Path], acme: Any
):
    run_import("activities", write("kind,subject,company,due date\ntask,Send the offer,Acme,2026-03-04\n"))

    job = run_import(
        "activities",
        write("kind,subject,company,due date,text\ntask,Send the offer,Acme,2026-03-04,With a discount\n"),
    )

    assert counts(job) == {"updated": 1}
    assert Activity.objects.get().body == "With a discount"


def test_two_like_rows_of_one_file_are_one_activity(run_import: Any, write: Callable[..., Path], acme: Any):
    row = "call,Ring,Acme,2026-02-01 10:00\n"

    job = run_import("activities", write(f"kind,subject,company,done date\n{row}{row}"))

    assert counts(job) == {"created": 1, "duplicate": 1}
    assert Activity.objects.get().done_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_an_outside_id_goes_before_all_else(run_import: Any, write: Callable[..., Path], acme: Any):
    header = "activity id,kind,subject,company,due date\n"
    run_import("activities", write(f"{header}A1,task,Send the offer,Acme,2026-03-04\n"), source="old")

    job = run_import(
        "activities", write(f"{header}A1,task,Send the contract,Acme,2026-03-05\n"), source="old"
    )

    assert counts(job) == {"updated": 1}
    assert Activity.objects.get().subject == "Send the contract"
