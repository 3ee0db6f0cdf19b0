"""The title of a job is read in the reader's language, whoever started it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from crm.records import jobs
from crm.records.models import Job
from crm.records.phrases import counted, label_of, phrase, types_of
from sales.models import Deal

if TYPE_CHECKING:
    from crm.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the jobs waiting: only their titles matter."""
    monkeypatch.setitem(jobs._handlers, "titled", lambda job: {})


def started(title: object, actor: User) -> Job:
    with translation.override("ru"):
        return jobs.start("titled", actor=actor, title=title, now=True)  # type: ignore[arg-type]


def test_an_import_started_in_russian_is_read_in_english(ann: User) -> None:
    job = started(phrase("Import of %(file)s", file="100% new.csv"), ann)

    assert job.title.startswith("Импорт")
    assert str(Job.objects.get(pk=job.pk)) == "Import of 100% new.csv"


def test_the_title_of_an_undo_holds_the_title_of_what_it_undoes(ann: User) -> None:
    job = started(phrase("Import of %(file)s", file="deals.csv"), ann)

    with translation.override("ru"):
        undo = jobs.start_undo(job, actor=ann, now=True)

    assert undo.caption == "Undo: Import of deals.csv"


def test_a_bulk_edit_names_its_records_in_the_readers_words(ann: User) -> None:
    title = phrase(
        "%(types)s · %(word)s: %(count)s",
        types=types_of(Deal.record_type),
        word=label_of("Change"),
        count=counted("%(count)s record", "%(count)s records", 1200),
    )

    job = started(title, ann)

    assert job.caption == "Deals · Change: 1,200 records"
    with translation.override("ru"):
        assert job.caption.startswith("Сделки · Изменить: 1")


def test_a_job_from_before_keeps_its_words(ann: User) -> None:
    assert Job(title="Import of old.csv", params={}).caption == "Import of old.csv"
