"""Several workers share one import: each chunk is written once, whoever takes it and whoever is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection

from contacts.models import Company
from crm.records import jobs
from crm.records.importing import running, work
from crm.records.importing.chunks import Chunks
from crm.records.models import Job, JobState
from sales.models import Deal
from tests.importing.test_imports import counts, killed_in_chunk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def job(db: None) -> Job:
    made: Job = Job.objects.create(kind="import", title="Import", state=JobState.RUNNING)
    return made


def ten_deals(write: Any) -> Path:
    rows = "".join(f"Deal {number},{number},Customer {number % 4}\n" for number in range(10))
    path: Path = write(f"Deal,Amount,Account\n{rows}")
    return path


def test_a_helper_writes_what_is_left_and_the_owner_counts_all(
    write: Any, run_import: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(work, "CHUNK", 3)
    job = killed_in_chunk(2, ten_deals(write), run_import, monkeypatch)

    running.help_with(job.pk, worker=1, workers=2)
    assert Deal.objects.count() == 10
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
    jobs.run(job.pk)

    job.refresh_from_db()
    assert (job.state, counts(job)) == (JobState.DONE, {"created": 10})
    assert Deal.objects.count() == 10
    assert sorted(Company.objects.values_list("name", flat=True)) == [f"Customer {n}" for n in range(4)]
    assert [(one["field"], one["count"]) for one in job.result["new"]] == [("company", 4)]


@pytest.mark.parametrize(("chunk", "called"), [(2, [1]), (5, [])])
def test_an_import_of_many_chunks_calls_for_help(
    write: Any,
    run_import: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
    chunk: int,
    called: list[int],
):
    monkeypatch.setattr(work, "CHUNK", chunk)
    helped: list[int] = []
    monkeypatch.setattr(running, "help_with", lambda _job_id, *, worker, workers: helped.append(worker))

    with django_capture_on_commit_callbacks(execute=True):
        job = run_import("deals", ten_deals(write))

    assert helped == called
    assert counts(job) == {"created": 10}


def test_a_helper_without_a_running_import_does_nothing(job: Job):
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE)

    running.help_with(job.pk, worker=1, workers=2)

    assert Deal.objects.count() == 0


def test_a_chunk_that_another_worker_holds_is_left_to_it(job: Job):
    kept: dict[str, Any] = connection.settings_dict
    address = {"host": kept["HOST"], "port": kept["PORT"] or None, "user": kept["USER"]}
    chunks = Chunks(job, rows=10, size=3)

    with psycopg.connect(**address, password=kept["PASSWORD"] or None, dbname=kept["NAME"]) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [job.pk % 2**31, 1])
        taken = [number for number in chunks.left() if chunks.take(number)]
        other.rollback()

    assert taken == [0, 2, 3]
    assert chunks.take(1)


def test_a_chunk_that_is_done_is_not_taken_again(job: Job):
    chunks = Chunks(job, rows=10, size=3)

    chunks.keep(2, {"counts": {"created": 3}})

    assert not chunks.take(2)
    assert chunks.left() == [0, 1, 3]


def test_chunks_done_out_of_order_are_counted_together(job: Job):
    chunks = Chunks(job, rows=10, size=3)

    for number in (2, 0, 3, 1):
        cursor = chunks.keep(number, {"counts": {"created": 2}, "made": {"company": [f"Firm {number}"]}})

    assert (cursor["n"], cursor["ahead"]) == (12, [])
    assert cursor["counts"] == {"created": 8}
    assert cursor["made"]["company"][0] == 4
    assert list(chunks) == []


def test_workers_begin_at_different_chunks(job: Job):
    first = next(iter(Chunks(job, rows=10, size=3, worker=0, workers=2)))
    second = next(iter(Chunks(job, rows=10, size=3, worker=1, workers=2)))

    assert (first, second) == (0, 1)
