"""Lists as files: what the address shows, as the viewer may see it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from contacts.models import Company
from crm.lib.tabular import open_table
from crm.records import jobs
from crm.records.models import Job
from crm.records.registry import service_for
from crm.ui.exchange import exports
from sales.models import Deal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from django.test import Client

    from crm.identity.models import User

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rows_of(response: Any) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def make_companies(*names: str, **more: Any) -> None:
    service_for(Company).create([{"name": name, **more} for name in names], actor=None, at=NOW)


def test_a_list_is_exported_in_its_order_and_under_its_filters(
    root: User, client_for: Callable[[User], Client]
):
    make_companies("North Beta", "North Alpha", "South")

    response = client_for(root).get("/contacts/companies/export/?format=csv&sort=name&cols=name,kind&q=north")

    assert rows_of(response) == [
        {"Name": "North Alpha", "Kind": "Prospect"},
        {"Name": "North Beta", "Kind": "Prospect"},
    ]
    assert response.headers["Content-Disposition"].startswith('attachment; filename="companies-')


def test_no_cell_of_an_export_is_a_formula(root: User, client_for: Callable[[User], Client]):
    make_companies("=cmd|' /C calc'!A0", "@SUM(1)", "+7 900", "-Minus")

    response = client_for(root).get("/contacts/companies/export/?format=csv&cols=name")

    assert sorted(row["Name"] for row in rows_of(response)) == [
        "'+7 900",
        "'-Minus",
        "'=cmd|' /C calc'!A0",
        "'@SUM(1)",
    ]


def test_a_workbook_holds_numbers_and_days_as_such(
    root: User, client_for: Callable[[User], Client], tmp_path: Path
):
    service_for(Deal).create([{"name": "One", "amount": 1200, "opened_on": NOW.date()}], actor=None, at=NOW)

    response = client_for(root).get("/sales/deals/export/?format=xlsx&cols=name,amount,opened_on")

    path = tmp_path / "deals.xlsx"
    path.write_bytes(b"".join(response.streaming_content))  # type: ignore[attr-defined]
    assert [cells for _line, cells in open_table(path)] == [["One", "1200", "2026-03-02"]]


def test_a_person_exports_what_they_see(
    ann: User, boss: User, bob: User, client_for: Callable[[User], Client]
):
    service_for(Deal).create([{"name": "Ann's", "owner": ann}], actor=None, at=NOW)
    service_for(Deal).create([{"name": "Bob's", "owner": bob}], actor=None, at=NOW)

    seen = client_for(boss).get("/sales/deals/export/?format=csv&cols=name")

    assert [row["Name"] for row in rows_of(seen)] == ["Ann's"]


def test_who_may_not_export_gets_nothing(eve: User, client_for: Callable[[User], Client]):
    assert client_for(eve).get("/sales/deals/export/?format=csv").status_code == 403


def test_an_unknown_format_is_not_found(root: User, client_for: Callable[[User], Client]):
    assert client_for(root).get("/sales/deals/export/?format=doc").status_code == 404


def test_a_long_list_becomes_a_job_with_a_file(
    root: User, ann: User, client_for: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(exports, "STREAMED", 2)
    make_companies("Alpha", "Beta", "Gamma")
    client = client_for(root)

    response = client.get("/contacts/companies/export/?format=csv&sort=-name&cols=name")

    job = Job.objects.get(kind="export")
    assert response.headers["Location"] == f"/jobs/{job.pk}/"
    jobs.run(job.pk)
    file = client.get(f"/jobs/{job.pk}/file/")
    assert [row["Name"] for row in rows_of(file)] == ["Gamma", "Beta", "Alpha"]
    assert client_for(ann).get(f"/jobs/{job.pk}/file/").status_code == 404


def test_an_export_can_be_imported_again_without_a_change(
    root: User, client_for: Callable[[User], Client], write: Any, run_import: Any
):
    make_companies("Alpha", "=Beta", employees=12)
    response = client_for(root).get("/contacts/companies/export/?format=csv&cols=name,employees,kind")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    job = run_import("companies", write(text))

    assert job.result["counts"]["unchanged"] == 2
