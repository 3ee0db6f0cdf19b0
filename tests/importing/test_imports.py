"""What an import does to records: made, changed, left alone, refused with a reason, taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from contacts.models import Company, Person
from crm.records import jobs
from crm.records.fields import fields_of
from crm.records.importing import work
from crm.records.importing.running import failed_file
from crm.records.models import Event, ExternalId, Job, JobState, JournalEntry
from crm.records.registry import service_for
from crm.timeline.models import Activity
from sales.models import Deal, Product
from tests.importing.conftest import counts, reasons

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crm.identity.models import User

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PEOPLE = "First name,Last name,E-mail,Company\nAnn,Lee,ann@example.com,Acme\nBo,Ray,bo@example.com,Acme\n"


def test_columns_are_guessed_and_related_companies_made_once(write: Any, run_import: Any):
    job = run_import("people", write(PEOPLE))

    assert counts(job) == {"created": 2}
    assert Company.objects.get().name == "Acme"
    assert Person.objects.get(email="ann@example.com").company == Company.objects.get()


def test_the_same_file_again_writes_nothing(write: Any, run_import: Any):
    run_import("people", write(PEOPLE))
    before = (Event.objects.count(), list(Person.objects.order_by("pk").values_list("version", "updated_at")))

    job = run_import("people", write(PEOPLE))

    assert counts(job) == {"unchanged": 2}
    after = (Event.objects.count(), list(Person.objects.order_by("pk").values_list("version", "updated_at")))
    assert after == before
    assert not JournalEntry.objects.filter(job=job).exists()


def test_a_changed_cell_updates_its_record_and_undo_brings_the_old_value_back(write: Any, run_import: Any):
    run_import("people", write(PEOPLE))

    job = run_import("people", write(PEOPLE.replace("Lee", "Lind")))

    assert counts(job) == {"updated": 1, "unchanged": 1}
    changed = job.result["rows"][0]["cells"]
    assert ("Lee", "Lind") in [(cell["before"], cell["after"]) for cell in changed]
    jobs.start_undo(job, actor=None, now=True)
    assert Person.objects.get(email="ann@example.com").last_name == "Lee"


def test_undo_leaves_a_cell_that_somebody_changed_since(write: Any, run_import: Any, root: User):
    run_import("people", write(PEOPLE))
    job = run_import("people", write(PEOPLE.replace("Lee", "Lind")))
    person = Person.objects.get(email="ann@example.com")
    service_for(Person).update([person], {"last_name": "Later"}, actor=root, at=NOW)

    undo = jobs.start_undo(job, actor=root, now=True)

    assert Person.objects.get(pk=person.pk).last_name == "Later"
    assert "last_name" in [kept["field"] for kept in undo.result["kept"]]


def test_a_check_counts_and_keeps_nothing(write: Any, run_import: Any):
    job = run_import("people", write(PEOPLE), check=True)

    assert counts(job) == {"created": 2}
    assert job.result["new"] == [{"field": "company", "label": "company", "count": 1, "names": ["Acme"]}]
    assert not Person.objects.exists()
    assert not Company.objects.exists()
    assert not Event.objects.exists()


def test_each_bad_cell_is_named_with_its_reason(write: Any, run_import: Any):
    good, bad = "Good;10,50;31.12.2025;Won", "Bad;abc;32.12.2025;Won"
    path = write(f"Deal;Amount;Close date;Stage\n{good}\n{bad}\nNowhere;5;01.12.2025;Mars\n")

    job = run_import("deals", path)

    assert counts(job) == {"created": 1, "error": 2}
    assert reasons(job) == {
        "Amount": "“abc” is not a number.",
        "Close date": "“32.12.2025” is no date written as day, month, year.",
        "Stage": "“Mars” was not found.",
    }
    assert Deal.objects.get().amount == Decimal("10.50")


def test_the_file_of_failed_rows_holds_the_rows_and_their_reasons(write: Any, run_import: Any):
    job = run_import("deals", write("Deal,Amount\nGood,10\n=Bad,abc\n"))

    path = failed_file(job)

    assert path is not None
    assert path.read_text("utf-8-sig").splitlines() == [
        "Deal,Amount,What was wrong",
        "'=Bad,abc,Amount: “abc” is not a number.",
    ]


def test_fixed_failed_rows_can_be_imported_as_they_are(write: Any, run_import: Any):
    job = run_import("deals", write("Deal,Amount\nGood,10\nBad,abc\n"))
    path = failed_file(job)
    assert path is not None
    path.write_text(path.read_text().replace("abc,", "12,"))

    again = run_import("deals", path)

    assert counts(again) == {"created": 1}
    assert Deal.objects.get(name="Bad").amount == 12


def test_a_row_with_too_many_cells_is_refused_alone(write: Any, run_import: Any):
    job = run_import("deals", write("Deal,Amount\nGood,10\nBad,1,2\n"))

    assert counts(job) == {"created": 1, "error": 1}
    assert reasons(job) == {"": "The row has 3 cells, the header has 2."}


def test_a_key_that_comes_twice_lands_once(write: Any, run_import: Any):
    job = run_import("people", write(PEOPLE + "Ann,Again,ANN@example.com,Acme\n"))

    assert counts(job) == {"created": 2, "duplicate": 1}


def test_two_records_that_fit_are_told_and_neither_is_changed(write: Any, run_import: Any):
    service_for(Company).create([{"name": "Acme"}, {"name": "ACME"}], actor=None, at=NOW)

    job = run_import("companies", write("Company,Industry\nAcme,Tools\n"))

    assert counts(job) == {"error": 1}
    assert reasons(job)[""].startswith("2 records fit: ")


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        ("create", {"created": 1, "duplicate": 1}),
        ("update", {"updated": 1, "error": 1}),
        ("upsert", {"created": 1, "updated": 1}),
    ],
)
def test_the_mode_says_what_may_happen(write: Any, run_import: Any, mode: str, found: dict[str, int]):
    service_for(Company).create([{"name": "Acme"}], actor=None, at=NOW)

    job = run_import("companies", write("Company,Employees\nAcme,5\nInitech,7\n"), mode=mode)

    assert counts(job) == found


def test_an_outside_id_finds_its_record_after_a_change_of_name(write: Any, run_import: Any):
    run_import("companies", write("id,Company\nX1,Acme\n", "crm.csv"))

    job = run_import("companies", write("id,Company\nX1,Acme Ltd\n", "crm.csv"))

    assert counts(job) == {"updated": 1}
    assert Company.objects.get().name == "Acme Ltd"
    assert ExternalId.objects.get().source == "crm"


def test_an_id_of_another_source_is_another_id(write: Any, run_import: Any):
    run_import("companies", write("id,Company\nX1,Acme\n", "one.csv"))

    job = run_import("companies", write("id,Company\nX1,Other\n", "two.csv"))

    assert counts(job) == {"created": 1}


def test_several_keys_must_agree(write: Any, run_import: Any):
    text = "Name,Company,City\nAnn Lee,Acme,Oslo\nAnn Lee,Initech,Rome\n"
    run_import("people", write(text))

    job = run_import("people", write(text.replace("Rome", "Bonn")), match=["name", "company"])

    assert counts(job) == {"updated": 1, "unchanged": 1}
    assert Person.objects.get(company__name="Initech").city == "Bonn"


def test_values_are_translated(write: Any, run_import: Any):
    service_for(Product).create([{"name": "GTX Pro"}], actor=None, at=NOW)
    path = write("Deal,Product\nOne,gtx-pro\nTwo,Big box\n")

    job = run_import(
        "deals", path, columns={"Product": {"field": "product", "values": {"Big box": "GTX Pro"}}}
    )

    assert counts(job) == {"created": 2}
    assert set(Deal.objects.values_list("product__name", flat=True)) == {"GTX Pro"}


@pytest.mark.parametrize(
    ("unknown", "found"), [("empty", {"created": 1}), ("error", {"error": 1}), ("create", {"created": 1})]
)
def test_unknown_names_are_made_left_out_or_refused(
    write: Any, run_import: Any, unknown: str, found: dict[str, int]
):
    rule = {"Account": {"field": "company", "unknown": unknown}}

    job = run_import("deals", write("Deal,Account\nOne,Acme\n"), columns=rule)

    assert counts(job) == found
    assert Company.objects.exists() is (unknown == "create")


def test_an_unknown_owner_becomes_an_inactive_user(write: Any, run_import: Any):
    run_import("deals", write("Deal,Sales agent\nOne,Moses Frase\n"))

    owner = Deal.objects.get().owner
    assert owner is not None
    assert (owner.full_name, owner.is_active, owner.has_usable_password()) == ("Moses Frase", False, False)


def test_companies_of_one_file_refer_to_each_other_in_any_order(write: Any, run_import: Any):
    run_import("companies", write("Company,Subsidiary of\nSmall,Big\nBig,\nOther,Outside\n"))

    assert Company.objects.get(name="Small").parent == Company.objects.get(name="Big")
    assert Company.objects.get(name="Other").parent == Company.objects.get(name="Outside")
    assert Company.objects.filter(name="Big").count() == 1


def test_a_constant_fills_new_records_only(write: Any, run_import: Any):
    text = "Company,City\nAcme,Oslo\n"
    constants = {"description": "From {Company}, row {row}"}
    run_import("companies", write(text), constants=constants)
    service_for(Company).update([Company.objects.get()], {"description": "Ours"}, actor=None, at=NOW)

    job = run_import("companies", write(text.replace("Oslo", "Rome")), constants=constants)

    assert counts(job) == {"updated": 1}
    assert Company.objects.get().description == "Ours"


def test_an_empty_cell_leaves_the_field_alone_unless_asked_to_clear_it(write: Any, run_import: Any):
    run_import("companies", write("Company,Employees\nAcme,12\n"))

    kept = run_import("companies", write("Company,Employees\nAcme,\nInitech,5\n"))
    cleared = run_import("companies", write("Company,Employees\nAcme,\nInitech,5\n"), clear_empty=True)

    assert counts(kept) == {"created": 1, "unchanged": 1}
    assert counts(cleared) == {"updated": 1, "unchanged": 1}
    assert Company.objects.get(name="Acme").employees is None


def test_rights_hold_nobody_changes_a_record_of_another_team(
    write: Any, run_import: Any, boss: User, bob: User
):
    service_for(Deal).create([{"name": "Bob's", "owner": bob}], actor=None, at=NOW)

    job = run_import("deals", write("Deal,Amount\nBob's,12\nNew,3\n"), actor=boss, match=["name"])

    assert counts(job) == {"created": 1, "error": 1}
    assert reasons(job) == {"": "Such a record is there already, but you may not see it. Ask Bob South."}
    assert Deal.objects.get(name="Bob's").amount is None


def test_people_come_with_their_calls_and_only_once(write: Any, run_import: Any):
    calls_told = "ann@example.com,2025-03-04,79,Reached\nann@example.com,2025-03-09,12,Busy\n"
    text = f"E-mail,Call date,Duration,Outcome\n{calls_told}"

    first = run_import("people", write(text))
    second = run_import("people", write(text))

    assert counts(first) == {"created": 1, "updated": 1}
    assert first.result["parts"] == {"call": 2}
    assert counts(second) == {"unchanged": 2}
    calls = Activity.objects.order_by("done_at")
    assert [(call.seconds, str(call.outcome)) for call in calls] == [(79, "Reached"), (12, "Busy")]
    assert calls[0].done_at is not None
    assert calls[0].done_at.date() == date(2025, 3, 4)


def test_a_killed_import_goes_on_and_each_row_lands_once(
    write: Any, run_import: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(work, "CHUNK", 3)
    path = write("Deal,Amount\n" + "".join(f"Deal {number},{number}\n" for number in range(10)))
    job = killed_in_chunk(2, path, run_import, monkeypatch)
    assert (job.state, Deal.objects.count()) == (JobState.RUNNING, 3)

    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    jobs.run(job.pk)

    job.refresh_from_db()
    assert counts(job) == {"created": 10}
    assert sorted(Deal.objects.values_list("amount", flat=True)) == list(range(10))


def test_a_cancelled_import_goes_on_behind_its_last_row(
    write: Any, run_import: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(work, "CHUNK", 3)
    path = write("Deal,Amount\n" + "".join(f"Deal {number},{number}\n" for number in range(10)))
    job = killed_in_chunk(3, path, run_import, monkeypatch)
    Job.objects.filter(pk=job.pk).update(state=JobState.CANCELLED, cancel_requested=True)

    assert jobs.resume(job)
    jobs.run(job.pk)

    job.refresh_from_db()
    assert counts(job) == {"created": 10}
    assert Deal.objects.count() == 10


class Killed(BaseException):
    """What a worker that is killed leaves behind: nothing of the present chunk."""


def killed_in_chunk(
    number: int, path: Path, run_import: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> Job:
    """Start an import and kill it inside a chunk, after its rows were written and before they were kept."""
    keep, seen = work.ImportWork._keep, []

    def die(self: work.ImportWork, rows: Any, where: Any) -> None:
        seen.append(where)
        if len(seen) == number:
            raise Killed
        keep(self, rows, where)

    monkeypatch.setattr(work.ImportWork, "_keep", die)
    with pytest.raises(Killed):
        run_import("deals", path)
    monkeypatch.setattr(work.ImportWork, "_keep", keep)
    job: Job = Job.objects.get(kind="import")
    return job


def test_one_row_that_the_database_refuses_does_not_stop_the_others(
    write: Any, run_import: Any, monkeypatch: pytest.MonkeyPatch
):
    path = write("Deal,Amount\nOne,1\nToo much,99999999999999999999\nTwo,2\n")

    job = run_import("deals", path)

    assert counts(job) == {"created": 2, "error": 1}


def test_what_a_file_brought_was_touched_by_nobody(run_import: Any, write: Any):
    run_import("people", write("full name,email\nAnna Kern,anna@example.com\n"))

    person = Person.objects.get()
    field = fields_of(Person)["last_touch_at"]

    assert field.value(person) is None
    assert field.text(field.value(person)) == ""
